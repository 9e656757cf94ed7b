-- The staged lines of one load, into raw and errors. Events of source 'trailgate' that the gateway did not make itself
-- are errors: no producer may speak for it. An error is named by its line, so that a line loaded again adds none.
insert into audit_events_raw
select
    :load_id,
    cast(event.timestamp as date),
    event."eventId",
    event.timestamp,
    "receivedAt",
    "ingestedBy",
    origin,
    trace,
    event."eventType",
    event."activityType",
    event.action,
    event."userId",
    event."userPseudonym",
    event."userRole",
    event."userDepartment",
    event."actorKind",
    event."resourceId",
    event."resourceType",
    event.outcome,
    event.sensitivity,
    event.environment,
    event.region,
    event.source,
    event."sourceIp",
    event."sessionId",
    event.metadata,
    sha256,
    node,
    epoch,
    seq,
    cast(:now as timestamp)
from stg_lines
where kind = 'EVENT' and (event.source <> 'trailgate' or origin = 'GATEWAY');

insert into audit_events_errors
select distinct
    substr(sha256(concat_ws('|', node, epoch, seq)), 1, 32),
    "receivedAt",
    'ACCEPT',
    rejection.code,
    rejection.message,
    rejection."eventId",
    rejection.source,
    "ingestedBy",
    rejection.document,
    'NEW',
    null,
    null,
    null,
    node,
    epoch,
    seq
from stg_lines
where kind = 'REJECTED'
    and substr(sha256(concat_ws('|', node, epoch, seq)), 1, 32) not in (select error_id from audit_events_errors);

insert into audit_events_errors
select distinct
    substr(sha256(concat_ws('|', node, epoch, seq)), 1, 32),
    "receivedAt",
    'LOAD',
    'FORBIDDEN_SOURCE',
    'The source "trailgate" is reserved for what people do in the gateway itself.',
    event."eventId",
    event.source,
    "ingestedBy",
    null,
    'NEW',
    null,
    null,
    null,
    node,
    epoch,
    seq
from stg_lines
where kind = 'EVENT' and event.source = 'trailgate' and origin <> 'GATEWAY'
    and substr(sha256(concat_ws('|', node, epoch, seq)), 1, 32) not in (select error_id from audit_events_errors);
