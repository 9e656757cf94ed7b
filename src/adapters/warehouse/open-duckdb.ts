import { join } from 'node:path';
import type { SqlFile, Warehouse } from '../../ports/warehouse.ts';
import { createDuckdbWarehouse, type DuckdbOptions } from './duckdb-warehouse.ts';
import { type MigrationReport, migrate } from './migrate.ts';
import { readSqlFile, readSqlFolder } from './sql-files.ts';
import { duckdbTokens, readWarehouseSql, type WarehouseSql } from './warehouse-sql.ts';

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
  const file = (name: string) => readSqlFile(join(sqlDirectory, 'duckdb', name), tokens);
  const warehouse = await createDuckdbWarehouse({
    ...duckdb,
    prelude: file('prelude.sql').statements.map((statement) => statement().sql),
  });
  const runAll = ({ statements }: SqlFile) =>
    warehouse.write('migrations', async (writer) => {
      for (const statement of statements) await writer.run(statement());
    });
  try {
    await runAll(file('catalogue.sql'));
    const files = readSqlFolder(join(sqlDirectory, 'shared', 'migrations'), tokens);
    const migrations = await migrate(warehouse, files, { now, ddlCommits: false });
    return { warehouse, sql: readWarehouseSql(sqlDirectory, 'duckdb', tokens), migrations };
  } catch (error) {
    await warehouse.close();
    throw error;
  }
}
