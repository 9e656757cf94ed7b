-- What was accepted, what was refused, and the mart of events.

-- One row is one delivered copy of an event, append only; (ingest_node, ingest_epoch, ingest_seq) identifies it.
-- load_id numbers the loads, so that a refresh claims what came since the last one.
create table audit_events_raw (
    load_id bigint not null,
    event_day date not null,
    event_id varchar not null,
    timestamp timestamp_ntz not null,
    received_at timestamp_ntz not null,
    ingested_by varchar not null,
    origin varchar not null,
    trace varchar,
    event_type varchar not null,
    activity_type varchar not null,
    action varchar not null,
    user_id varchar not null,
    user_pseudonym varchar not null,
    user_role varchar,
    user_department varchar,
    actor_kind varchar not null,
    resource_id varchar,
    resource_type varchar,
    outcome varchar not null,
    sensitivity varchar not null,
    environment varchar,
    region varchar,
    source varchar not null,
    source_ip varchar,
    session_id varchar,
    metadata {{VARIANT}},
    payload_sha256 varchar not null,
    ingest_node varchar not null,
    ingest_epoch bigint not null,
    ingest_seq bigint not null,
    load_timestamp timestamp_ntz not null
) {{CLUSTER: (event_day)}};

-- One row is one event: the copy of its key (event_id, timestamp) that was received first. No key is declared:
-- it would cost memory for every event, and refresh looks keys up within the days of a batch.
create table audit_events_mart (
    event_day date not null,
    event_id varchar not null,
    timestamp timestamp_ntz not null,
    received_at timestamp_ntz not null,
    ingested_by varchar not null,
    event_type varchar not null,
    activity_type varchar not null,
    action varchar not null,
    user_id varchar not null,
    user_pseudonym varchar not null,
    user_role varchar,
    user_department varchar,
    actor_kind varchar not null,
    resource_id varchar,
    resource_type varchar,
    outcome varchar not null,
    sensitivity varchar not null,
    environment varchar,
    region varchar,
    source varchar not null,
    source_ip varchar,
    session_id varchar,
    metadata {{VARIANT}},
    payload_sha256 varchar not null,
    ingest_node varchar not null,
    ingest_epoch bigint not null,
    ingest_seq bigint not null,
    load_timestamp timestamp_ntz not null
) {{CLUSTER: (event_day)}};

-- One row is one UTC hour that has events, of any source. A read without a time walks these, newest first,
-- so that it opens only as many hours of the mart as its page needs.
create table audit_event_hours (
    event_hour timestamp_ntz not null,
    event_count bigint not null
);

-- One row is one dead letter: a document refused at accept, an event that conflicts with an earlier one, or a line
-- that could not be loaded. Only a resolution changes a row.
create table audit_events_errors (
    error_id varchar not null,
    occurred_at timestamp_ntz not null,
    stage varchar not null,
    code varchar not null,
    message varchar not null,
    event_id varchar,
    source varchar,
    ingested_by varchar,
    document varchar,
    status varchar not null,
    resolved_at timestamp_ntz,
    resolved_by varchar,
    resolution_reason varchar,
    ingest_node varchar not null,
    ingest_epoch bigint not null,
    ingest_seq bigint not null
);

-- One row is one pipeline ('load', 'refresh'): how far it has come in the log. Written with the rows it speaks of.
-- data_as_of: everything received before it is at or before this position.
create table pipeline_positions (
    pipeline varchar not null,
    load_id bigint not null,
    ingest_node varchar not null,
    ingest_epoch bigint not null,
    ingest_seq bigint not null,
    data_as_of timestamp_ntz not null,
    updated_at timestamp_ntz not null
);

insert into pipeline_positions values
    ('load', 0, '', 0, 0, timestamp '1970-01-01 00:00:00', timestamp '1970-01-01 00:00:00'),
    ('refresh', 0, '', 0, 0, timestamp '1970-01-01 00:00:00', timestamp '1970-01-01 00:00:00');

-- One row is one setting that the marts were made with; another one at start makes them anew.
create table mart_settings (
    name varchar not null,
    setting varchar not null
);
