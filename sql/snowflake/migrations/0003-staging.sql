-- Tables that hold rows during one transaction of the loader or the refresher, which are never two at once: each begins
-- with `insert overwrite`, because making a table would commit the transaction. What stands in them between is of no use;
-- it is kept neither for Time Travel nor for recovery.

-- One row is one line of the chunk being loaded, as it landed, and what is wrong with it.
create transient table if not exists stg_landed (
    line variant,
    line_text varchar,
    file_name varchar,
    file_row_number bigint,
    fault varchar
) data_retention_time_in_days = 0;

-- One row is one sound line, its envelope taken apart.
create transient table if not exists stg_lines (
    v bigint,
    kind varchar,
    origin varchar,
    node varchar,
    epoch bigint,
    seq bigint,
    receivedAt timestamp_ntz,
    ingestedBy varchar,
    trace varchar,
    sha256 varchar,
    event variant,
    rejection variant,
    ledger variant
) data_retention_time_in_days = 0;

-- Of each event of the batch the copy received first; and below, those that it replaces in the mart.
create transient table if not exists stg_events (
    event_day date,
    event_id varchar,
    timestamp timestamp_ntz,
    received_at timestamp_ntz,
    ingested_by varchar,
    event_type varchar,
    activity_type varchar,
    action varchar,
    user_id varchar,
    user_pseudonym varchar,
    user_role varchar,
    user_department varchar,
    actor_kind varchar,
    resource_id varchar,
    resource_type varchar,
    outcome varchar,
    sensitivity varchar,
    environment varchar,
    region varchar,
    source varchar,
    source_ip varchar,
    session_id varchar,
    metadata variant,
    payload_sha256 varchar,
    ingest_node varchar,
    ingest_epoch bigint,
    ingest_seq bigint,
    load_timestamp timestamp_ntz
) data_retention_time_in_days = 0;

create transient table if not exists stg_replaced (
    event_day date,
    event_id varchar,
    timestamp timestamp_ntz,
    received_at timestamp_ntz,
    ingested_by varchar,
    event_type varchar,
    activity_type varchar,
    action varchar,
    user_id varchar,
    user_pseudonym varchar,
    user_role varchar,
    user_department varchar,
    actor_kind varchar,
    resource_id varchar,
    resource_type varchar,
    outcome varchar,
    sensitivity varchar,
    environment varchar,
    region varchar,
    source varchar,
    source_ip varchar,
    session_id varchar,
    metadata variant,
    payload_sha256 varchar,
    ingest_node varchar,
    ingest_epoch bigint,
    ingest_seq bigint,
    load_timestamp timestamp_ntz
) data_retention_time_in_days = 0;

-- Events of the batch that the mart held before.
create transient table if not exists stg_known (
    event_id varchar,
    timestamp timestamp_ntz,
    payload_sha256 varchar,
    received_at timestamp_ntz,
    ingest_node varchar,
    ingest_epoch bigint,
    ingest_seq bigint
) data_retention_time_in_days = 0;

-- Events that it did not.
create transient table if not exists stg_new (
    event_day date,
    event_id varchar,
    timestamp timestamp_ntz,
    activity_type varchar,
    user_id varchar,
    user_pseudonym varchar,
    user_role varchar,
    user_department varchar,
    actor_kind varchar,
    resource_id varchar,
    resource_type varchar,
    outcome varchar,
    sensitivity varchar,
    environment varchar,
    region varchar,
    source varchar
) data_retention_time_in_days = 0;

-- Sessions that new events touch, as they were, and as they become.
create transient table if not exists stg_sessions (
    user_id varchar,
    user_pseudonym varchar,
    session_start timestamp_ntz,
    session_end timestamp_ntz,
    event_count bigint,
    duration_seconds bigint,
    activity_types array
) data_retention_time_in_days = 0;

create transient table if not exists stg_islands (
    user_id varchar,
    user_pseudonym varchar,
    session_start timestamp_ntz,
    session_end timestamp_ntz,
    event_count bigint,
    activity_types array,
    kept_start timestamp_ntz
) data_retention_time_in_days = 0;

-- Users and days to be made anew from the mart, and the spans of their sessions.
create transient table if not exists stg_touched (
    user_id varchar,
    event_day date
) data_retention_time_in_days = 0;

create transient table if not exists stg_spans (
    user_id varchar,
    from_at timestamp_ntz,
    to_at timestamp_ntz
) data_retention_time_in_days = 0;
