import { join } from 'node:path';
import { createSnowflakeWarehouse, type SnowflakeOptions } from '../../src/adapters/warehouse/snowflake-warehouse.ts';
import { readSqlFile, readSqlFolder } from '../../src/adapters/warehouse/sql-files.ts';
import { snowflakeTokens } from '../../src/adapters/warehouse/warehouse-sql.ts';
import { SNOWFLAKE_NAMES } from '../rigs/snowflake/names.ts';

export interface OwnSchemaOptions {
  readonly login: Pick<SnowflakeOptions, 'account' | 'accessUrl' | 'user' | 'login' | 'database' | 'computeWarehouse'>;
  readonly schema: string;
  readonly roles: { readonly owner: string; readonly reader: string; readonly writer: string };
}

const sql = (...path: string[]): string => join(__dirname, '..', '..', 'sql', ...path);

/** A schema with the product's own tables, as `trailgate migrate` makes them, and the table that the contract wants. */
export async function createOwnSchema({ login, schema, roles }: OwnSchemaOptions): Promise<void> {
  const { reader, writer } = roles;
  await asOwner({ login, schema, roles }, [
    `create schema if not exists ${login.database}.${schema}`,
    `grant usage on schema ${login.database}.${schema} to role ${reader}`,
    `grant usage on schema ${login.database}.${schema} to role ${writer}`,
  ]);
  const tokens = snowflakeTokens('UTC', SNOWFLAKE_NAMES.landingSchema);
  const files = [
    ...readSqlFolder(sql('shared', 'migrations'), tokens),
    ...['0002-functions.sql', '0003-staging.sql'].map((name) =>
      readSqlFile(sql('snowflake', 'migrations', name), tokens),
    ),
  ];
  const made = files.flatMap(({ statements }) => statements.map((statement) => statement().sql));
  // Another login: only one that was made after the schema stands in it.
  await asOwner({ login, schema, roles }, [
    ...made,
    'create transient table stg_contract (a bigint, m variant)',
    `grant select on all tables in schema ${login.database}.${schema} to role ${reader}`,
    `grant select, insert, update, delete on all tables in schema ${login.database}.${schema} to role ${writer}`,
  ]);
}

export const dropOwnSchema = (options: OwnSchemaOptions): Promise<void> =>
  asOwner(options, [`drop schema if exists ${options.login.database}.${options.schema} cascade`]);

async function asOwner({ login, schema, roles }: OwnSchemaOptions, statements: readonly string[]): Promise<void> {
  const { owner } = roles;
  const warehouse = await createSnowflakeWarehouse({
    ...login,
    schema,
    roles: { reader: owner, writer: owner },
    readers: 1,
  });
  try {
    for (const text of statements) await warehouse.write('migrations', (writer) => writer.run({ sql: text }));
  } finally {
    await warehouse.close();
  }
}
