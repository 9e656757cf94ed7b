import { graphql } from 'graphql';
import { type Caller, EVERY_ROW, ROLES } from '../../src/domain/caller.ts';
import { createSeal } from '../../src/domain/seal.ts';
import { duckdbDialect, type FilterDialect } from '../../src/filter/dialect.ts';
import { snowflakeDialect } from '../../src/filter/snowflake-dialect.ts';
import type { Query, Warehouse } from '../../src/ports/warehouse.ts';
import { createAuditEventGroups } from '../../src/query/audit-event-groups.ts';
import { createAuditEvents } from '../../src/query/audit-events.ts';
import { createIngestErrors } from '../../src/query/ingest-errors.ts';
import { createUserActivity } from '../../src/query/user-activity.ts';
import { createUsers } from '../../src/query/users.ts';
import { createSchema } from '../../src/resolvers/build-schema.ts';
import { createLoaders } from '../../src/resolvers/loaders.ts';
import { createPageRows } from '../../src/resolvers/page-rows.ts';
import type { Features } from '../../src/resolvers/request-context.ts';
import { createSentEvents } from '../../src/resolvers/sent-events.ts';
import { operations, PLACES, placesOf, type SentOperation } from '../api/operations.ts';
import { onBoth } from './both-engines.ts';

/** The same statement in the words of both engines. */
export interface Pair {
  readonly name: string;
  readonly duckdb: Query;
  readonly snowflake: Query;
}

const everything: Caller = { subject: 'bootstrap', roles: ROLES, scope: EVERY_ROW, masks: new Set() };
export const CALLERS: readonly Caller[] = [
  everything,
  { ...everything, scope: { departments: ['Finance'], environments: null, regions: null } },
  { ...everything, scope: { departments: ['Finance', 'IT'], environments: ['prod'], regions: ['eu-central-1'] } },
  { ...everything, scope: { departments: [], environments: null, regions: null } },
  { ...everything, subject: 'svc-backup', roles: ['INGESTOR'] },
  { ...everything, subject: 'viewer', roles: ['VIEWER'], masks: new Set(['sourceIp']) },
];

/** What the operations of the API tests do not ask. */
const MORE: readonly SentOperation[] = [
  ...['on', 'a.b', '"a.b"', 'list[0].id', 'list[2]', '"it\'s \\"odd\\" \\\\ here"."0"', 'deep[0][1]', 'n'].flatMap(
    (path) => [
      groups(`groupByMetadata: [${JSON.stringify(path)}], orderBy: {field: COUNT, direction: DESC}`),
      events(`first: 4, filter: {metadata: [{path: ${JSON.stringify(path)}, value: {isNull: false}}]}`),
      events(
        `first: 4, filter: {not: {metadata: [{path: ${JSON.stringify(path)}, value: {eq: "one", ignoreCase: true}}]}}`,
      ),
    ],
  ),
  ...['startsWith', 'endsWith', 'contains', 'eq', 'ne'].flatMap((operator) =>
    ['Stra', '%_\\\\', 'löschen', 'Löschen', 'ten', "'"].map((text) =>
      events(`first: 3, filter: {or: [{action: {${operator}: "${text}", ignoreCase: ${text === 'ten'}}},
        {metadata: [{path: "note", value: {${operator}: "${text}", ignoreCase: true}}]}]}`),
    ),
  ),
  ...['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'].map((interval) =>
    groups(`interval: ${interval}, groupBy: [OUTCOME], first: 40, orderBy: {field: BUCKET, direction: DESC}`),
  ),
  ...['FAILURE_COUNT', 'UNIQUE_USERS', 'COUNT'].map((field) =>
    groups(`groupBy: [USER_DEPARTMENT, REGION], orderBy: {field: ${field}, direction: ASC}`),
  ),
  events('first: 700'),
  events('first: 5, filter: {source: {eq: "trailgate"}}'),
  ...['LAST_ACTIVITY_AT', 'EVENT_COUNT', 'USER_ID'].flatMap((field) =>
    ['ASC', 'DESC'].map((direction) => ({
      query: `{ userActivity(orderBy: {field: ${field}, direction: ${direction}}, first: 6) { nodes { userId activityType
        resourceAccessCount avgSessionMinutes } totalCount pageInfo { endCursor } } }`,
    })),
  ),
];

function events(args: string): SentOperation {
  return { query: `{ auditEvents(${args}) { nodes { eventId metadata } totalCount } }` };
}

