import type { ImportResult, Refusal } from './import-files.ts';
import { count, printable, seconds } from './text.ts';

export interface Summary {
  readonly result: ImportResult;
  readonly durationMs: number;
  readonly dryRun: boolean;
  /** The first refusals, in the order they came. */
  readonly refusals: readonly Refusal[];
  /** The file that holds them all, if one was asked for. */
  readonly refusalsFile?: string | undefined;
}

/** What was read and what became of it, for the end of an import. */
export function summarise({ result, durationMs, dryRun, refusals, refusalsFile }: Summary): string {
  const { files, totalFiles, ignoredFiles, records, accepted, refused, stoppedBy } = result;
  const rate = durationMs > 0 ? ` (${count((1_000 * records) / durationMs)} records/s)` : '';
  const lines = [
    ...(stoppedBy ? [`stopped: ${printable(stoppedBy.message)}`, ''] : []),
    `files     ${count(files)}${files === totalFiles ? '' : ` of ${count(totalFiles)}`}${
      ignoredFiles === 0 ? '' : `, ${count(ignoredFiles)} of other kinds ignored`
    }`,
    `records   ${count(records)}`,
    `accepted  ${count(accepted)}${dryRun ? ' (dry run: nothing was sent)' : ''}`,
    `refused   ${count(refused)}`,
    `time      ${seconds(durationMs)}${rate}`,
  ];
  const unsent = records - accepted - refused;
  if (unsent > 0) lines.push(`not sent  ${count(unsent)}, or sent without an answer; run the same import again`);
  if (refused > 0) lines.push('', 'refusals:', ...refusals.map(describe));
  const more = refused - refusals.length;
  if (more > 0) lines.push(`  and ${count(more)} more${refusalsFile ? '' : ' (--refusals FILE writes them all)'}`);
  if (refused > 0 && refusalsFile) lines.push(`all refusals: ${refusalsFile}`);
  return `${lines.join('\n')}\n`;
}

function describe({ file, line, at, code, path, message }: Refusal): string {
  const place = `${file}${line === null ? '' : `:${line}`}${at === '' ? '' : ` ${at}`}`;
  const where = path.join('.');
  // The gateway's messages begin with the place already.
  const field = where === '' || message.startsWith(where) ? '' : ` ${where}`;
  const text = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
  return `  ${printable(`${place}  ${code}${field}: ${text}`)}`;
}

/** Characters of one message; parsers quote what they could not read. */
const MAX_MESSAGE = 300;
