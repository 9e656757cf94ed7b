import { join } from 'node:path';
import { ENVELOPE_VERSION } from '../../domain/envelope.ts';
import type { SqlFile } from '../../ports/warehouse.ts';
import { readSqlFile, readSqlFolder, type SqlTokens } from './sql-files.ts';

/** The statements that fill a warehouse, in its engine's words. */
export interface WarehouseSql {
  /** Fills raw and errors from staged lines. */
  readonly load: SqlFile;
  /** Leaves one line of each number in stg_lines. */
  readonly distinctLines: SqlFile;
  readonly refresh: readonly SqlFile[];
  readonly rebuild: readonly SqlFile[];
  readonly recompute: readonly SqlFile[];
  readonly eventIds: SqlFile;
}

export type WarehouseEngine = 'duckdb' | 'snowflake';

/** Reads sql/shared with an engine's tokens, and what the engine has of its own. */
export function readWarehouseSql(sqlDirectory: string, engine: WarehouseEngine, tokens: SqlTokens): WarehouseSql {
  const folder = (name: string) => readSqlFolder(join(sqlDirectory, 'shared', name), tokens);
  return {
    load: readSqlFile(join(sqlDirectory, engine, 'load.sql'), tokens),
    distinctLines: readSqlFile(join(sqlDirectory, 'shared', 'landed', '01-distinct-lines.sql'), tokens),
    refresh: folder('refresh'),
    rebuild: folder('rebuild'),
    recompute: folder('recompute'),
    eventIds: readSqlFile(join(sqlDirectory, 'shared', 'event-ids', '01-run.sql'), tokens),
  };
}

/** `timeZone` is an IANA name: what off-hours are counted by. */
export const duckdbTokens = (timeZone: string): SqlTokens => ({
  VARIANT: 'json',
  TEXT_ARRAY: 'varchar[]',
  CLUSTER: '',
  // Made anew, not emptied: rows deleted from a temporary table stay and slow its scans.
  STAGE: (name) => `create or replace temp table ${name} as`,
  TIME_ZONE: timeZone,
  LOCAL_HOUR: (time) => `local_hour(${time})`,
  ELEMENT: (value) => value,
  DOCUMENT: `cast(json_object(${documentFields()}) as varchar)`,
});

/** `landingSchema` holds what Snowpipe lands. */
export const snowflakeTokens = (timeZone: string, landingSchema: string): SqlTokens => ({
  VARIANT: 'variant',
  TEXT_ARRAY: 'array',
  CLUSTER: (columns) => `cluster by ${columns}`,
  // Inside a transaction only rows may change: anything that makes a table would commit it.
  STAGE: (name) => `insert overwrite into ${name}`,
  LOCAL_HOUR: (time) => `hour(convert_timezone('UTC', ${quoteText(timeZone)}, ${time}))`,
  ELEMENT: (value) => `cast(${value} as variant)`,
  DOCUMENT: `to_json(object_construct_keep_null(${documentFields()}))`,
  LANDING_SCHEMA: landingSchema,
  ENVELOPE_VERSION: String(ENVELOPE_VERSION),
  // How a line of the envelope writes a time.
  LINE_TIME: `'YYYY-MM-DD"T"HH24:MI:SS.FF3"Z"'`,
});

/** A text of Snowflake: a backslash begins an escape there. */
export const quoteText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** The event as AuditEventInput, from the columns of raw: what an error shows of a content that lost. */
function documentFields(): string {
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
  return fields.map(([key, column]) => `'${key}', ${column}`).join(', ');
}
