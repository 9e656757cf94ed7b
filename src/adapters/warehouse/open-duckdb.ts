import { join } from 'node:path';
import type { SqlFile, Warehouse } from '../../ports/warehouse.ts';
import { createDuckdbWarehouse, type DuckdbOptions } from './duckdb-warehouse.ts';
import { type MigrationReport, migrate } from './migrate.ts';
import { readSqlFile, readSqlFolder, type SqlTokens } from './sql-files.ts';

export interface WarehouseSql {
  /** Fills raw and errors from staged lines. */
  readonly load: SqlFile;
  readonly refresh: readonly SqlFile[];
  readonly rebuild: readonly SqlFile[];
  readonly recompute: readonly SqlFile[];
  readonly eventIds: SqlFile;
}

export interface OpenDuckdbOptions extends Omit<DuckdbOptions, 'prelude'> {
  /** The folder sql/ of the package. */
  readonly sqlDirectory: string;
  /** IANA name; what off-hours are counted by. */
  readonly timeZone: string;
  readonly now: () => number;
}

/** Opens the file, brings its schema up to date and reads the statements that fill it. */
export async function openDuckdb(
  options: OpenDuckdbOptions,
): Promise<{ warehouse: Warehouse; sql: WarehouseSql; migrations: MigrationReport }> {
  const { sqlDirectory, timeZone, now, ...duckdb } = options;
  const tokens = duckdbTokens(timeZone);
  const file = (...path: string[]) => readSqlFile(join(sqlDirectory, ...path), tokens);
  const folder = (name: string) => readSqlFolder(join(sqlDirectory, 'shared', name), tokens);
  const warehouse = await createDuckdbWarehouse({
    ...duckdb,
    prelude: file('duckdb', 'prelude.sql').statements.map((statement) => statement().sql),
  });
  const runAll = ({ statements }: SqlFile) =>
    warehouse.write('migrations', async (writer) => {
      for (const statement of statements) await writer.run(statement());
    });
  try {
    await runAll(file('duckdb', 'catalogue.sql'));
    const migrations = await migrate(warehouse, folder('migrations'), now);
    const sql: WarehouseSql = {
      load: file('duckdb', 'load.sql'),
      refresh: folder('refresh'),
      rebuild: folder('rebuild'),
      recompute: folder('recompute'),
      eventIds: file('shared', 'event-ids', '01-run.sql'),
    };
    return { warehouse, sql, migrations };
  } catch (error) {
    await warehouse.close();
    throw error;
  }
}

const duckdbTokens = (timeZone: string): SqlTokens => ({
  VARIANT: 'json',
  TEXT_ARRAY: 'varchar[]',
  CLUSTER: '',
  // Made anew, not emptied: rows deleted from a temporary table stay and slow its scans.
  STAGE: createTemporaryTable,
  TIME_ZONE: timeZone,
  DOCUMENT: documentExpression('json_object'),
});

const createTemporaryTable = (name: string): string => `create or replace temp table ${name} as`;

/** The event as AuditEventInput, from the columns of raw: what an error shows of a content that lost. */
const documentExpression = (jsonObject: string): string => {
  const fields: readonly (readonly [string, string])[] = [
    ['eventId', 'event_id'],
    ['timestamp', 'iso_utc(timestamp)'],
    ['eventType', 'event_type'],
    ['action', 'action'],
    ['userId', 'user_id'],
    ['userRole', 'user_role'],
    ['userDepartment', 'user_department'],
    ['actorKind', 'actor_kind'],
    ['resourceId', 'resource_id'],
    ['resourceType', 'resource_type'],
    ['outcome', 'outcome'],
    ['sensitivity', 'sensitivity'],
    ['environment', 'environment'],
    ['region', 'region'],
    ['source', 'source'],
    ['sourceIp', 'source_ip'],
    ['sessionId', 'session_id'],
    ['metadata', 'metadata'],
  ];
  return `cast(${jsonObject}(${fields.map(([key, column]) => `'${key}', ${column}`).join(', ')}) as varchar)`;
};
