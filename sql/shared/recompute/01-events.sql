-- Everything anew from raw: the mart, its hours, and the contents that lost. Errors that a person resolved stay.
delete from audit_events_mart;

insert into audit_events_mart
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
where load_id <= :through_load
qualify row_number() over (
    partition by event_id, timestamp
    order by received_at, ingest_node, ingest_epoch, ingest_seq
) = 1;

delete from audit_event_hours;

insert into audit_event_hours
select date_trunc('hour', timestamp), count(*)
from audit_events_mart
group by date_trunc('hour', timestamp);

delete from audit_events_errors where code = 'CONFLICT' and status = 'NEW';

insert into audit_events_errors
select
    substr(sha2(c.event_id || '|' || iso_utc(c.timestamp) || '|' || c.payload_sha256, 256), 1, 32),
    c.received_at,
    'REFRESH',
    'CONFLICT',
    'Another event has this eventId and timestamp, with other content. The one received first is kept.',
    c.event_id,
    c.source,
    c.ingested_by,
    c.document,
    'NEW',
    null,
    null,
    null,
    c.ingest_node,
    c.ingest_epoch,
    c.ingest_seq
from (
    select *, {{DOCUMENT}} as document
    from audit_events_raw
    where load_id <= :through_load
    qualify row_number() over (
        partition by event_id, timestamp, payload_sha256
        order by received_at, ingest_node, ingest_epoch, ingest_seq
    ) = 1
) as c
inner join audit_events_mart as m
    on m.event_id = c.event_id and m.timestamp = c.timestamp
left join audit_events_errors as e
    on e.error_id = substr(sha2(c.event_id || '|' || iso_utc(c.timestamp) || '|' || c.payload_sha256, 256), 1, 32)
where c.payload_sha256 <> m.payload_sha256 and e.error_id is null;

{{STAGE: stg_touched}}
select distinct user_id, event_day from audit_events_mart where source <> 'trailgate';

delete from user_activity_daily;
delete from user_resource_daily;
delete from user_sessions;
delete from users;
delete from user_activity_totals;
