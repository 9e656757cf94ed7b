-- What the batch holds: new events, copies of another content than the one kept, and events to be replaced. The last two
-- are rare, and their steps dear.
select
    (select count(*) from stg_new) as inserted,
    (
        select count(*)
        from audit_events_raw as r
        inner join stg_events as e
            on e.event_id = r.event_id and e.timestamp = r.timestamp
        left join stg_known as k
            on k.event_id = r.event_id and k.timestamp = r.timestamp
        where r.load_id > :after_load and r.load_id <= :through_load
            and (r.payload_sha256 <> e.payload_sha256 or r.payload_sha256 <> k.payload_sha256)
    ) as contents,
    (select count(*) from stg_replaced) as replaced;
