import type { Logger } from 'pino';
import type { DataDirectory } from '../adapters/data-directory/data-directory.ts';
import { openDuckdb } from '../adapters/warehouse/open-duckdb.ts';
import type { WarehouseSql } from '../adapters/warehouse/warehouse-sql.ts';
import type { Config } from '../config/config.ts';
import type { SnowflakeWarehouse } from '../config/snowflake.ts';
import { duckdbDialect, type FilterDialect } from '../filter/dialect.ts';
import { systemClock } from '../ports/clock.ts';
import type { SqlFile, Warehouse } from '../ports/warehouse.ts';
import { needDirectory } from './need-directory.ts';
import { snowflakeAccount } from './snowflake-account.ts';

export interface OpenedWarehouse {
  readonly warehouse: Warehouse;
  readonly sql: WarehouseSql;
  readonly dialect: FilterDialect;
  /** Takes landed lines into stg_lines, where the warehouse holds them itself. */
  readonly stage: { readonly sql: SqlFile; readonly landingSchema: string } | null;
}

interface OpenWarehouseOptions {
  readonly config: Config;
  readonly directory: DataDirectory | null;
  readonly sqlDirectory: string;
  readonly log: Logger;
}

/** Readers at a time, besides the writer. */
const READERS = 3;

export async function openWarehouse(options: OpenWarehouseOptions): Promise<OpenedWarehouse> {
  const { config, directory, sqlDirectory, log } = options;
  if (config.engines.warehouse.engine === 'snowflake') {
    return openOnSnowflake(config.engines.warehouse, sqlDirectory, config.timeZone);
  }
  const { warehousePath, temporaryPath } = needDirectory(directory);
  const { warehouse, sql, migrations } = await openDuckdb({
    path: warehousePath,
    temporaryDirectory: temporaryPath,
    threads: config.duckdbThreads,
    memoryLimitMiB: config.duckdbMemoryMiB,
    readers: READERS,
    sqlDirectory,
    timeZone: config.timeZone,
    now: systemClock.now,
  });
  if (migrations.applied.length > 0) log.info({ migrations: migrations.applied }, 'the schema was brought up to date');
  return { warehouse, sql, dialect: duckdbDialect, stage: null };
}

async function openOnSnowflake(
  engine: SnowflakeWarehouse,
  sqlDirectory: string,
  timeZone: string,
): Promise<OpenedWarehouse> {
  const { openSnowflake } = await import('../adapters/warehouse/open-snowflake.ts');
  const { snowflakeDialect } = await import('../filter/snowflake-dialect.ts');
  const { names } = engine;
  const { warehouse, sql, stage } = await openSnowflake({
    ...snowflakeAccount(engine),
    readers: READERS,
    names,
    sqlDirectory,
    timeZone,
  });
  return { warehouse, sql, dialect: snowflakeDialect, stage: { sql: stage, landingSchema: names.landingSchema } };
}
