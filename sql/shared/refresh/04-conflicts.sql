-- Contents that lost against another of the same key become errors: one for each content, named by it. Run only when
-- a batch holds a key with more than one content.
delete from audit_events_errors using (
    select e.event_id, e.timestamp, e.payload_sha256
    from stg_replaced as r
    inner join stg_events as e
        on e.event_id = r.event_id and e.timestamp = r.timestamp
) as w
where audit_events_errors.code = 'CONFLICT'
    and audit_events_errors.status = 'NEW'
    and audit_events_errors.error_id = substr(sha2(w.event_id || '|' || iso_utc(w.timestamp) || '|' || w.payload_sha256, 256), 1, 32);

merge into audit_events_errors as t
using (
    select
        substr(sha2(c.event_id || '|' || iso_utc(c.timestamp) || '|' || c.payload_sha256, 256), 1, 32) as error_id,
        c.*
    from (
        select
            event_id, timestamp, payload_sha256, received_at, source, ingested_by, ingest_node, ingest_epoch, ingest_seq,
            {{DOCUMENT}} as document
        from audit_events_raw
        where load_id > :after_load and load_id <= :through_load
        union all
        select
            event_id, timestamp, payload_sha256, received_at, source, ingested_by, ingest_node, ingest_epoch, ingest_seq,
            {{DOCUMENT}} as document
        from stg_replaced
    ) as c
    inner join stg_events as e
        on e.event_id = c.event_id and e.timestamp = c.timestamp
    left join stg_known as k
        on k.event_id = c.event_id and k.timestamp = c.timestamp
    left join stg_replaced as r
        on r.event_id = c.event_id and r.timestamp = c.timestamp
    where c.payload_sha256
        <> case when k.event_id is null or r.event_id is not null then e.payload_sha256 else k.payload_sha256 end
    qualify row_number() over (
        partition by c.event_id, c.timestamp, c.payload_sha256
        order by c.received_at, c.ingest_node, c.ingest_epoch, c.ingest_seq
    ) = 1
) as s
    on t.error_id = s.error_id
when matched and t.status = 'NEW'
    and s.received_at <= t.occurred_at
    and (
        s.received_at < t.occurred_at
        or (s.ingest_node <= t.ingest_node
            and (s.ingest_node < t.ingest_node
                or (s.ingest_epoch <= t.ingest_epoch
                    and (s.ingest_epoch < t.ingest_epoch or s.ingest_seq < t.ingest_seq))))
    ) then update set
    occurred_at = s.received_at,
    source = s.source,
    ingested_by = s.ingested_by,
    document = s.document,
    ingest_node = s.ingest_node,
    ingest_epoch = s.ingest_epoch,
    ingest_seq = s.ingest_seq
when not matched then insert (
    error_id, occurred_at, stage, code, message, event_id, source, ingested_by, document, status,
    ingest_node, ingest_epoch, ingest_seq
) values (
    s.error_id, s.received_at, 'REFRESH', 'CONFLICT',
    'Another event has this eventId and timestamp, with other content. The one received first is kept.',
    s.event_id, s.source, s.ingested_by, s.document, 'NEW',
    s.ingest_node, s.ingest_epoch, s.ingest_seq
);
