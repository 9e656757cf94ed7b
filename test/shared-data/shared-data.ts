/** Real audit logs. They lie beside the repository and are no part of it: without them these tests are skipped, loudly. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const folder = join(__dirname, '..', '..', '..', 'shared', 'data');

export const CLOUDTRAIL_FILES = ['cloudtrail-invictus-2023.ndjson.gz', 'cloudtrail-stratus-2024.ndjson.gz'] as const;

export const sharedFile = (name: string): string => join(folder, name);

/** The files of records that lie there; none when the folder is absent. */
export const listSharedFiles = (): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.(?:ndjson|csv|log)(?:\.gz)?$/.test(name))
        .sort()
    : [];

/** A suite over these files; where one is missing, a skipped test that names it, and a line on stderr. */
export function describeSharedData(name: string, files: readonly string[], suite: () => void): void {
  const missing = files.map(sharedFile).filter((file) => !existsSync(file));
  if (missing.length === 0) {
    describe(name, suite);
    return;
  }
  // Not console.warn: jest's workers keep to themselves what a file says whose tests are all skipped.
  process.stderr.write(`skipped: ${name}; missing: ${missing.join(', ')}\n`);
  test.skip(`${name}; missing: ${missing.join(', ')}`, () => undefined);
}

export const readSharedText = (name: string): string => {
  const bytes = readFileSync(sharedFile(name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
};

export interface SharedRecord {
  /** The record as JSON, spelled as its file spells it: an object, or a string for a line of text. */
  readonly asIs: string;
  /** The record as a JSON object. */
  readonly asObject: string;
}

/** Every record of a file: lines of NDJSON, rows of CSV, records of Splunk's text. */
export function readSharedRecords(name: string): SharedRecord[] {
  const text = readSharedText(name);
  if (/\.ndjson/.test(name)) {
    return linesOf(text).map((line) => ({ asIs: line, asObject: line }));
  }
  if (/\.csv/.test(name)) {
    const [header = [], ...rows] = parseCsv(text);
    return rows.map((row) => {
      const json = JSON.stringify(
        Object.fromEntries(row.map((cell, index) => [header[index] ?? `column${index}`, cell])),
      );
      return { asIs: json, asObject: json };
    });
  }
  // A record may hold line breaks; the next one begins with a line of its own.
  return text
    .split(/\n(?=Audit:\[)/)
    .map((record) => ({ asIs: JSON.stringify(record), asObject: JSON.stringify({ line: record }) }));
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** RFC 4180: a quoted cell may hold commas, line breaks and doubled quotes. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (end === '' && row.length === 0 && !quoted && !plain) continue;
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
