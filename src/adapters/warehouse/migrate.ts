import { createHash } from 'node:crypto';
import type { Query, SqlFile, Warehouse } from '../../ports/warehouse.ts';

export interface MigrationReport {
  readonly applied: readonly string[];
}

export interface MigrateOptions {
  readonly now: () => number;
  /**
   * True where anything but a change of rows ends the transaction. A file is then run statement by statement, its record
   * and its rows last and together: what failed half-way is run again, so that its statements must bear that.
   */
  readonly ddlCommits: boolean;
}

/**
 * Brings the schema up to the newest numbered file, each in a transaction with its record. A file that was changed
 * after it ran, or a record whose file is gone (a newer Trailgate made this data), stops everything.
 */
export async function migrate(
  warehouse: Warehouse,
  files: readonly SqlFile[],
  options: MigrateOptions,
): Promise<MigrationReport> {
  await runTogether(warehouse, [RECORDS]);
  const due = await findDue(warehouse, files);
  for (const file of due) {
    for (const together of planOf(file, options)) {
      const alone = await runTogether(warehouse, together);
      if (!alone) throw new Error(`Somebody else has run ${file.name} meanwhile. Start again.`);
    }
  }
  return { applied: due.map(({ name }) => name) };
}

/** What `migrate` runs for one file: what stands together is one transaction. */
export function planOf(file: SqlFile, { now, ddlCommits }: MigrateOptions): readonly (readonly Query[])[] {
  const queries = file.statements.map((statement) => statement());
  const parameters = [file.name, sha256(file.text), new Date(now())];
  if (!ddlCommits) return [[...queries, { sql: 'insert into schema_migrations values (?, ?, ?)', parameters }]];
  const ddl = queries.filter((query) => !changesRows(query));
  return [...ddl.map((query) => [query]), [{ sql: RECORD_ONCE, parameters }, ...queries.filter(changesRows)]];
}

/**
 * No key keeps a second row out on Snowflake, and inserts do not wait for each other; merges do. It comes first, so that
 * who migrates at the same time waits for it, finds the record and adds no rows again.
 */
const RECORD_ONCE = `merge into schema_migrations as t
using (select ? as name, ? as sha256, ? as applied_at) as s on t.name = s.name
when not matched then insert (name, sha256, applied_at) values (s.name, s.sha256, s.applied_at)`;

export const RECORDS: Query = {
  sql: 'create table if not exists schema_migrations (name varchar not null, sha256 varchar not null, applied_at timestamp_ntz not null)',
};

/**
 * The files that have not run yet, in their order.
 * @throws Error where the warehouse and the files do not belong together.
 */
export async function findDue<F extends Pick<SqlFile, 'name' | 'text'>>(
  warehouse: Warehouse,
  files: readonly F[],
): Promise<readonly F[]> {
  return dueOf(await warehouse.write('migrations', (writer) => writer.all<MigrationRecord>(RECORDED)), files);
}

export interface MigrationRecord {
  readonly name: string;
  readonly sha256: string;
}

export const RECORDED: Query = { sql: 'select name, sha256 from schema_migrations order by name' };

/** The same of records that were read. */
export function dueOf<F extends Pick<SqlFile, 'name' | 'text'>>(
  records: readonly MigrationRecord[],
  files: readonly F[],
): readonly F[] {
  for (const record of records) {
    const file = files.find(({ name }) => name === record.name);
    if (!file)
      throw new Error(`The warehouse was made by a newer version (migration ${record.name}). Start that version.`);
    if (sha256(file.text) !== record.sha256) throw new Error(`Migration ${record.name} was changed after it had run.`);
  }
  return files.filter((file) => !records.some(({ name }) => name === file.name));
}

/** False, and nothing done, where the record was there already. */
const runTogether = (warehouse: Warehouse, queries: readonly Query[]): Promise<boolean> =>
  warehouse.write('migrations', async (writer) => {
    for (const query of queries) {
      const changed = await writer.run(query);
      if (query.sql === RECORD_ONCE && changed === 0) return false;
    }
    return true;
  });

const changesRows = ({ sql }: Query): boolean => /^(insert|update|delete|merge)\b/i.test(sql);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
