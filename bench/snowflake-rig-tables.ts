import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { listSnowflakeMigrations } from '../src/adapters/warehouse/snowflake-migrations.ts';
import { readSqlFile, readSqlFolder } from '../src/adapters/warehouse/sql-files.ts';
import { duckdbTokens } from '../src/adapters/warehouse/warehouse-sql.ts';
import { LINE_COLUMNS } from '../src/load/stage-lines.ts';

/** DuckDB's words, but for what only a table that is there already can be filled with. */
export const RIG_TOKENS = { ...duckdbTokens('UTC'), STAGE: (name: string) => `insert overwrite into ${name}` };

export interface RigTables {
  /** The folder sql/ of the package. */
  readonly sqlDirectory: string;
  /** A DuckDB file with marts, whose rows are taken over. */
  readonly filledFrom: string;
  /** A file of lines that have landed and wait to be loaded. */
  readonly landed: string;
}

/** What makes the rig's DuckDB look like the migrated database of an installation: tables, their rows, what has landed. */
export function rigTables({ sqlDirectory, filledFrom, landed }: RigTables): string[] {
  const shared = readSqlFolder(join(sqlDirectory, 'shared', 'migrations'), RIG_TOKENS).flatMap(statementsOf);
  const staging = readSqlFile(join(sqlDirectory, 'snowflake', 'migrations', '0003-staging.sql'), {}).text;
  return [
    ...statementsOf(readSqlFile(join(sqlDirectory, 'duckdb', 'catalogue.sql'), { TIME_ZONE: 'UTC' })),
    ...shared,
    ...tablesOf(staging).filter((statement) => !statement.includes('stg_lines')),
    ...migrationRecords(sqlDirectory),
    `attach '${filledFrom}' as filled (read_only)`,
    ...shared.flatMap(takeRows),
    'detach filled',
    ...landedTables(landed),
  ];
}

const statementsOf = ({ statements }: ReturnType<typeof readSqlFile>): string[] =>
  statements.map((statement) => statement().sql);

/** Snowflake's staging tables in DuckDB's words. */
const tablesOf = (text: string): string[] =>
  [...text.matchAll(/create transient table[^;]*/g)].map(([statement]) =>
    statement
      .replace('create transient table', 'create table')
      .replace(/\) data_retention.*/, ')')
      .replace(/\bvariant\b/g, 'json')
      .replace(/\barray\b/g, 'varchar[]'),
  );

function takeRows(statement: string): string[] {
  const table = /^create table (?:if not exists )?(\w+)/.exec(statement)?.[1];
  if (!table) return [];
  return [`delete from ${table}`, `insert into ${table} by name select * from filled.${table}`];
}

const migrationRecords = (sqlDirectory: string): string[] => [
  'create table schema_migrations (name varchar, sha256 varchar, applied_at timestamp)',
  ...listSnowflakeMigrations(sqlDirectory).map(({ name, text }) => {
    const sha256 = createHash('sha256').update(text).digest('hex');
    return `insert into schema_migrations values ('${name}', '${sha256}', now())`;
  }),
];

/**
 * Snowpipe's table and its stream. How a line is taken apart is Snowflake's own spelling, which DuckDB does not read: they
 * lie there parsed, and are staged by as many statements.
 */
function landedTables(file: string): string[] {
  const columns = Object.entries(LINE_COLUMNS).map(([name, type]) => `'${name}': '${type}'`);
  return [
    'create schema landing',
    'create table landing.told (has_data boolean)',
    'create macro system$stream_has_data(name) as (select count(*) > 0 from landing.told)',
    `create table landing.parsed as select * from read_ndjson('${file}', columns = {${columns.join(', ')}})`,
    `create table landing.landed_lines_for_load as
      select cast(to_json(p) as varchar) as line, 'one.ndjson.gz' as file_name,
        row_number() over () as file_row_number, now() as landed_at
      from landing.parsed as p`,
    'create table stg_lines as select * from landing.parsed limit 0',
  ];
}

/** From now on Snowpipe has something: before, the gateway itself would try to load it, in words that are only Snowflake's. */
export const TELL_OF_DATA = 'insert into landing.told values (true)';

/** In place of sql/snowflake/stage.sql. */
export const STAGE_STATEMENTS: readonly string[] = [
  `insert overwrite into stg_landed
    select cast(line as json), line, file_name, file_row_number, null from landing.landed_lines_for_load`,
  'insert overwrite into stg_lines select * from landing.parsed',
];
