-- Which of them the mart holds already. Run once for each stretch of time that the batch covers, so that a few late
-- events do not make it read everything between them and now.
insert into stg_known
select
    m.event_id,
    m.timestamp,
    m.payload_sha256,
    m.received_at,
    m.ingest_node,
    m.ingest_epoch,
    m.ingest_seq
from audit_events_mart as m
inner join stg_events as e
    on e.timestamp = m.timestamp and e.event_id = m.event_id
where m.event_day >= cast(cast(:from_at as timestamp_ntz) as date)
    and m.timestamp >= :from_at
    and m.timestamp <= :to_at
    and e.timestamp >= :from_at
    and e.timestamp <= :to_at;
