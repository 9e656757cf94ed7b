-- The staged lines of one load, into raw and errors: the same rules as sql/duckdb/load.sql. What stands in stg_lines has
-- been looked at (stage/): every text and time that is needed is there.
insert into audit_events_raw
select
    :load_id,
    cast(try_to_timestamp_ntz(event:timestamp::varchar, {{LINE_TIME}}) as date),
    event:eventId::varchar,
    try_to_timestamp_ntz(event:timestamp::varchar, {{LINE_TIME}}),
    receivedAt,
    ingestedBy,
    origin,
    trace,
    event:eventType::varchar,
    event:activityType::varchar,
    event:action::varchar,
    event:userId::varchar,
    event:userPseudonym::varchar,
    event:userRole::varchar,
    event:userDepartment::varchar,
    event:actorKind::varchar,
    event:resourceId::varchar,
    event:resourceType::varchar,
    event:outcome::varchar,
    event:sensitivity::varchar,
    event:environment::varchar,
    event:region::varchar,
    event:source::varchar,
    event:sourceIp::varchar,
    event:sessionId::varchar,
    -- The JSON value null is no value.
    strip_null_value(event:metadata),
    sha256,
    node,
    epoch,
    seq,
    cast(:now as timestamp_ntz)
from stg_lines
where kind = 'EVENT' and (event:source::varchar <> 'trailgate' or origin = 'GATEWAY');

insert into audit_events_errors
select distinct
    substr(sha2(node || '|' || cast(epoch as varchar) || '|' || cast(seq as varchar), 256), 1, 32),
    receivedAt,
    'ACCEPT',
    rejection:code::varchar,
    rejection:message::varchar,
    rejection:eventId::varchar,
    rejection:source::varchar,
    ingestedBy,
    rejection:document::varchar,
    'NEW',
    null,
    null,
    null,
    node,
    epoch,
    seq
from stg_lines
where kind = 'REJECTED'
    and substr(sha2(node || '|' || cast(epoch as varchar) || '|' || cast(seq as varchar), 256), 1, 32)
    not in (select error_id from audit_events_errors);

insert into audit_events_errors
select distinct
    substr(sha2(node || '|' || cast(epoch as varchar) || '|' || cast(seq as varchar), 256), 1, 32),
    receivedAt,
    'LOAD',
    'FORBIDDEN_SOURCE',
    'The source "trailgate" is reserved for what people do in the gateway itself.',
    event:eventId::varchar,
    event:source::varchar,
    ingestedBy,
    null,
    'NEW',
    null,
    null,
    null,
    node,
    epoch,
    seq
from stg_lines
where kind = 'EVENT' and event:source::varchar = 'trailgate' and origin <> 'GATEWAY'
    and substr(sha2(node || '|' || cast(epoch as varchar) || '|' || cast(seq as varchar), 256), 1, 32)
    not in (select error_id from audit_events_errors);
