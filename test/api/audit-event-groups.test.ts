import { anEvent, byBytes, isoAt, randomFrom, type SentEvent } from './events.ts';
import { type RunningApp, startTestApp } from './running-app.ts';

const random = randomFrom(99);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
const FROM = Date.parse('2023-11-20T00:00:00Z');

/** Over fourteen weeks that hold a leap day and a turn of the year; few values each, so that groups are large and tie. */
const EVENTS: readonly SentEvent[] = Array.from({ length: 700 }, (_, index) =>
  anEvent({
    timestamp: isoAt(
      index < 40
        ? pick([
            FROM,
            Date.parse('2024-01-01T00:00:00Z'),
            Date.parse('2023-12-31T23:59:59.999Z'),
            Date.parse('2024-02-29T12:00:00Z'),
          ])
        : FROM + Math.floor(random() * 14 * 7 * 86_400_000),
    ),
    userId: `usr-${Math.floor(random() ** 2 * 9)}`,
    eventType: pick(['LOGIN', 'DATA_ACCESS', 'CONFIG_CHANGE']),
    action: pick(['READ', 'UPDATE']),
    outcome: pick(['SUCCESS', 'FAILURE', 'DENIED', 'UNKNOWN', undefined]),
    resourceId: pick(['a', 'b\u001Fa', undefined]),
    resourceType: pick(['bucket', 'bucket\u001Fb', undefined]),
    region: pick(['eu', 'us', undefined]),
    metadata: pick([
      undefined,
      { team: 'Ünit', 'cost.center': [{ id: 1 }] },
      { team: null },
      { team: 'ops', 'cost.center': [{ id: 2 }] },
    ]),
  }),
);

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
  await app.ingest(EVENTS);
});
afterAll(() => app.remove());

interface Group {
  bucket: string | null;
  values: (string | null)[];
  count: number;
  uniqueUsers: number;
  uniqueResources: number;
  failureCount: number;
  firstAt: string;
  lastAt: string;
}

const starts: Record<string, (at: Date) => number> = {
  MINUTE: (at) => at.setUTCSeconds(0, 0),
  HOUR: (at) => at.setUTCMinutes(0, 0, 0),
  DAY: (at) => at.setUTCHours(0, 0, 0, 0),
  WEEK: (at) => at.setUTCHours(0, 0, 0, 0) - ((at.getUTCDay() + 6) % 7) * 86_400_000,
  MONTH: (at) => Date.UTC(at.getUTCFullYear(), at.getUTCMonth()),
};

/** The groups by the words of the API alone. */
function modelOf(
  events: readonly SentEvent[],
  interval: string | null,
  read: readonly ((event: SentEvent) => string | null)[],
) {
  const found = new Map<string, SentEvent[]>();
  for (const event of events) {
    const bucket = interval && isoAt((starts[interval] as (at: Date) => number)(new Date(event.timestamp)));
    const key = JSON.stringify([bucket, ...read.map((value) => value(event))]);
    found.set(key, [...(found.get(key) ?? []), event]);
  }
  return [...found].map(([key, members]): Group => {
    const [bucket, ...values] = JSON.parse(key) as (string | null)[];
    const times = members.map(({ timestamp }) => timestamp).sort();
    const resources = members.filter(({ resourceId }) => resourceId !== undefined);
    return {
      bucket: bucket as string | null,
      values,
      count: members.length,
      uniqueUsers: new Set(members.map(({ userId }) => userId)).size,
      uniqueResources: new Set(
        resources.map(({ resourceType, resourceId }) => JSON.stringify([resourceType, resourceId])),
      ).size,
      failureCount: members.filter(({ outcome }) => outcome === 'FAILURE' || outcome === 'DENIED').length,
      firstAt: times[0] as string,
      lastAt: times.at(-1) as string,
    };
  });
}

const nullsLast = (a: string | null, b: string | null): number => {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return byBytes(a, b);
};

/** By the field asked for, ties by bucket and then by the values in their order. */
const inOrder = (groups: readonly Group[], field: keyof Group, direction: string): Group[] =>
  [...groups].sort((a, b) => {
    const [x, y] = [a[field], b[field]] as [string | number, string | number];
    const first = typeof x === 'number' ? x - (y as number) : nullsLast(x, y as string);
    if (first !== 0) return direction === 'DESC' ? -first : first;
    const ties = [
      nullsLast(a.bucket, b.bucket),
      ...a.values.map((value, index) => nullsLast(value, b.values[index] as string | null)),
    ];
    return ties.find((tie) => tie !== 0) ?? 0;
  });

const FIGURES = 'count uniqueUsers uniqueResources failureCount firstAt lastAt';

