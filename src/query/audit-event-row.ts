import type { AuditEventColumns } from './tables.ts';

/** An event as queries answer it. Times are milliseconds since 1970; `metadata` is its JSON text. */
export interface AuditEventRow {
  readonly eventId: string;
  readonly timestamp: number;
  readonly receivedAt: number;
  readonly ingestedBy: string;
  readonly eventType: string;
  readonly activityType: string;
  readonly action: string;
  readonly userId: string;
  readonly userRole: string | null;
  readonly userDepartment: string | null;
  readonly actorKind: string;
  readonly resourceId: string | null;
  readonly resourceType: string | null;
  readonly outcome: string;
  readonly sensitivity: string;
  readonly environment: string | null;
  readonly region: string | null;
  readonly source: string;
  readonly sourceIp: string | null;
  readonly sessionId: string | null;
  readonly metadata: string | null;
}

export const EVENT_COLUMNS = {
  eventId: 'event_id',
  timestamp: 'timestamp',
  receivedAt: 'received_at',
  ingestedBy: 'ingested_by',
  eventType: 'event_type',
  activityType: 'activity_type',
  action: 'action',
  userId: 'user_id',
  userRole: 'user_role',
  userDepartment: 'user_department',
  actorKind: 'actor_kind',
  resourceId: 'resource_id',
  resourceType: 'resource_type',
  outcome: 'outcome',
  sensitivity: 'sensitivity',
  environment: 'environment',
  region: 'region',
  source: 'source',
  sourceIp: 'source_ip',
  sessionId: 'session_id',
  metadata: 'metadata',
} as const satisfies Record<keyof AuditEventRow, keyof AuditEventColumns>;

export type EventField = keyof typeof EVENT_COLUMNS;
export const EVENT_FIELDS = Object.keys(EVENT_COLUMNS) as readonly EventField[];

/** Columns that were not asked for are absent from the row and so from the event. */
export const toAuditEvent = (row: AuditEventColumns): AuditEventRow => ({
  eventId: row.event_id,
  timestamp: row.timestamp,
  receivedAt: row.received_at,
  ingestedBy: row.ingested_by,
  eventType: row.event_type,
  activityType: row.activity_type,
  action: row.action,
  userId: row.user_id,
  userRole: row.user_role,
  userDepartment: row.user_department,
  actorKind: row.actor_kind,
  resourceId: row.resource_id,
  resourceType: row.resource_type,
  outcome: row.outcome,
  sensitivity: row.sensitivity,
  environment: row.environment,
  region: row.region,
  source: row.source,
  sourceIp: row.source_ip,
  sessionId: row.session_id,
  metadata: row.metadata,
});
