/** The columns that queries read, as sql/shared/migrations makes them. Times are milliseconds when read. */
export interface Tables {
  audit_events_mart: AuditEventColumns;
  audit_event_hours: { event_hour: number; event_count: number };
  audit_events_errors: IngestErrorColumns;
  pipeline_positions: PositionColumns;
  users: UserColumns;
  user_activity_totals: UserActivityColumns;
  user_activity_daily: UserCellColumns;
  user_resource_daily: UserResourceColumns;
  user_sessions: UserSessionColumns;
  activity_types: { activity_type: string };
}

export interface AuditEventColumns {
  event_day: string;
  event_id: string;
  timestamp: number;
  received_at: number;
  ingested_by: string;
  event_type: string;
  activity_type: string;
  action: string;
  user_id: string;
  user_pseudonym: string;
  user_role: string | null;
  user_department: string | null;
  actor_kind: string;
  resource_id: string | null;
  resource_type: string | null;
  outcome: string;
  sensitivity: string;
  environment: string | null;
  region: string | null;
  source: string;
  source_ip: string | null;
  session_id: string | null;
  metadata: string | null;
  ingest_node: string;
  ingest_epoch: number;
  ingest_seq: number;
}

export interface IngestErrorColumns {
  error_id: string;
  occurred_at: number;
  stage: string;
  code: string;
  message: string;
  event_id: string | null;
  source: string | null;
  ingested_by: string | null;
  document: string | null;
  status: string;
  resolved_at: number | null;
  resolved_by: string | null;
}

export interface PositionColumns {
  pipeline: string;
  ingest_node: string;
  ingest_epoch: number;
  ingest_seq: number;
  data_as_of: number;
}

export interface UserColumns {
  user_id: string;
  user_pseudonym: string;
  user_role: string | null;
  user_department: string | null;
}

interface UserActivityKey {
  user_id: string;
  user_pseudonym: string;
  activity_type: string;
}

export interface UserActivityColumns extends UserActivityKey {
  event_count: number;
  first_activity: number;
  last_activity: number;
  session_count: number;
  session_seconds: number;
}

interface ScopeColumns {
  user_department: string | null;
  environment: string | null;
  region: string | null;
}

export interface UserCellColumns extends UserActivityKey, ScopeColumns {
  activity_date: string;
  event_count: number;
  first_activity: number;
  last_activity: number;
}

export interface UserResourceColumns extends UserActivityKey, ScopeColumns {
  activity_date: string;
  resource_type: string | null;
  resource_id: string;
}

export interface UserSessionColumns {
  user_id: string;
  session_start: number;
  duration_seconds: number;
}
