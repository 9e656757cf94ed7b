import type { Query } from '../../ports/warehouse.ts';

export interface StagedLines {
  readonly table: string;
  readonly lines: readonly Buffer[];
  readonly columns: Readonly<Record<string, string>>;
}

/** A statement's limits: Snowflake takes 16,384 values in a list, and a megabyte of SQL text besides what is bound. */
const MOST_LINES = 1_000;
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Fills the staging table by ordinary inserts: for loads of some thousand lines, where no files have landed. Each line is
 * one bound text, parsed by the engine, so that a broken one fails and cannot mend another. (An array binding would be
 * quicker to send, but the engine takes none in an insert that selects.)
 */
export async function stageJsonLines(
  run: (query: Query) => Promise<number>,
  { table, lines, columns }: StagedLines,
): Promise<void> {
  const targets = Object.keys(columns).map(quoteName).join(', ');
  const values = Object.entries(columns).map(columnValue).join(', ');
  let isFirst = true;
  for (const batch of batchesOf(lines)) {
    const marks = batch.map(() => '(?)').join(', ');
    const found = await run({
      sql: `insert ${isFirst ? 'overwrite into' : 'into'} ${table} (${targets})
        select ${values} from (select parse_json(text) as line from (values ${marks}) as t(text)) as parsed`,
      parameters: batch,
    });
    if (found !== batch.length) throw new Error(`${batch.length} lines were staged, and ${found} rows came of them`);
    isFirst = false;
  }
  if (isFirst) await run({ sql: `delete from ${table}` });
}

/** Nested values stay VARIANT; everything else is taken out of the line as its type. */
function columnValue([key, type]: readonly [string, string]): string {
  const path = `'${key.replaceAll("'", "''")}'`;
  if (/^(json|variant|struct)\b/i.test(type)) return `strip_null_value(get(line, ${path}))`;
  const snowflakeType = /^timestamp$/i.test(type) ? 'timestamp_ntz' : type;
  return `cast(get_path(line, ${path}) as ${snowflakeType})`;
}

const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function* batchesOf(lines: readonly Buffer[]): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const text of textsOf(lines)) {
    batch.push(text);
    bytes += text.length;
    if (batch.length < MOST_LINES && bytes < MOST_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

function* textsOf(lines: readonly Buffer[]): Generator<string> {
  for (const buffer of lines) {
    for (const text of buffer.toString('utf8').split('\n')) if (text !== '') yield text;
  }
}
