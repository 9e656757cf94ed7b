import { registerEnumType } from 'type-graphql';
import { ACTOR_KINDS, OUTCOMES, SENSITIVITIES } from '../domain/audit-event.ts';
import { ROLES } from '../domain/caller.ts';
import { ERROR_CODES } from '../domain/errors.ts';
import { GROUP_DIMENSIONS, TIME_INTERVALS } from '../query/audit-event-groups.ts';
import { INGEST_ERROR_STAGES, INGEST_ERROR_STATUSES } from '../query/ingest-errors.ts';

/** Registers a GraphQL enum whose values are their own names. */
function enumOf<const Name extends string>(
  name: string,
  values: readonly Name[],
  description: string,
  descriptions: Readonly<Record<Name, string>>,
): { readonly [N in Name]: N } {
  const members = Object.fromEntries(values.map((value) => [value, value])) as { readonly [N in Name]: N };
  registerEnumType(members, {
    name,
    description,
    valuesConfig: Object.fromEntries(values.map((value) => [value, { description: descriptions[value] }])) as {
      [N in Name]: { description: string };
    },
  });
  return members;
}

export const ErrorCode = enumOf(
  'ErrorCode',
  ERROR_CODES,
  "Values of `extensions.code`, besides Apollo's GRAPHQL_* for documents that do not parse or validate.",
  {
    BAD_USER_INPUT: 'An argument is wrong; inputPath says which.',
    UNAUTHENTICATED: 'There is no key, or it is not known.',
    FORBIDDEN: 'The caller may not do this, or may not ask about this field.',
    NOT_FOUND: 'There is no such thing, or the caller may not see it.',
    RATE_LIMITED: 'Too many requests: wait retryAfterMs.',
    STREAM_UNAVAILABLE: 'The log takes nothing at present; nothing was written. Send the same request again.',
    WAREHOUSE_UNAVAILABLE: 'The warehouse does not answer at present. Ask again.',
    INTERNAL_SERVER_ERROR: 'A fault of the gateway; its log has more under requestId.',
    CONFLICT: 'The thing has changed since: read it again.',
    TOO_COSTLY: 'Over a limit of `settings`: narrow it, or let runReport do it.',
    POSITION_EXPIRED: 'The feed no longer reaches back to `after`.',
    SLOW_CONSUMER: 'The subscriber fell behind and was let go: resume after the last position.',
  },
);

export const IngestErrorCode = enumOf(
  'IngestErrorCode',
  ['INVALID_EVENT', 'EVENT_TOO_LARGE', 'FORBIDDEN_SOURCE', 'STREAM_UNAVAILABLE'],
  'Why one event was refused.',
  {
    INVALID_EVENT: 'A field is missing, unknown or wrong.',
    EVENT_TOO_LARGE: 'The event is larger than settings.maxEventBytes.',
    FORBIDDEN_SOURCE: 'The key may not report for this source.',
    STREAM_UNAVAILABLE: 'The log took nothing; send the event again.',
  },
);

export const ActorKind = enumOf('ActorKind', ACTOR_KINDS, 'What kind of actor did it.', {
  HUMAN: 'A person; only people have sessions.',
  SERVICE: 'A service account.',
  SYSTEM: 'The system itself.',
});

export const Outcome = enumOf('Outcome', OUTCOMES, 'How it ended.', {
  SUCCESS: 'It was done.',
  FAILURE: 'It was tried and failed.',
  DENIED: 'It was refused: no right to.',
  UNKNOWN: 'The producer did not say.',
});

export const Sensitivity = enumOf('Sensitivity', SENSITIVITIES, 'How sensitive the resource is.', {
  LOW: 'Public or harmless.',
  MEDIUM: 'Internal.',
  HIGH: 'Confidential.',
  RESTRICTED: 'For few people only.',
  UNKNOWN: 'The producer did not say.',
});

export const SortDirection = enumOf('SortDirection', ['ASC', 'DESC'], 'Which end comes first.', {
  ASC: 'Smallest, oldest or first in the alphabet (by UTF-8 bytes) first.',
  DESC: 'Largest, newest or last in the alphabet first.',
});

export const AuditEventOrderField = enumOf(
  'AuditEventOrderField',
  ['TIMESTAMP', 'RECEIVED_AT'],
  'RECEIVED_AT ASC is the order to copy events in: late ones come at the end and none is passed by.',
  { TIMESTAMP: 'When it happened.', RECEIVED_AT: 'When the gateway took it.' },
);

const dimensions = Object.keys(GROUP_DIMENSIONS) as (keyof typeof GROUP_DIMENSIONS)[];
export const AuditEventDimension = enumOf(
  'AuditEventDimension',
  dimensions,
  'What events can be grouped by.',
  Object.fromEntries(dimensions.map((name) => [name, `By ${GROUP_DIMENSIONS[name]}.`])) as Record<
    (typeof dimensions)[number],
    string
  >,
);

export const TimeInterval = enumOf('TimeInterval', TIME_INTERVALS, 'In UTC; weeks start on Monday.', {
  MINUTE: 'One minute.',
  HOUR: 'One hour.',
  DAY: 'One day.',
  WEEK: 'Monday to Sunday.',
  MONTH: 'One month of the calendar.',
});

export const AuditEventGroupOrderField = enumOf(
  'AuditEventGroupOrderField',
  ['BUCKET', 'COUNT', 'FAILURE_COUNT', 'UNIQUE_USERS'],
  'What groups are ordered by; ties go by bucket and dimensions.',
  {
    BUCKET: 'Start of the time bucket; without an interval, as COUNT.',
    COUNT: 'Events.',
    FAILURE_COUNT: 'Events that failed or were denied.',
    UNIQUE_USERS: 'Distinct users.',
  },
);

export const UserActivityOrderField = enumOf(
  'UserActivityOrderField',
  ['LAST_ACTIVITY_AT', 'EVENT_COUNT', 'USER_ID'],
  'What rows of user activity are ordered by; ties go by user and activity type.',
  { LAST_ACTIVITY_AT: 'The latest event.', EVENT_COUNT: 'How many events.', USER_ID: 'The user, by UTF-8 bytes.' },
);

export const IngestErrorStage = enumOf('IngestErrorStage', INGEST_ERROR_STAGES, 'Where it went wrong.', {
  ACCEPT: 'The event was refused when it came.',
  LOAD: 'A line of the log could not be loaded, or the log is not the one that was.',
  REFRESH: 'The event conflicts with an earlier one.',
  RULE: 'A rule could not judge the event.',
});

export const IngestErrorStatus = enumOf('IngestErrorStatus', INGEST_ERROR_STATUSES, 'What became of it.', {
  NEW: 'Nobody has seen to it.',
  REPLAYED: 'Its document was taken through accept again.',
  DISCARDED: 'Somebody decided to leave it out.',
});

export const IngestErrorResolution = enumOf(
  'IngestErrorResolution',
  ['REPLAY', 'DISCARD'],
  'What to do with a dead letter.',
  { REPLAY: 'Take its document through accept again.', DISCARD: 'Leave it out; the record of it stays.' },
);

export const Role = enumOf('Role', ROLES, 'What a caller may do.', {
  VIEWER: 'Reads events in scope, masked, and groups of five users or more.',
  ANALYST: 'Reads events and marts, masked.',
  COMPLIANCE_OFFICER: 'Reads everything unmasked; keeps rules, violations and holds.',
  AUDITOR: 'Reads everything unmasked, dead letters and records of access too; changes nothing.',
  ADMIN: 'Keeps retention, schedules, keys and the pipeline.',
  INGESTOR: 'Sends events.',
});
