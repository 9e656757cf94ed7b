import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { about, type Finding } from '../../ports/checkup.ts';
import { all } from './duckdb-statements.ts';
import { dueOf, type MigrationRecord, RECORDED } from './migrate.ts';
import { readSqlFolder } from './sql-files.ts';
import { duckdbTokens } from './warehouse-sql.ts';

export interface DuckdbNeeds {
  readonly path: string;
  /** The folder sql/ of the package. */
  readonly sqlDirectory: string;
  readonly timeZone: string;
}

/** Opens the warehouse for reading; for whoever owns the data directory. Makes none. */
export async function checkDuckdb({ path, sqlDirectory, timeZone }: DuckdbNeeds): Promise<readonly Finding[]> {
  const { ok, fail } = about('DuckDB');
  if (!existsSync(path)) return [ok('is made at the first start')];
  const opening = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY', threads: '1' }).then(
    (instance) => ({ instance }),
    (error: Error) => ({ error }),
  );
  if ('error' in opening) return [fail(`cannot be opened (${firstLine(opening.error.message)}). ${UNOPENED}`)];
  const { instance } = opening;
  const connection = await instance.connect();
  try {
    const [found] = await all<{ version: string }>(connection, { sql: 'select version() as version' });
    const opened = ok(`opens with version ${found?.version}`);
    const records = await all<MigrationRecord>(connection, RECORDED).catch(() => []);
    const files = readSqlFolder(join(sqlDirectory, 'shared', 'migrations'), duckdbTokens(timeZone));
    return [opened, judgeMigrations(records, files)];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const UNOPENED = 'Close what has it open, such as a DuckDB shell, or restore it from a backup.';

function judgeMigrations(...[records, files]: Parameters<typeof dueOf>): Finding {
  const { ok, fail } = about('schema');
  try {
    const due = dueOf(records, files);
    return ok(due.length === 0 ? 'is that of this version' : `the next start brings it up to ${due.at(-1)?.name}`);
  } catch (error) {
    return fail((error as Error).message);
  }
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
