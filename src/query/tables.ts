/** Tables whose selects are built name by name; all others are read by SQL text. */
export interface Tables {
  audit_events_mart: AuditEventColumns;
}

/** The columns that queries read, as sql/shared/migrations makes them; here and below times are milliseconds since 1970. */
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

export interface UserColumns {
  user_id: string;
  user_pseudonym: string;
  user_role: string | null;
  user_department: string | null;
}
