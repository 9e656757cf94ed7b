// The stock questions of a dashboard: each as GraphQL and as SQL written by hand for the same tables and answer.
// `draw` makes the parameters of one run; `answer` reduces both answers to the same value, so that they are compared.
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const EVENT_FIELDS =
  'eventId timestamp receivedAt ingestedBy eventType activityType action userId userRole userDepartment actorKind resourceId resourceType outcome sensitivity environment region source sourceIp sessionId metadata';
const EVENT_COLUMNS =
  'event_id, timestamp, received_at, ingested_by, event_type, activity_type, action, user_id, user_role, user_department, actor_kind, resource_id, resource_type, outcome, sensitivity, environment, region, source, source_ip, session_id, metadata';

const iso = (at) => new Date(at).toISOString();
const day = (at) => iso(at).slice(0, 10);

/** Whole hours somewhere in the history. */
const range = ({ from, to }, random, days) => {
  const end = to - Math.floor((random() * (to - from - days * DAY_MS)) / HOUR_MS) * HOUR_MS;
  return { from: end - days * DAY_MS, to: end };
};
/** event_day prunes row groups; the filter on time is exact. */
const within = `event_day >= cast($1 as date) and event_day <= cast($2 as date) and timestamp >= $3::timestamp and timestamp < $4::timestamp and source <> 'trailgate'`;
const bounds = ({ from, to }) => [day(from), day(to - 1), sqlTime(from), sqlTime(to)];
const sqlTime = (at) => iso(at).replace('T', ' ').replace('Z', '');
const timeFilter = ({ from, to }) => ({ timestamp: { from: iso(from), to: iso(to) } });
const sample = ({ samples }, random) => samples[Math.floor(random() * samples.length)];

const groupsQuery = (nodes, args) => `query Stock($filter: AuditEventFilter) {
  auditEventGroups(filter: $filter, ${args}) { nodes { ${nodes} } dataAsOf }
}`;
const pageQuery = `query Stock($filter: AuditEventFilter) {
  auditEvents(first: 50, filter: $filter) { nodes { ${EVENT_FIELDS} } pageInfo { hasNextPage endCursor } dataAsOf }
}`;
const findQuery = `query Stock($eventId: String!, $timestamp: DateTime) {
  auditEvent(eventId: $eventId, timestamp: $timestamp) { ${EVENT_FIELDS} }
}`;
const idsOfPage = {
  graphql: (data) => data.auditEvents.nodes.map(({ eventId }) => eventId),
  sql: (rows) => rows.map(([id]) => id),
};
const idFound = { graphql: (data) => data.auditEvent?.eventId ?? null, sql: (rows) => rows[0]?.[0] ?? null };
const groupsFound = (pick) => ({
  graphql: (data) => data.auditEventGroups.nodes.map(pick),
  sql: (rows) => rows.map((row) => row.map((value) => (typeof value === 'number' ? value : String(value)))),
});
const newest = `select ${EVENT_COLUMNS} from audit_events_mart where source <> 'trailgate'`;

