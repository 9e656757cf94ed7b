/** An operation as a client sends it. */
export interface SentOperation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

/** What only the gateway can make: of one installation. */
export interface Places {
  readonly cursor: string;
  readonly groupCursor: string;
  readonly eventId: string;
  readonly userId: string;
  readonly errorId: string;
}

export const PLACES = `{ auditEvents(first: 7) { edges { cursor node { id user { id } } } }
  auditEventGroups(groupBy: [USER_ID], first: 2) { pageInfo { endCursor } } ingestErrors(first: 1) { nodes { id } } }`;

// biome-ignore lint/suspicious/noExplicitAny: the answer to PLACES.
export const placesOf = (data: any): Places => ({
  cursor: data.auditEvents.edges[2].cursor,
  groupCursor: data.auditEventGroups.pageInfo.endCursor,
  eventId: data.auditEvents.edges[0].node.id,
  userId: data.auditEvents.edges[0].node.user.id,
  errorId: data.ingestErrors.nodes[0].id,
});

const EVENT = `id eventId timestamp receivedAt ingestedBy eventType activityType action userId userRole userDepartment actorKind resourceId
  resourceType outcome sensitivity environment region source sourceIp sessionId metadata maskedFields`;
const ACTIVITY =
  'userId activityType eventCount firstActivityAt lastActivityAt resourceAccessCount sessionCount avgSessionMinutes';
const PAGE = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount';
const GROUP = `bucket count uniqueUsers uniqueResources failureCount firstAt lastAt dimensions { eventType activityType action userId userRole
  userDepartment actorKind resourceId resourceType outcome sensitivity environment region source sourceIp metadata }`;
const ERROR =
  'id errorId occurredAt stage code message eventId source ingestedBy document status resolvedAt resolvedBy';

const EVENTS_BY_VARIABLES = `query Events($filter: AuditEventFilter, $order: AuditEventOrder!, $first: Int, $after: String, $asOf: DateTime) {
  auditEvents(filter: $filter, orderBy: $order, first: $first, after: $after, asOf: $asOf) { nodes { eventId metadata } ${PAGE} dataAsOf position } }`;
const NEWEST = { field: 'TIMESTAMP', direction: 'DESC' };

