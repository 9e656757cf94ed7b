-- Finding an event by its id alone, without reading every id there is.

-- One row is one event received before the moment in pipeline_positions ('event-ids'): a hash of its id and its day. It
-- is written in runs sorted by hash, so that an engine that knows the least and greatest value of each block reads one
-- block of each run. Events received since are few and are read themselves.
create table audit_event_ids (
    id_hash bigint not null,
    event_day date not null
);

insert into pipeline_positions values
    ('event-ids', 0, '', 0, 0, timestamp '1970-01-01 00:00:00', timestamp '1970-01-01 00:00:00');
