-- Events that were received before the last run of audit_event_ids ended: of another node, or an older epoch. An id that
-- stands there twice does no harm. Run last, once the refresh has its place (11): no run ends unseen from then on.
insert into audit_event_ids
select event_id_hash(event_id), event_day
from stg_events
where received_at < (select data_as_of from pipeline_positions where pipeline = 'event-ids');
