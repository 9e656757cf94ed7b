-- Of each event loaded since the last refresh the copy received first, in the columns of the mart.
{{STAGE: stg_events}}
select
    event_day,
    event_id,
    timestamp,
    received_at,
    ingested_by,
    event_type,
    activity_type,
    action,
    user_id,
    user_pseudonym,
    user_role,
    user_department,
    actor_kind,
    resource_id,
    resource_type,
    outcome,
    sensitivity,
    environment,
    region,
    source,
    source_ip,
    session_id,
    metadata,
    payload_sha256,
    ingest_node,
    ingest_epoch,
    ingest_seq,
    load_timestamp
from audit_events_raw
where load_id > :after_load and load_id <= :through_load
qualify row_number() over (
    partition by event_id, timestamp
    order by received_at, ingest_node, ingest_epoch, ingest_seq
) = 1;

{{STAGE: stg_known}}
select event_id, timestamp, payload_sha256, received_at, ingest_node, ingest_epoch, ingest_seq
from stg_events where false;
