-- The rows loaded since the last refresh, and of each event among them the copy received first.
delete from stg_batch;
delete from stg_events;
delete from stg_known;

insert into stg_batch
select * from audit_events_raw where load_id > :after_load and load_id <= :through_load;

insert into stg_events
select * from stg_batch
qualify row_number() over (
    partition by event_id, timestamp
    order by received_at, ingest_node, ingest_epoch, ingest_seq
) = 1;
