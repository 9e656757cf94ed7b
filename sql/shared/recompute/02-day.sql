-- One day anew from raw, in the order of time: the mart, its hours, and the contents that lost. Run day by day, so that
-- no more than a day is sorted at once.
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
where event_day = cast(:event_day as date) and load_id <= :through_load
qualify row_number() over (
    partition by event_id, timestamp
    order by received_at, ingest_node, ingest_epoch, ingest_seq
) = 1
order by timestamp;

insert into audit_event_hours
select date_trunc('hour', timestamp), count(*)
from audit_events_mart
where event_day = cast(:event_day as date)
group by date_trunc('hour', timestamp);

insert into audit_events_errors
select
    c.error_id,
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
    select
        substr(sha2(event_id || '|' || iso_utc(timestamp) || '|' || payload_sha256, 256), 1, 32) as error_id,
        received_at,
        event_id,
        source,
        ingested_by,
        ingest_node,
        ingest_epoch,
        ingest_seq,
        {{DOCUMENT}} as document
    from (
        select r.*
        from audit_events_raw as r
        inner join audit_events_mart as m
            on m.event_id = r.event_id and m.timestamp = r.timestamp
        where r.event_day = cast(:event_day as date)
            and m.event_day = cast(:event_day as date)
            and r.load_id <= :through_load
            and r.payload_sha256 <> m.payload_sha256
        qualify row_number() over (
            partition by r.event_id, r.timestamp, r.payload_sha256
            order by r.received_at, r.ingest_node, r.ingest_epoch, r.ingest_seq
        ) = 1
    ) as lost
) as c
left join audit_events_errors as e
    on e.error_id = c.error_id
where e.error_id is null;
