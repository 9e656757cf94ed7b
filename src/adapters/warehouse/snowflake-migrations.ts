import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Query, SqlFile } from '../../ports/warehouse.ts';
import { planOf, RECORDS } from './migrate.ts';
import { nameTokens, type SnowflakeLandingPlace, type SnowflakeNames } from './snowflake-names.ts';
import { listSqlFiles, readSqlFile, type SqlTokens } from './sql-files.ts';
import { snowflakeTokens } from './warehouse-sql.ts';

export interface SnowflakeMigrations {
  /** What an administrator of the account runs once: roles, compute, database, access to the bucket. Never recorded. */
  readonly account: readonly SqlFile[];
  /** What the owner runs: the tables of both engines, then what only Snowflake has. */
  readonly database: readonly SqlFile[];
}

export interface SnowflakeMigrationOptions {
  /** The folder sql/ of the package. */
  readonly sqlDirectory: string;
  readonly names: SnowflakeNames;
  readonly landing: SnowflakeLandingPlace;
}

export function readSnowflakeMigrations({
  sqlDirectory,
  names,
  landing,
}: SnowflakeMigrationOptions): SnowflakeMigrations {
  const tokens = { ...snowflakeTokens('UTC', names.landingSchema), ...nameTokens(names, landing) };
  const own = (folder: string) => readFolder(join(sqlDirectory, 'snowflake', folder), tokens, 'snowflake/');
  const shared = readFolder(join(sqlDirectory, 'shared', 'migrations'), tokens, '');
  return { account: own('account'), database: [...shared, ...own('migrations')] };
}

/** The files of a database as they stand, without names filled in: enough to see which of them have run. */
export const listSnowflakeMigrations = (sqlDirectory: string): readonly Pick<SqlFile, 'name' | 'text'>[] => [
  ...listFolder(join(sqlDirectory, 'shared', 'migrations'), ''),
  ...listFolder(join(sqlDirectory, 'snowflake', 'migrations'), 'snowflake/'),
];

/** Everything that would be run on an empty account, as a script: each statement as it is sent, in order. */
export function scriptOf({ account, database }: SnowflakeMigrations, now: () => number): string {
  const section = (title: string, queries: readonly Query[]): string =>
    [`-- ${title}`, ...queries.map(statementText)].join('\n\n');
  const run = (file: SqlFile) => file.statements.map((statement) => statement());
  return [
    ...account.map((file) => section(`${file.name} (by an administrator of the account)`, run(file))),
    section('the record of what has run', [RECORDS]),
    ...database.map((file) => section(file.name, planOf(file, { now, ddlCommits: true }).flat())),
    '',
  ].join('\n\n');
}

/** Values stand in a comment: they are bound, not written. */
const statementText = ({ sql, parameters = [] }: Query): string =>
  `${sql};${parameters.length > 0 ? ` -- with ${JSON.stringify(parameters)}` : ''}`;

/**
 * The checksum is of the text before names are filled in: another bucket is no other migration. (What was made keeps its
 * name.)
 */
const readFolder = (folder: string, tokens: SqlTokens, prefix: string): readonly SqlFile[] =>
  listFolder(folder, prefix).map((file) => ({
    ...file,
    statements: readSqlFile(file.path, tokens).statements.map(
      (statement) => (values) => repeatable(statement(values), file.name),
    ),
  }));

const listFolder = (folder: string, prefix: string) =>
  listSqlFiles(folder).map((path) => ({
    path,
    name: `${prefix}${basename(path)}`,
    text: readFileSync(path, 'utf8'),
  }));

/**
 * The statement in a form that may be run again. The shared files say `create table`, as they must: in DuckDB, where a
 * migration is one transaction, a table that is there already is a fault.
 * @throws Error for a statement that could not be run twice.
 */
function repeatable({ sql, ...rest }: Query, file: string): Query {
  const made = sql.replace(/^create (table|view) (?!if not exists)/i, 'create $1 if not exists ');
  if (!REPEATABLE.some((form) => form.test(made))) {
    throw new Error(`${file} has a statement that cannot be run a second time on Snowflake: ${sql.slice(0, 60)}`);
  }
  return { ...rest, sql: made };
}

const REPEATABLE: readonly RegExp[] = [
  /^create (transient )?(table|view|schema|role|warehouse|database|storage integration|file format|stage|stream|pipe|function) if not exists /i,
  /^grant /i,
  /^alter table \S+ (set |add column if not exists )/i,
  // Together with the record of their file, once.
  /^(insert|update|delete|merge)\b/i,
];
