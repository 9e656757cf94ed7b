-- New events enter the mart; stg_new holds of them what the cells are counted from. An event whose earlier copy came
-- later (two nodes, a rebuild) is replaced by that copy.
{{STAGE: stg_new}}
select
    e.event_day,
    e.event_id,
    e.timestamp,
    e.activity_type,
    e.user_id,
    e.user_pseudonym,
    e.user_role,
    e.user_department,
    e.actor_kind,
    e.resource_id,
    e.resource_type,
    e.outcome,
    e.sensitivity,
    e.environment,
    e.region,
    e.source
from stg_events as e
left join stg_known as k
    on k.event_id = e.event_id and k.timestamp = e.timestamp
where k.event_id is null;

{{STAGE: stg_replaced}}
select m.*
from audit_events_mart as m
inner join (
    select k.event_id, k.timestamp
    from stg_known as k
    inner join stg_events as e
        on e.event_id = k.event_id and e.timestamp = k.timestamp
    where e.received_at <= k.received_at
        and (
            e.received_at < k.received_at
            or (e.ingest_node <= k.ingest_node
                and (e.ingest_node < k.ingest_node
                    or (e.ingest_epoch <= k.ingest_epoch
                        and (e.ingest_epoch < k.ingest_epoch or e.ingest_seq < k.ingest_seq))))
        )
) as r
    on r.event_id = m.event_id and r.timestamp = m.timestamp;

delete from audit_events_mart using stg_replaced as r
where audit_events_mart.timestamp = r.timestamp and audit_events_mart.event_id = r.event_id;

insert into audit_events_mart
select e.*
from stg_events as e
left join stg_known as k
    on k.event_id = e.event_id and k.timestamp = e.timestamp
left join stg_replaced as r
    on r.event_id = e.event_id and r.timestamp = e.timestamp
where k.event_id is null or r.event_id is not null;
