-- The next run: events received from the last run's end up to this moment. Its end comes first: where statements each see
-- what is committed, that waits for a refresh that has come as far as its own place, and the rows below are read after it.
-- A refresh that comes to its place later sees the new end.
update pipeline_positions
set data_as_of = :through, updated_at = :now
where pipeline = 'event-ids';

insert into audit_event_ids
select event_id_hash(event_id), event_day
from audit_events_mart
where received_at >= :from
    and received_at < :through
order by event_id_hash(event_id);
