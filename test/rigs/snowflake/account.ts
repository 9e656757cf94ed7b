import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { listSnowflakeMigrations } from '../../../src/adapters/warehouse/snowflake-migrations.ts';
import { tables } from './opened.ts';

export interface Grant {
  readonly privilege: string;
  readonly on: string;
  readonly name: string;
}

/** What an account answers beside its rows. */
export interface AccountState {
  /** Null: the role does not see it. */
  readonly database?: string | null;
  readonly schema?: string | null;
  readonly warehouse?: string | null;
  /** By role. */
  readonly grants?: Readonly<Record<string, readonly Grant[]>>;
  /** Null: there is none. */
  readonly stream?: { readonly stale: boolean; readonly staleAfter: number } | null;
  readonly pipe?: object;
  /** Migrations that have run; all of them when absent. */
  readonly migrated?: (name: string) => boolean;
  readonly timeZone?: string;
}

const on = (on: string, privilege: string, name: string): Grant => ({ privilege, on, name: `AUDIT_DW.${name}` });

/** As the migrations give them, as far as somebody looks at them. */
export const USUAL_GRANTS: Readonly<Record<string, readonly Grant[]>> = {
  TRAILGATE_READER: [
    { privilege: 'USAGE', on: 'DATABASE', name: 'AUDIT_DW' },
    on('TABLE', 'SELECT', 'MARTS.AUDIT_EVENTS_MART'),
    on('TABLE', 'SELECT', 'MARTS.USERS'),
  ],
  TRAILGATE_WRITER: [
    on('STREAM', 'SELECT', 'LANDING.LANDED_LINES_FOR_LOAD'),
    on('TABLE', 'DELETE', 'MARTS.STG_LINES'),
    on('TABLE', 'INSERT', 'MARTS.AUDIT_EVENTS_RAW'),
    on('TABLE', 'INSERT', 'MARTS.AUDIT_EVENTS_ERRORS'),
    on('TABLE', 'UPDATE', 'MARTS.AUDIT_EVENTS_MART'),
    on('TABLE', 'UPDATE', 'MARTS.PIPELINE_POSITIONS'),
  ],
};

/** Statements for the rig's DuckDB that make it answer so. */
export function accountPrelude(state: AccountState = {}): string[] {
  const { database = 'AUDIT_DW', schema = 'MARTS', warehouse = 'TRAILGATE_WH', grants = USUAL_GRANTS } = state;
  const { pipe = { executionState: 'RUNNING', pendingFileCount: 2 }, timeZone, migrated = () => true } = state;
  const stream = state.stream === undefined ? { stale: false, staleAfter: Date.now() + 14 * 86_400_000 } : state.stream;
  return [
    ...tables(),
    `create macro current_database() as ${text(database)}`,
    `create macro current_schema() as ${text(schema)}`,
    `create macro current_warehouse() as ${text(warehouse)}`,
    `create macro current_region() as 'AWS_EU_CENTRAL_1'`,
    `create macro current_version() as '9.38.0'`,
    `create macro system$pipe_status(name) as ${text(JSON.stringify(pipe))}`,
    'create table show_grants (privilege varchar, granted_on varchar, name varchar, grantee_name varchar)',
    ...Object.entries(grants).flatMap(([role, given]) =>
      given.map(
        (grant) => `insert into show_grants values ('${grant.privilege}', '${grant.on}', '${grant.name}', '${role}')`,
      ),
    ),
    'create table show_streams (name varchar, stale varchar, stale_after timestamp_ntz)',
    ...(stream
      ? [
          `insert into show_streams values ('LANDED_LINES_FOR_LOAD', '${stream.stale}', make_timestamp(${stream.staleAfter} * 1000))`,
        ]
      : []),
    'create table schema_migrations (name varchar, sha256 varchar, applied_at timestamp_ntz)',
    ...listSnowflakeMigrations(join(process.cwd(), 'sql'))
      .filter(({ name }) => migrated(name))
      .map(({ name, text: file }) => {
        const sha256 = createHash('sha256').update(file).digest('hex');
        return `insert into schema_migrations values ('${name}', '${sha256}', now())`;
      }),
    ...(timeZone ? [`insert into mart_settings values ('time_zone', '${timeZone}')`] : []),
  ];
}

const text = (value: string | null): string => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`);
