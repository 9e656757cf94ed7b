-- What the writer and the reader may do, table by table: what a later migration makes, nobody may touch until it says so.
grant usage on schema {{LANDING_SCHEMA}} to role {{WRITER_ROLE}};
grant usage on schema {{MARTS_SCHEMA}} to role {{WRITER_ROLE}};
grant usage on schema {{MARTS_SCHEMA}} to role {{READER_ROLE}};

grant usage on function iso_utc(timestamp_ntz) to role {{WRITER_ROLE}};
grant usage on function event_id_hash(varchar) to role {{WRITER_ROLE}};
grant usage on function event_id_hash(varchar) to role {{READER_ROLE}};

-- The loader takes what landed and cannot change it.
grant select on table {{LANDING_SCHEMA}}.landed_lines to role {{WRITER_ROLE}};
grant select on stream {{LANDING_SCHEMA}}.landed_lines_for_load to role {{WRITER_ROLE}};

-- At every start the gateway compares what has run with what it needs.
grant select on table schema_migrations to role {{WRITER_ROLE}};

-- Raw only grows.
grant select, insert on table audit_events_raw to role {{WRITER_ROLE}};

grant select, insert, update, delete on table audit_events_mart to role {{WRITER_ROLE}};
grant select, insert, update, delete on table audit_event_hours to role {{WRITER_ROLE}};
grant select, insert, update, delete on table audit_event_ids to role {{WRITER_ROLE}};
grant select, insert, update, delete on table audit_events_errors to role {{WRITER_ROLE}};
grant select, insert, update, delete on table pipeline_positions to role {{WRITER_ROLE}};
grant select, insert, update, delete on table mart_settings to role {{WRITER_ROLE}};
grant select, insert, update, delete on table landed_files to role {{WRITER_ROLE}};
grant select, insert, update, delete on table ingest_nodes to role {{WRITER_ROLE}};
grant select, insert, update, delete on table ingest_numbers to role {{WRITER_ROLE}};
grant select, insert, update, delete on table user_activity_daily to role {{WRITER_ROLE}};
grant select, insert, update, delete on table user_resource_daily to role {{WRITER_ROLE}};
grant select, insert, update, delete on table user_sessions to role {{WRITER_ROLE}};
grant select, insert, update, delete on table users to role {{WRITER_ROLE}};
grant select, insert, update, delete on table user_activity_totals to role {{WRITER_ROLE}};
grant select on table activity_types to role {{WRITER_ROLE}};

-- `insert overwrite` needs delete.
grant select, insert, delete on table stg_landed to role {{WRITER_ROLE}};
grant select, insert, delete on table stg_lines to role {{WRITER_ROLE}};
grant select, insert, delete on table stg_events to role {{WRITER_ROLE}};
grant select, insert, delete on table stg_replaced to role {{WRITER_ROLE}};
grant select, insert, delete on table stg_known to role {{WRITER_ROLE}};
grant select, insert, delete on table stg_new to role {{WRITER_ROLE}};
grant select, insert, delete on table stg_sessions to role {{WRITER_ROLE}};
grant select, insert, delete on table stg_islands to role {{WRITER_ROLE}};
grant select, insert, delete on table stg_touched to role {{WRITER_ROLE}};
grant select, insert, delete on table stg_spans to role {{WRITER_ROLE}};

-- The reader sees what questions are answered from: neither raw nor staging.
grant select on table audit_events_mart to role {{READER_ROLE}};
grant select on table audit_event_hours to role {{READER_ROLE}};
grant select on table audit_event_ids to role {{READER_ROLE}};
grant select on table audit_events_errors to role {{READER_ROLE}};
grant select on table pipeline_positions to role {{READER_ROLE}};
grant select on table mart_settings to role {{READER_ROLE}};
grant select on table user_activity_daily to role {{READER_ROLE}};
grant select on table user_resource_daily to role {{READER_ROLE}};
grant select on table user_sessions to role {{READER_ROLE}};
grant select on table users to role {{READER_ROLE}};
grant select on table user_activity_totals to role {{READER_ROLE}};
grant select on table activity_types to role {{READER_ROLE}};
grant select on view user_activity_mart to role {{READER_ROLE}};
