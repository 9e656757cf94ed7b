import { join } from 'node:path';
import { readSnowflakeMigrations } from '../../src/adapters/warehouse/snowflake-migrations.ts';
import { readSqlFile } from '../../src/adapters/warehouse/sql-files.ts';
import { readWarehouseSql, snowflakeTokens, type WarehouseSql } from '../../src/adapters/warehouse/warehouse-sql.ts';
import type { SqlFile } from '../../src/ports/warehouse.ts';
import { SNOWFLAKE_NAMES } from '../rigs/snowflake/names.ts';

export interface SnowflakeSql {
  readonly warehouse: WarehouseSql;
  readonly stage: SqlFile;
}

const SQL_DIRECTORY = join(process.cwd(), 'sql');

export function snowflakeSql(timeZone: string): SnowflakeSql {
  const tokens = snowflakeTokens(timeZone, SNOWFLAKE_NAMES.landingSchema);
  return {
    warehouse: readWarehouseSql(SQL_DIRECTORY, 'snowflake', tokens),
    stage: readSqlFile(join(SQL_DIRECTORY, 'snowflake', 'stage.sql'), tokens),
  };
}

export const snowflakeMigrations = () =>
  readSnowflakeMigrations({
    sqlDirectory: SQL_DIRECTORY,
    names: SNOWFLAKE_NAMES,
    landing: { url: 's3://audit-events-bucket/events/', roleArn: 'arn:aws:iam::123456789012:role/snowflake' },
  });
