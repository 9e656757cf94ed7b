import { ACTOR_KINDS, OUTCOMES, SENSITIVITIES } from '../domain/audit-event.ts';

/** A column of audit_events_mart. */
export interface FieldColumn {
  readonly column: string;
  readonly nullable: boolean;
}

export const TIME_FIELDS = {
  timestamp: { column: 'timestamp', nullable: false },
  receivedAt: { column: 'received_at', nullable: false },
} as const satisfies Record<string, FieldColumn>;

export const TEXT_FIELDS = {
  eventId: { column: 'event_id', nullable: false },
  eventType: { column: 'event_type', nullable: false },
  activityType: { column: 'activity_type', nullable: false },
  action: { column: 'action', nullable: false },
  userId: { column: 'user_id', nullable: false },
  userRole: { column: 'user_role', nullable: true },
  userDepartment: { column: 'user_department', nullable: true },
  resourceId: { column: 'resource_id', nullable: true },
  resourceType: { column: 'resource_type', nullable: true },
  environment: { column: 'environment', nullable: true },
  region: { column: 'region', nullable: true },
  source: { column: 'source', nullable: false },
  sourceIp: { column: 'source_ip', nullable: true },
  sessionId: { column: 'session_id', nullable: true },
} as const satisfies Record<string, FieldColumn>;

export const ENUM_FIELDS = {
  actorKind: { column: 'actor_kind', nullable: false, values: ACTOR_KINDS },
  outcome: { column: 'outcome', nullable: false, values: OUTCOMES },
  sensitivity: { column: 'sensitivity', nullable: false, values: SENSITIVITIES },
} as const satisfies Record<string, FieldColumn & { readonly values: readonly string[] }>;

const METADATA_FIELD: FieldColumn = { column: 'metadata', nullable: true };

export type TimeField = keyof typeof TIME_FIELDS;
export type EnumField = keyof typeof ENUM_FIELDS;
/** A field whose value is text, open or of a closed list. */
export type TextField = keyof typeof TEXT_FIELDS | EnumField;
/** Everything that a condition can be about. */
export type FilterField = TimeField | TextField | 'metadata';

export const COLUMNS: Readonly<Record<FilterField, FieldColumn>> = {
  ...TIME_FIELDS,
  ...TEXT_FIELDS,
  ...ENUM_FIELDS,
  metadata: METADATA_FIELD,
};