function groups(args: string): SentOperation {
  return {
    query: `{ auditEventGroups(${args}) { nodes { bucket count uniqueUsers uniqueResources failureCount
      dimensions { userDepartment metadata } } totalCount } }`,
  };
}

/** Listings that go on from a cursor, each with the field that the cursor comes from. */
const PAGED = [
  ...['TIMESTAMP', 'RECEIVED_AT'].flatMap((field) =>
    ['ASC', 'DESC'].map((direction) => ['auditEvents', `orderBy: {field: ${field}, direction: ${direction}}`]),
  ),
  ...['LAST_ACTIVITY_AT', 'EVENT_COUNT', 'USER_ID'].flatMap((field) =>
    ['ASC', 'DESC'].map((direction) => ['userActivity', `orderBy: {field: ${field}, direction: ${direction}}`]),
  ),
  ['ingestErrors', ''],
] as const;

/** Asks everything that the API can be asked, and answers each statement sent in both engines' words. */
export async function askEverything(
  warehouse: Warehouse,
  callers: readonly Caller[] = CALLERS,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  let operation = '';
  const features = pairedFeatures(warehouse, (duckdb, snowflake) => {
    pairs.push({ name: operation, duckdb, snowflake });
  });
  const schema = createSchema();
  const ask = async (caller: Caller, { query, variables, operationName }: SentOperation) => {
    operation = query;
    return graphql({
      schema,
      source: query,
      variableValues: variables,
      operationName,
      contextValue: {
        caller,
        requestId: 'request-1',
        trace: null,
        signal: new AbortController().signal,
        features,
        loaders: createLoaders(caller, features),
        pageRows: createPageRows(),
        sentEvents: createSentEvents(),
      },
    });
  };
  const places = placesOf((await ask(everything, { query: PLACES })).data);
  for (const caller of callers) {
    for (const each of [...operations(places), ...MORE]) await ask(caller, each);
    for (const [listing, args] of PAGED) {
      const inside = [args, 'first: 3'].filter((part) => part !== '').join(', ');
      const first = await ask(caller, { query: `{ list: ${listing}(${inside}) { pageInfo { endCursor } } }` });
      // biome-ignore lint/suspicious/noExplicitAny: the answer to the query above.
      const after = (first.data as any)?.list?.pageInfo.endCursor;
      if (after)
        await ask(caller, { query: `{ ${listing}(${inside}, after: "${after}") { pageInfo { endCursor } } }` });
    }
  }
  return pairs;
}

/** Every question is asked of DuckDB, and then in Snowflake's words of what DuckDB had answered. */
function pairedFeatures(warehouse: Warehouse, found: (duckdb: Query, snowflake: Query) => void): Features {
  const deps = {
    freshness: () => ({ position: { node: '', epoch: 0, seq: 0 }, dataAsOf: 0 }),
    queryTimeoutMs: 30_000,
    seal: createSeal(Buffer.alloc(32, 7)),
  };
  type Deps = typeof deps & { readonly warehouse: Warehouse; readonly dialect: FilterDialect };
  const paired =
    <A extends unknown[], R>(ask: (deps: Deps) => (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const { pairs, answer } = await onBoth(warehouse, (on) =>
        ask({
          ...deps,
          warehouse: on.warehouse,
          dialect: on.engine === 'duckdb' ? duckdbDialect : snowflakeDialect,
        })(...args),
      );
      for (const { duckdb, snowflake } of pairs) found(duckdb, snowflake);
      return answer;
    };
  const onlyRead = async (): Promise<never> => {
    throw new Error('nothing can be written here');
  };
  return {
    accept: onlyRead,
    resolveIngestErrors: onlyRead,
    auditEvents: {
      page: paired((own) => createAuditEvents(own).page),
      find: paired((own) => createAuditEvents(own).find),
    },
    auditEventGroups: paired((own) => createAuditEventGroups(own)),
    userActivity: paired((own) => createUserActivity(own)),
    users: {
      byIds: paired((own) => createUsers(own).byIds),
      activityByIds: paired((own) => createUsers(own).activityByIds),
    },
    ingestErrors: {
      page: paired((own) => createIngestErrors(own).page),
      byIds: paired((own) => createIngestErrors(own).byIds),
    },
    seal: deps.seal,
    settings: { queryTimeoutMs: deps.queryTimeoutMs },
  };
}
