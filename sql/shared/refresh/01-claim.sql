-- The rows loaded since the last refresh, and of each event among them the copy received first.
{{STAGE: stg_batch}}
select * from audit_events_raw where load_id > :after_load and load_id <= :through_load;

{{STAGE: stg_events}}
select * from stg_batch
qualify row_number() over (
    partition by event_id, timestamp
    order by received_at, ingest_node, ingest_epoch, ingest_seq
) = 1;

{{STAGE: stg_known}}
select event_id, timestamp, payload_sha256, received_at, ingest_node, ingest_epoch, ingest_seq
from stg_events where false;
