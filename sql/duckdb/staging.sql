-- Run once on the writing connection, after the migrations: the tables that a refresh works in. Temporary, so that
-- nothing of them is written to disk twice.
create or replace temp table stg_batch as select * from audit_events_raw where false;
create or replace temp table stg_events as select * from audit_events_raw where false;
create or replace temp table stg_new as select * from audit_events_raw where false;
create or replace temp table stg_replaced as select * from audit_events_mart where false;
create or replace temp table stg_touched as select user_id, event_day from audit_events_mart where false;
create or replace temp table stg_spans as select user_id, session_start as from_at, session_end as to_at from user_sessions where false;
create or replace temp table stg_sessions as select * from user_sessions where false;

create or replace temp table stg_known as
select event_id, timestamp, payload_sha256, received_at, ingest_node, ingest_epoch, ingest_seq
from audit_events_mart where false;

create or replace temp table stg_islands as
select user_id, user_pseudonym, session_start, session_end, event_count, activity_types, session_start as kept_start
from user_sessions where false;
