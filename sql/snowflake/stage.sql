-- The lines that no load has taken yet, into stg_landed and stg_lines. The first statement reads the stream and so takes
-- them: with this transaction, or not at all. Every line stands in stg_landed, an unreadable one with its fault (the same
-- rules as src/load/read-line.ts); the sound ones also stand in stg_lines, taken apart. A line of an envelope version that
-- we do not know has no fault and is in stg_lines with its version: the caller stops there. No cast here can fail: Snowflake
-- may try one on rows that a condition leaves out, and a single line would stop all loads.
insert overwrite into stg_landed
select
    l.line,
    l.line_text,
    l.file_name,
    l.file_row_number,
    case
        when l.line is null or typeof(l.line) <> 'OBJECT' then 'it is not one JSON object'
        when coalesce(typeof(l.line:v), '') <> 'INTEGER' then 'it has no envelope version'
        when try_cast(l.line:v::varchar as bigint) <> {{ENVELOPE_VERSION}} then null
        when coalesce(typeof(l.line:kind), '') <> 'VARCHAR' then 'it has no kind'
        when coalesce(typeof(l.line:node), '') <> 'VARCHAR'
            or coalesce(typeof(l.line:epoch), '') <> 'INTEGER'
            or coalesce(typeof(l.line:seq), '') <> 'INTEGER'
            or l.line:node::varchar = ''
            or coalesce(try_cast(l.line:epoch::varchar as bigint), 0) not between 1 and 9007199254740991
            or coalesce(try_cast(l.line:seq::varchar as bigint), 0) not between 1 and 9007199254740991
            then 'it does not say its place in a log'
        when try_to_timestamp_ntz(l.line:receivedAt::varchar, {{LINE_TIME}}) is null then 'receivedAt is no time'
        -- Refused numbers: `[4,[7,9]]`. What the loader cannot make out would hold it up for good.
        when l.line:kind::varchar = 'LEDGER' and (
            coalesce(l.line:ledger.state::varchar, '') not in ('OPEN', 'LIVE', 'CLOSED')
            or coalesce(typeof(l.line:ledger.refused), '') <> 'ARRAY'
            or not regexp_like(
                l.line:ledger.refused::varchar,
                '^\\[(([1-9][0-9]{0,14}|\\[[1-9][0-9]{0,14},[1-9][0-9]{0,14}\\])(,([1-9][0-9]{0,14}|\\[[1-9][0-9]{0,14},[1-9][0-9]{0,14}\\]))*)?\\]$'
            )
        ) then 'ledger is missing or says nothing'
        when l.line:kind::varchar not in ('EVENT', 'REJECTED') then null
        when coalesce(typeof(l.line:origin), '') <> 'VARCHAR' then 'origin is missing'
        when coalesce(typeof(l.line:ingestedBy), '') <> 'VARCHAR' then 'ingestedBy is missing'
        when coalesce(typeof(l.line:trace), 'NULL_VALUE') not in ('NULL_VALUE', 'VARCHAR') then 'trace is no text'
        when l.line:kind::varchar = 'REJECTED' and coalesce(typeof(l.line:rejection), '') <> 'OBJECT' then 'rejection is missing'
        when l.line:kind::varchar = 'REJECTED' and (
            coalesce(typeof(l.line:rejection.code), '') <> 'VARCHAR'
            or coalesce(typeof(l.line:rejection.message), '') <> 'VARCHAR'
        ) then 'rejection has no code'
        when l.line:kind::varchar = 'REJECTED' and (
            coalesce(typeof(l.line:rejection.eventId), 'NULL_VALUE') not in ('NULL_VALUE', 'VARCHAR')
            or coalesce(typeof(l.line:rejection.source), 'NULL_VALUE') not in ('NULL_VALUE', 'VARCHAR')
            or coalesce(typeof(l.line:rejection.document), 'NULL_VALUE') not in ('NULL_VALUE', 'VARCHAR')
        ) then 'a field of rejection is no text'
        when l.line:kind::varchar = 'REJECTED' then null
        when coalesce(typeof(l.line:sha256), '') <> 'VARCHAR' then 'sha256 is missing'
        when coalesce(typeof(l.line:event), '') <> 'OBJECT' then 'event is missing'
        when coalesce(typeof(l.line:event.eventId), '') <> 'VARCHAR' then 'event.eventId is missing or no text'
        when coalesce(typeof(l.line:event.eventType), '') <> 'VARCHAR' then 'event.eventType is missing or no text'
        when coalesce(typeof(l.line:event.activityType), '') <> 'VARCHAR' then 'event.activityType is missing or no text'
        when coalesce(typeof(l.line:event.action), '') <> 'VARCHAR' then 'event.action is missing or no text'
        when coalesce(typeof(l.line:event.userId), '') <> 'VARCHAR' then 'event.userId is missing or no text'
        when coalesce(typeof(l.line:event.userPseudonym), '') <> 'VARCHAR' then 'event.userPseudonym is missing or no text'
        when coalesce(typeof(l.line:event.actorKind), '') <> 'VARCHAR' then 'event.actorKind is missing or no text'
        when coalesce(typeof(l.line:event.outcome), '') <> 'VARCHAR' then 'event.outcome is missing or no text'
        when coalesce(typeof(l.line:event.sensitivity), '') <> 'VARCHAR' then 'event.sensitivity is missing or no text'
        when coalesce(typeof(l.line:event.source), '') <> 'VARCHAR' then 'event.source is missing or no text'
        when coalesce(typeof(l.line:event.userRole), 'NULL_VALUE') not in ('NULL_VALUE', 'VARCHAR') then 'event.userRole is no text'
        when coalesce(typeof(l.line:event.userDepartment), 'NULL_VALUE') not in ('NULL_VALUE', 'VARCHAR') then 'event.userDepartment is no text'
        when coalesce(typeof(l.line:event.resourceId), 'NULL_VALUE') not in ('NULL_VALUE', 'VARCHAR') then 'event.resourceId is no text'
        when coalesce(typeof(l.line:event.resourceType), 'NULL_VALUE') not in ('NULL_VALUE', 'VARCHAR') then 'event.resourceType is no text'
        when coalesce(typeof(l.line:event.environment), 'NULL_VALUE') not in ('NULL_VALUE', 'VARCHAR') then 'event.environment is no text'
        when coalesce(typeof(l.line:event.region), 'NULL_VALUE') not in ('NULL_VALUE', 'VARCHAR') then 'event.region is no text'
        when coalesce(typeof(l.line:event.sourceIp), 'NULL_VALUE') not in ('NULL_VALUE', 'VARCHAR') then 'event.sourceIp is no text'
        when coalesce(typeof(l.line:event.sessionId), 'NULL_VALUE') not in ('NULL_VALUE', 'VARCHAR') then 'event.sessionId is no text'
        when try_to_timestamp_ntz(l.line:event.timestamp::varchar, {{LINE_TIME}}) is null then 'event.timestamp is no time'
    end
from (
    select try_parse_json(d.line) as line, d.line as line_text, d.file_name, d.file_row_number
    from {{LANDING_SCHEMA}}.landed_lines_for_load as d
) as l;

insert overwrite into stg_lines
select
    try_cast(line:v::varchar as bigint),
    line:kind::varchar,
    line:origin::varchar,
    line:node::varchar,
    try_cast(line:epoch::varchar as bigint),
    try_cast(line:seq::varchar as bigint),
    try_to_timestamp_ntz(line:receivedAt::varchar, {{LINE_TIME}}),
    line:ingestedBy::varchar,
    line:trace::varchar,
    line:sha256::varchar,
    line:event,
    line:rejection,
    line:ledger
from stg_landed
where fault is null;