/** All groups, by pages; `names` are the fields of `dimensions` whose values make `values`. */
async function ask(args: string, names: readonly string[], size = 500): Promise<Group[]> {
  const groups: Group[] = [];
  let after: string | null = null;
  for (;;) {
    const { data, errors } = await app.query(
      `query ($after: String) { auditEventGroups(${args} first: ${size}, after: $after) {
        edges { cursor node { bucket dimensions { ${[...names, 'metadata'].join(' ')} } ${FIGURES} } }
        pageInfo { hasNextPage hasPreviousPage endCursor } totalCount } }`,
      { after },
    );
    if (errors) throw new Error(JSON.stringify(errors));
    const { edges, pageInfo, totalCount } = data.auditEventGroups;
    for (const { node } of edges) {
      const { dimensions, ...figures } = node;
      groups.push({ ...figures, values: [...names.map((name) => dimensions[name]), ...dimensions.metadata] });
    }
    expect(pageInfo.hasPreviousPage).toBe(after !== null);
    if (!pageInfo.hasNextPage) {
      expect(totalCount).toBe(groups.length);
      return groups;
    }
    after = pageInfo.endCursor;
  }
}

const field = (name: string) => (event: SentEvent) => (event[name] as string | undefined) ?? null;
const TEAM = (event: SentEvent) => (event.metadata as { team?: string | null } | undefined)?.team ?? null;
const CENTER = (event: SentEvent) => {
  const first = (event.metadata as { 'cost.center'?: { id: number }[] } | undefined)?.['cost.center']?.[0];
  return first ? String(first.id) : null;
};

test.each(Object.keys(starts))(
  'every figure of groups by %s is exact, and buckets begin where UTC says',
  async (interval) => {
    const groups = await ask(`interval: ${interval}, orderBy: {field: BUCKET, direction: ASC},`, []);
    expect(groups).toEqual(inOrder(modelOf(EVENTS, interval, []), 'bucket', 'ASC'));
    if (interval === 'WEEK')
      expect(new Set(groups.map(({ bucket }) => new Date(bucket as string).getUTCDay()))).toEqual(new Set([1]));
  },
);

test.each([
  ['BUCKET', 'bucket'],
  ['COUNT', 'count'],
  ['FAILURE_COUNT', 'failureCount'],
  ['UNIQUE_USERS', 'uniqueUsers'],
] as const)(
  'groups by week and two dimensions come by %s both ways, ties in one order, page by page',
  async (order, name) => {
    for (const direction of ['ASC', 'DESC']) {
      const args = `groupBy: [EVENT_TYPE, REGION], interval: WEEK, orderBy: {field: ${order}, direction: ${direction}},`;
      const expected = inOrder(modelOf(EVENTS, 'WEEK', [field('eventType'), field('region')]), name, direction);
      expect(expected.length).toBeGreaterThan(80);
      expect(await ask(args, ['eventType', 'region'], 23)).toEqual(expected);
    }
  },
);

test('three dimensions, metadata paths among them, are exact; absent and null are one group', async () => {
  const args =
    'groupBy: [REGION], groupByMetadata: ["team", "\\"cost.center\\"[0].id"], orderBy: {field: COUNT, direction: DESC},';
  expect(await ask(args, ['region'])).toEqual(
    inOrder(modelOf(EVENTS, null, [field('region'), TEAM, CENTER]), 'count', 'DESC'),
  );
});

test('a dimension that an event lacks is a group of its own, null', async () => {
  const groups = await ask('groupBy: [RESOURCE_TYPE, RESOURCE_ID], orderBy: {field: COUNT, direction: ASC},', [
    'resourceType',
    'resourceId',
  ]);
  expect(groups).toEqual(inOrder(modelOf(EVENTS, null, [field('resourceType'), field('resourceId')]), 'count', 'ASC'));
  expect(groups.find(({ values }) => values.every((value) => value === null))).toMatchObject({ uniqueResources: 0 });
});

test('without groupBy and interval there is one group, the totals, in any order', async () => {
  const expected = modelOf(EVENTS, null, []);
  for (const order of ['BUCKET', 'COUNT', 'FAILURE_COUNT', 'UNIQUE_USERS']) {
    expect(await ask(`orderBy: {field: ${order}, direction: ASC},`, [])).toEqual(expected);
  }
  expect(await ask('groupBy: [], groupByMetadata: [],', [])).toEqual(expected);
});