export const QUESTIONS = [
  {
    name: 'hourlyByType7Days',
    draw: (history, random) => range(history, random, 7),
    graphql: (at) => ({
      text: groupsQuery(
        'bucket dimensions { eventType } count',
        'interval: HOUR, groupBy: [EVENT_TYPE], first: 5000, orderBy: { field: BUCKET, direction: ASC }',
      ),
      variables: { filter: timeFilter(at) },
    }),
    sql: (at) => ({
      text: `select epoch_ms(date_trunc('hour', timestamp)) as bucket, event_type, count(*) as n from audit_events_mart
        where ${within} group by date_trunc('hour', timestamp), event_type order by 1, 2`,
      values: bounds(at),
    }),
    answer: groupsFound(({ bucket, dimensions, count }) => [Date.parse(bucket), dimensions.eventType, count]),
  },
  {
    name: 'dailyUsers30Days',
    draw: (history, random) => range(history, random, 30),
    graphql: (at) => ({
      text: groupsQuery(
        'bucket count uniqueUsers',
        'interval: DAY, first: 100, orderBy: { field: BUCKET, direction: ASC }',
      ),
      variables: { filter: timeFilter(at) },
    }),
    sql: (at) => ({
      text: `select epoch_ms(date_trunc('day', timestamp)) as bucket, count(*) as n, count(distinct user_id) as users
        from audit_events_mart where ${within} group by date_trunc('day', timestamp) order by 1`,
      values: bounds(at),
    }),
    answer: groupsFound(({ bucket, count, uniqueUsers }) => [Date.parse(bucket), count, uniqueUsers]),
  },
  {
    name: 'topUsersByFailures7Days',
    draw: (history, random) => range(history, random, 7),
    graphql: (at) => ({
      text: groupsQuery(
        'dimensions { userId } failureCount',
        'groupBy: [USER_ID], first: 20, orderBy: { field: FAILURE_COUNT, direction: DESC }',
      ),
      variables: { filter: { ...timeFilter(at), outcome: ['FAILURE', 'DENIED'] } },
    }),
    sql: (at) => ({
      text: `select user_id, count(*) as n from audit_events_mart
        where ${within} and outcome in ('FAILURE', 'DENIED') group by user_id order by n desc, user_id limit 20`,
      values: bounds(at),
    }),
    answer: groupsFound(({ dimensions, failureCount }) => [dimensions.userId, failureCount]),
  },
  {
    name: 'newestPage',
    draw: () => ({}),
    graphql: () => ({ text: pageQuery, variables: {} }),
    // Two days before the last hour with events are sure to hold 50.
    sql: ({ to }) => ({
      text: `${newest} and event_day >= cast($1 as date) order by timestamp desc, event_id desc limit 50`,
      values: [day(to - 2 * DAY_MS)],
    }),
    answer: idsOfPage,
  },
  {
    // Drawn as events are: mostly somebody busy.
    name: 'newestPageOfUser',
    draw: (history, random) => ({ userId: sample(history, random).userId }),
    graphql: ({ userId }) => ({ text: pageQuery, variables: { filter: { userId: { eq: userId } } } }),
    sql: ({ userId }) => ({
      text: `${newest} and user_id = $1 order by timestamp desc, event_id desc limit 50`,
      values: [userId],
    }),
    answer: idsOfPage,
  },
  {
    // Drawn from all users: mostly somebody with a few events in the whole history.
    name: 'newestPageOfAnyUser',
    draw: ({ users }, random) => ({ userId: `usr-${Math.floor(random() * users)}` }),
    graphql: ({ userId }) => ({ text: pageQuery, variables: { filter: { userId: { eq: userId } } } }),
    sql: ({ userId }) => ({
      text: `${newest} and user_id = $1 order by timestamp desc, event_id desc limit 50`,
      values: [userId],
    }),
    answer: idsOfPage,
  },
  {
    name: 'byIdWithTimestamp',
    draw: (history, random) => sample(history, random),
    graphql: ({ eventId, timestamp }) => ({ text: findQuery, variables: { eventId, timestamp: iso(timestamp) } }),
    sql: ({ eventId, timestamp }) => ({
      text: `select ${EVENT_COLUMNS} from audit_events_mart where event_day = cast($1 as date) and timestamp = $2::timestamp and event_id = $3`,
      values: [day(timestamp), sqlTime(timestamp), eventId],
    }),
    answer: idFound,
  },
  {
    name: 'byId',
    draw: (history, random) => ({ eventId: sample(history, random).eventId }),
    graphql: ({ eventId }) => ({ text: findQuery, variables: { eventId } }),
    sql: ({ eventId }) => ({
      text: `select ${EVENT_COLUMNS} from audit_events_mart where event_id = $1 order by timestamp desc limit 1`,
      values: [eventId],
    }),
    answer: idFound,
  },
  {
    name: 'absentId',
    draw: (_history, random) => ({ eventId: `${hex(random, 8)}-${hex(random, 4)}-4000-a000-${hex(random, 12)}` }),
    graphql: ({ eventId }) => ({ text: findQuery, variables: { eventId } }),
    sql: ({ eventId }) => ({
      text: `select ${EVENT_COLUMNS} from audit_events_mart where event_id = $1 order by timestamp desc limit 1`,
      values: [eventId],
    }),
    answer: idFound,
  },
  {
    name: 'userWithActivity',
    draw: (history, random) => ({ userId: sample(history, random).userId }),
    graphql: ({ userId }) => ({
      text: `query Stock($userId: String!) {
        user(userId: $userId) { userId role department activity {
          activityType eventCount firstActivityAt lastActivityAt resourceAccessCount sessionCount avgSessionMinutes
        } }
      }`,
      variables: { userId },
    }),
    sql: ({ userId }) => ({
      text: `select t.activity_type, t.event_count, coalesce(r.n, 0) as resources, u.user_role, u.user_department,
          t.first_activity, t.last_activity, t.session_count, t.session_seconds / nullif(t.session_count, 0) / 60
        from user_activity_totals as t
        inner join users as u on u.user_id = t.user_id
        left join (
          select activity_type, count(distinct (resource_type, resource_id)) as n
          from user_resource_daily where user_id = $1 group by activity_type
        ) as r on r.activity_type = t.activity_type
        where t.user_id = $1 order by t.event_count desc, t.activity_type`,
      values: [userId],
    }),
    answer: {
      graphql: (data) =>
        data.user.activity.map(({ activityType, eventCount, resourceAccessCount }) => [
          activityType,
          eventCount,
          resourceAccessCount,
        ]),
      sql: (rows) => rows.map(([type, count, resources]) => [type, Number(count), Number(resources)]),
    },
  },
];

function hex(random, length) {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
}