/** Every query of the API with every field, in the forms that clients write, and what goes wrong with them. */
export const operations = ({ cursor, groupCursor, eventId, userId, errorId }: Places): readonly SentOperation[] => [
  ...[
    '{ viewer { subject roles scope { departments environments regions } operations } settings { defaultPageSize maxPageSize maxEventsPerRequest maxEventBytes maxRequestBytes maxFilterConditions maxGroupBy queryTimeoutMs maskedFields } }',
    `{ auditEvents { nodes { ${EVENT} } edges { cursor node { ${EVENT} } } ${PAGE} dataAsOf position } }`,
    `{ auditEvents(first: 9) { nodes { __typename ...e user { __typename ...u } } } } fragment e on AuditEvent { ${EVENT} } fragment u on User { id userId role department activity { ...a } } fragment a on UserActivity { ${ACTIVITY} }`,
    '{ a: auditEvents(first: 1) { n: nodes { i: eventId } } b: auditEvents(last: 2) { nodes { eventId eventId t: timestamp } } auditEvents { totalCount } }',
    '{ auditEvents(orderBy: {field: RECEIVED_AT, direction: ASC}, last: 3) { nodes { eventId ... on AuditEvent { user { activity { eventCount } } } } } }',
    '{ auditEvents(filter: {metadata: [{path: "a.b", value: {eq: "1"}}], not: {outcome: [FAILURE]}}) { nodes { metadata } totalCount } }',
    '{ auditEvents(filter: {userId: {eq: "nobody"}}) { nodes { eventId user { role } } edges { cursor } totalCount } }',
    `{ auditEventGroups { nodes { ${GROUP} } ${PAGE} dataAsOf } }`,
    `{ auditEventGroups(groupBy: [USER_ID, OUTCOME], groupByMetadata: ["a.b"], interval: DAY, orderBy: {field: BUCKET, direction: ASC}) { edges { cursor node { ${GROUP} } } ${PAGE} } }`,
    '{ auditEventGroups(filter: {or: []}) { nodes { count } totalCount } }',
    `{ userActivity(orderBy: {field: USER_ID, direction: ASC}, first: 5) { nodes { ${ACTIVITY} } edges { cursor node { ${ACTIVITY} } } ${PAGE} dataAsOf } }`,
    '{ a: user(userId: "usr-0") { id userId role department activity { activityType } } b: user(userId: "usr-1") { activity { sessionCount avgSessionMinutes } } none: user(userId: "nobody") { role } }',
    `{ ingestErrors { nodes { ${ERROR} } edges { cursor node { ${ERROR} } } ${PAGE} } }`,
    '{ auditEvent(eventId: "evt-a") { eventId metadata user { role } } gone: auditEvent(eventId: "gone") { eventId } }',
    '{ __typename viewer { __typename } auditEvents(first: 1) { __typename pageInfo { __typename } nodes { __typename } } }',
    '{ __schema { queryType { name } } __type(name: "User") { fields { name } } }',
    // Refused by what they ask.
    '{ auditEvents(first: 0) { totalCount } viewer { subject } }',
    '{ auditEvents(first: 1, last: 1) { nodes { eventId } } ok: auditEvents(first: 1) { nodes { eventId } } }',
    '{ auditEvents(after: "x") { nodes { eventId } } userActivity(after: "x") { totalCount } ingestErrors(after: "x") { totalCount } auditEventGroups(after: "x") { totalCount } }',
    '{ auditEvents(filter: {and: [{userId: {}}]}) { totalCount } }',
    '{ auditEventGroups(groupBy: [USER_ID, ACTION, REGION, SOURCE]) { nodes { count } } auditEventGroups2: auditEventGroups(groupByMetadata: ["a..b"]) { nodes { count } } }',
    '{ userActivity(filter: {lastActivityAt: {}}) { nodes { userId } } ingestErrors(filter: {code: {}}) { nodes { code } } }',
  ].map((query) => ({ query })),
  ...[
    { order: NEWEST },
    { order: NEWEST, first: null, after: null, filter: null, asOf: null },
    { order: NEWEST, first: 3, filter: {} },
    {
      order: { field: 'RECEIVED_AT', direction: 'ASC' },
      first: 3,
      filter: {
        or: [
          { userId: { eq: 'usr-1' } },
          { not: { and: [{ outcome: ['SUCCESS'] }, { userId: { ne: 'usr-2', ignoreCase: true } }] } },
        ],
      },
    },
    { order: NEWEST, first: 5_001 },
    { order: NEWEST, asOf: '2100-01-01T00:00:00Z' },
    { order: NEWEST, asOf: '1970-01-01T00:00:00Z' },
    { order: NEWEST, filter: { userId: {} } },
    { order: NEWEST, filter: { timestamp: { from: '2024-01-02T00:00:00Z', to: '2024-01-01T00:00:00Z' } } },
    { order: NEWEST, filter: { and: Array.from({ length: 300 }, () => ({ userId: { eq: 'a' } })) } },
    { order: NEWEST, filter: { not: { not: { not: { not: { userId: { in: ['usr-1', 'usr-2'] } } } } } } },
    { order: NEWEST, unknown: 1 },
    // Refused before anything is executed.
    {},
    { order: null },
    { order: { field: 'TIMESTAMP' } },
    { order: { field: 'NO', direction: 'DESC' } },
    { order: NEWEST, first: 'x' },
    { order: NEWEST, first: 1.5 },
    { order: NEWEST, first: 2 ** 31 },
    { order: NEWEST, after: 7 },
    { order: NEWEST, asOf: 'yesterday' },
    { order: NEWEST, asOf: '2024-02-30T00:00:00Z' },
    { order: NEWEST, filter: { nobody: {} } },
    { order: NEWEST, filter: { outcome: ['MAYBE'], userId: { eq: 3 } } },
    { order: NEWEST, filter: { or: 'x' } },
  ].map((variables) => ({ query: EVENTS_BY_VARIABLES, variables })),
  ...[
    [
      'query ($at: String) { auditEvents(first: 2, after: $at) { nodes { eventId } totalCount pageInfo { hasNextPage } } auditEvents2: auditEvents(last: 2, before: $at) { nodes { eventId } } }',
      { at: cursor },
    ],
    [
      'query ($at: String) { auditEventGroups(groupBy: [USER_ID], first: 2, after: $at) { nodes { count dimensions { userId } } } }',
      { at: groupCursor },
    ],
    [
      'query ($at: String) { auditEventGroups(groupBy: [ACTION], first: 2, after: $at) { nodes { count } } }',
      { at: groupCursor },
    ],
    ...[eventId, userId, errorId, 'x', ''].map((id) => [
      `query ($id: ID!) { node(id: $id) { __typename id ... on AuditEvent { eventId user { role } } ... on User { role activity { ${ACTIVITY} } } ... on IngestError { code document } } }`,
      { id },
    ]),
    ['query ($id: ID!) { node(id: $id) { id } }', {}],
    ['query ($id: ID!) { node(id: $id) { id } }', { id: null }],
    ['query ($id: ID!) { node(id: $id) { id } }', { id: 5 }],
    ['query ($id: ID!) { node(id: $id) { id } }', { id: [1] }],
    [
      'query ($user: String!, $all: Boolean = false) { user(userId: $user) { userId role @include(if: $all) department @skip(if: $all) activity @include(if: $all) { eventCount } } }',
      { user: 'usr-0' },
    ],
    [
      'query ($user: String!, $all: Boolean = false) { user(userId: $user) { userId role @include(if: $all) department @skip(if: $all) activity @include(if: $all) { eventCount } } }',
      { user: 'usr-0', all: true },
    ],
    [
      'query ($user: String!, $all: Boolean = false) { user(userId: $user) { userId role @include(if: $all) department @skip(if: $all) activity @include(if: $all) { eventCount } } }',
      { user: 'usr-0', all: null },
    ],
    ['query ($user: String) { auditEvents(filter: {userId: {eq: $user}}) { totalCount } }', { user: 'usr-1' }],
    ['query ($user: String) { auditEvents(filter: {userId: {eq: $user}}) { totalCount } }', {}],
    ['query ($user: String) { auditEvents(filter: {userId: {eq: $user}}) { totalCount } }', { user: null }],
    [
      'query ($users: [String!]) { auditEvents(filter: {userId: {in: $users}}) { totalCount } }',
      { users: ['usr-1', 'usr-2'] },
    ],
    [
      'query ($by: [AuditEventDimension!], $paths: [String!], $every: TimeInterval) { auditEventGroups(groupBy: $by, groupByMetadata: $paths, interval: $every) { nodes { bucket count dimensions { userId metadata } } } }',
      { by: 'USER_ID', paths: 'a.b', every: 'WEEK' },
    ],
    [
      'query ($by: [AuditEventDimension!], $paths: [String!], $every: TimeInterval) { auditEventGroups(groupBy: $by, groupByMetadata: $paths, interval: $every) { nodes { bucket count dimensions { userId metadata } } } }',
      { by: [null] },
    ],
    [
      'query ($at: DateTime) { auditEvent(eventId: "evt-a", timestamp: $at) { timestamp } }',
      { at: '2024-03-20T15:30:00+01:00' },
    ],
    [
      'query ($filter: UserActivityFilter) { userActivity(filter: $filter) { nodes { userId } totalCount } }',
      { filter: { userId: { startsWith: 'USR', ignoreCase: true }, lastActivityAt: { from: '2024-01-01T00:00:00Z' } } },
    ],
    [
      'query ($filter: IngestErrorFilter) { ingestErrors(filter: $filter) { nodes { code eventId } totalCount } }',
      { filter: { stage: ['ACCEPT', 'REFRESH'], status: ['NEW'] } },
    ],
  ].map(([query, variables]) => ({ query: query as string, variables: variables as Record<string, unknown> })),
  ...['A', 'B'].map((operationName) => ({
    query: 'query A { viewer { subject } } query B { settings { maxPageSize } }',
    operationName,
  })),
];

/** Documents that are answered before execution. */
export const INVALID: readonly SentOperation[] = [
  { query: '{' },
  { query: '' },
  { query: '{ nothing }' },
  { query: '{ auditEvents { nodes } }' },
  { query: '{ auditEvents(first: "x") { totalCount } }' },
  { query: '{ auditEvents(asOf: "no time") { totalCount } }' },
  { query: 'query ($n: Int) { auditEvents(first: $m) { totalCount } }' },
  { query: 'query A { viewer { subject } } query B { viewer { subject } }' },
  { query: 'query A { viewer { subject } }', operationName: 'B' },
  { query: 'subscription { auditEventIngested { position } }' },
  { query: '{ a: viewer { subject } a: settings { maxPageSize } }' },
  { query: '{ ...f } fragment f on Query { ...f }' },
];