test('a filter bounds what is counted; where it finds nothing there is no group, not one of zero', async () => {
  const filter = 'filter: {userId: {eq: "usr-2"}, timestamp: {from: "2024-01-01T00:00:00Z"}},';
  const held = EVENTS.filter(({ userId, timestamp }) => userId === 'usr-2' && timestamp >= '2024');
  expect(await ask(`${filter} groupBy: [ACTION],`, ['action'])).toEqual(
    inOrder(modelOf(held, null, [field('action')]), 'count', 'DESC'),
  );
  for (const args of ['', 'interval: DAY,', 'groupBy: [USER_ID],']) {
    const { data } = await app.query(
      `{ auditEventGroups(${args} filter: {userId: {eq: "nobody"}}) { nodes { count } edges { cursor } totalCount pageInfo { hasNextPage endCursor } } }`,
    );
    expect(data.auditEventGroups).toEqual({
      nodes: [],
      edges: [],
      totalCount: 0,
      pageInfo: { hasNextPage: false, endCursor: null },
    });
  }
});

test.each([
  ['groupBy: [USER_ID, REGION, ACTION, OUTCOME]', ['groupBy']],
  ['groupBy: [USER_ID, REGION], groupByMetadata: ["a", "b"]', ['groupByMetadata']],
  ['groupByMetadata: ["a", "b", "c", "d"]', ['groupByMetadata']],
  ['groupByMetadata: ["team", "a[*]"]', ['groupByMetadata', 1]],
  ['groupByMetadata: [""]', ['groupByMetadata', 0]],
  ['first: 0', ['first']],
  ['first: 5001', ['first']],
  ['after: "x"', ['after']],
])('%s is refused with the place of the fault', async (args, inputPath) => {
  const { data, errors } = await app.query(`{ auditEventGroups(${args}) { nodes { count } } }`);
  expect(data).toEqual({ auditEventGroups: null });
  expect(errors?.[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath });
});

test('a dimension or path named twice counts as one, and is answered in its place', async () => {
  const { data } = await app.query(
    '{ auditEventGroups(groupBy: [REGION, REGION, REGION, REGION], groupByMetadata: ["team", "team"]) { nodes { count dimensions { region metadata } } } }',
  );
  const once = inOrder(modelOf(EVENTS, null, [field('region'), TEAM]), 'count', 'DESC');
  expect(data.auditEventGroups.nodes).toEqual(
    once.map(({ count, values: [region, team] }) => ({ count, dimensions: { region, metadata: [team, team] } })),
  );
});

test('figures alone, through nodes, edges, fragments and aliases, are what they are together', async () => {
  const [total] = modelOf(EVENTS, null, []);
  for (const name of FIGURES.split(' ')) {
    const { data, errors } = await app.query(
      `query { a: auditEventGroups { nodes { x: ${name} } } b: auditEventGroups { edges { node { ...f } } } c: auditEventGroups { ...g } }
       fragment f on AuditEventGroup { ... on AuditEventGroup { ${name} } }
       fragment g on AuditEventGroupConnection { nodes { ...f } }`,
    );
    expect(errors).toBeUndefined();
    const value = total?.[name as keyof Group];
    expect(data).toEqual({
      a: { nodes: [{ x: value }] },
      b: { edges: [{ node: { [name]: value } }] },
      c: { nodes: [{ [name]: value }] },
    });
  }
});

test('pages of groups are of one moment, and a cursor of another question is refused', async () => {
  const args = 'groupBy: [USER_ID], orderBy: {field: COUNT, direction: DESC}';
  const page = 'nodes { count dimensions { userId } } pageInfo { endCursor } totalCount dataAsOf';
  const first = (await app.query(`{ auditEventGroups(${args}, first: 2) { ${page} } }`)).data.auditEventGroups;
  const later = Array.from({ length: 200 }, () => anEvent({ userId: 'usr-new' }));
  await app.ingest(later);
  const rest = await app.query(`query ($at: String) { auditEventGroups(${args}, first: 50, after: $at) { ${page} } }`, {
    at: first.pageInfo.endCursor,
  });
  const expected = inOrder(modelOf(EVENTS, null, [field('userId')]), 'count', 'DESC');
  expect(
    [...first.nodes, ...rest.data.auditEventGroups.nodes].map(({ count, dimensions }) => [dimensions.userId, count]),
  ).toEqual(expected.map(({ count, values }) => [values[0], count]));
  expect(rest.data.auditEventGroups).toMatchObject({ dataAsOf: first.dataAsOf, totalCount: first.totalCount });
  const other = await app.query(
    'query ($at: String) { auditEventGroups(groupBy: [REGION], first: 2, after: $at) { nodes { count } } }',
    { at: first.pageInfo.endCursor },
  );
  expect(other.errors?.[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['after'] });
});
