import { join } from 'node:path';
import type { SqlFile, Warehouse } from '../../ports/warehouse.ts';
import { findDue } from './migrate.ts';
import { listSnowflakeMigrations } from './snowflake-migrations.ts';
import type { SnowflakeNames } from './snowflake-names.ts';
import { createSnowflakeWarehouse, type SnowflakeOptions } from './snowflake-warehouse.ts';
import { readSqlFile } from './sql-files.ts';
import { readWarehouseSql, snowflakeTokens, type WarehouseSql } from './warehouse-sql.ts';

export interface OpenSnowflakeOptions
  extends Omit<SnowflakeOptions, 'database' | 'schema' | 'computeWarehouse' | 'roles'> {
  readonly names: SnowflakeNames;
  /** The folder sql/ of the package. */
  readonly sqlDirectory: string;
  /** IANA name; what off-hours are counted by. */
  readonly timeZone: string;
}

/**
 * Opens the warehouse that `trailgate migrate` has made, and reads the statements that fill it.
 * @throws Error that names the migrations that have not run.
 */
export async function openSnowflake(
  options: OpenSnowflakeOptions,
): Promise<{ warehouse: Warehouse; sql: WarehouseSql; stage: SqlFile }> {
  const { names, sqlDirectory, timeZone, ...snowflake } = options;
  const warehouse = await createSnowflakeWarehouse({
    ...snowflake,
    database: names.database,
    schema: names.martsSchema,
    computeWarehouse: names.readWarehouse,
    writeComputeWarehouse: names.loadWarehouse,
    roles: { reader: names.readerRole, writer: names.writerRole },
  });
  try {
    const due = await findDue(warehouse, listSnowflakeMigrations(sqlDirectory));
    if (due.length > 0) {
      const missing = due.map(({ name }) => name).join(', ');
      throw new Error(`The warehouse lacks ${missing}. Run "trailgate migrate" as its owner, then start again.`);
    }
    const tokens = snowflakeTokens(timeZone, names.landingSchema);
    return {
      warehouse,
      sql: readWarehouseSql(sqlDirectory, 'snowflake', tokens),
      stage: readSqlFile(join(sqlDirectory, 'snowflake', 'stage.sql'), tokens),
    };
  } catch (error) {
    await warehouse.close();
    throw error;
  }
}
