import { anEvent, byBytes, isoAt, randomFrom, type SentEvent, walkPages } from './events.ts';
import { type RunningApp, startTestApp, TEST_KEY } from './running-app.ts';

const random = randomFrom(20_240_320);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

/** UTF-16 puts the second before the third, UTF-8 does not. */
const ODD_NAMES = ['Ünicode', '\u{1F600}', '\uFFFD', 'zz', 'A', 'a'];
const TIED = [0, 1, 1_710_945_000_000, 1_710_945_000_001, Date.now() + 3_600_000];

/** Over half a century, half of them at a few milliseconds only. */
const EVENTS: readonly SentEvent[] = Array.from({ length: 600 }, (_, index) =>
  anEvent({
    eventId: `${pick(ODD_NAMES)}-${index}`,
    timestamp: isoAt(index % 2 === 0 ? pick(TIED) : Math.floor(random() * 1_730_000_000_000)),
    userId: `usr-${Math.floor(random() * 20)}`,
    eventType: pick(['LOGIN', 'DATA_ACCESS', 'CONFIG_CHANGE']),
    outcome: pick(['SUCCESS', 'FAILURE', 'DENIED', undefined]),
    region: pick(['eu-central-1', 'EU-CENTRAL-1', 'us-east-1', undefined]),
    metadata: pick([
      undefined,
      { bucket: 'logs', tags: [{ id: 7 }] },
      { bucket: 'Logs', 'a.b/c': { ok: true } },
      { bucket: null },
    ]),
  }),
);

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
  for (let from = 0; from < EVENTS.length; from += 200) await app.ingest(EVENTS.slice(from, from + 200));
});
afterAll(() => app.remove());

const ids = (events: readonly SentEvent[]): string[] => events.map(({ eventId }) => eventId);
const byTime = (a: SentEvent, b: SentEvent): number =>
  Date.parse(a.timestamp) - Date.parse(b.timestamp) || byBytes(a.eventId, b.eventId);
const OLDEST_FIRST = ids([...EVENTS].sort(byTime));
const AS_SENT = ids(EVENTS);
const ordered = (field: string, direction: string): string[] => {
  const ascending = field === 'TIMESTAMP' ? OLDEST_FIRST : AS_SENT;
  return direction === 'ASC' ? ascending : [...ascending].reverse();
};
const ORDERS = ['TIMESTAMP', 'RECEIVED_AT'].flatMap((field) => ['ASC', 'DESC'].map((direction) => [field, direction]));

const errorOf = async (query: string, variables: Record<string, unknown> = {}) => {
  const { data, errors } = await app.query(query, variables);
  expect(data?.auditEvents ?? null).toBeNull();
  return errors?.[0]?.extensions;
};

describe('pages', () => {
  test.each(ORDERS)('by %s %s list every event once and in order, in both directions', async (field, direction) => {
    const expected = ordered(field as string, direction as string);
    const args = `orderBy: {field: ${field}, direction: ${direction}}`;
    const walk = { field: 'auditEvents', args, size: 61, select: 'nodes { eventId } totalCount' };
    const forward = await walkPages(app, walk);
    expect(forward.ids).toEqual(expected);
    expect(forward.pages.map((page) => page.pageInfo.hasPreviousPage)).toEqual(
      forward.pages.map((_, index) => index > 0),
    );
    expect(new Set(forward.pages.map((page) => page.totalCount))).toEqual(new Set([EVENTS.length]));
    const backward = await walkPages(app, { ...walk, backward: true });
    expect(backward.ids).toEqual(expected);
    expect(backward.pages.map((page) => page.pageInfo.hasNextPage)).toEqual(
      backward.pages.map((_, index) => index > 0),
    );
  });

  test('go on from the cursor of any edge, in either direction', async () => {
    const page = `pageInfo { hasNextPage hasPreviousPage } nodes { eventId }`;
    const { data } = await app.query('{ auditEvents(first: 40) { edges { cursor node { eventId } } } }');
    const edge = data.auditEvents.edges[17];
    const around = await app.query(
      `query ($at: String) { after: auditEvents(first: 5, after: $at) { ${page} } before: auditEvents(last: 5, before: $at) { ${page} } }`,
      { at: edge.cursor },
    );
    const newest = [...OLDEST_FIRST].reverse();
    expect(edge.node.eventId).toBe(newest[17]);
    expect(ids(around.data.after.nodes)).toEqual(newest.slice(18, 23));
    expect(ids(around.data.before.nodes)).toEqual(newest.slice(12, 17));
    expect(around.data.before.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: true });
  });

  test('of one event at a time pass none of those at one millisecond', async () => {
    const at = isoAt(1_710_945_000_000);
    const args = `filter: {timestamp: {from: "${at}", to: "${isoAt(Date.parse(at) + 2)}"}}`;
    const expected = ids(
      [...EVENTS].sort(byTime).filter(({ timestamp }) => Math.abs(Date.parse(timestamp) - 1_710_945_000_000.5) < 1),
    );
    expect(expected.length).toBeGreaterThan(90);
    const { ids: found } = await walkPages(app, { field: 'auditEvents', args, size: 1 });
    expect(found).toEqual(expected.reverse());
  });

  test('end where the filter finds nothing more', async () => {
    const { data } = await app.query(
      '{ auditEvents(filter: {userId: {eq: "nobody"}}) { nodes { eventId } edges { cursor } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
    );
    expect(data.auditEvents).toEqual({
      nodes: [],
      edges: [],
      totalCount: 0,
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  test.each([
    ['first: 0', ['first']],
    ['first: -1', ['first']],
    ['first: 5001', ['first']],
    ['last: 0', ['last']],
    ['last: 5001', ['last']],
    ['first: 1, last: 1', ['first']],
  ])('refuse %s with the argument that is wrong', async (args, inputPath) => {
    expect(await errorOf(`{ auditEvents(${args}) { totalCount } }`)).toMatchObject({
      code: 'BAD_USER_INPUT',
      inputPath,
    });
  });

  test('refuse a cursor in the direction it was not asked for', async () => {
    const { data } = await app.query('{ auditEvents(first: 3) { pageInfo { endCursor } } }');
    const at = data.auditEvents.pageInfo.endCursor;
    for (const args of ['first: 3, before: $at', 'last: 3, after: $at', 'after: $at, before: $at']) {
      expect(await errorOf(`query ($at: String) { auditEvents(${args}) { totalCount } }`, { at })).toMatchObject({
        code: 'BAD_USER_INPUT',
      });
    }
  });

  test('hold the default number of events, and as many as settings allow', async () => {
    const { data } = await app.query(
      '{ settings { defaultPageSize maxPageSize } auditEvents { nodes { eventId } } most: auditEvents(first: 5000) { nodes { eventId } } }',
    );
    expect(data.settings).toEqual({ defaultPageSize: 50, maxPageSize: 5_000 });
    expect(data.auditEvents.nodes).toHaveLength(50);
    expect(data.most.nodes).toHaveLength(EVENTS.length);
  });

  test('count only when the count is selected', async () => {
    const statements = async (query: string): Promise<number> => {
      const before = await app.metric('trailgate_warehouse_read_statements_total');
      await app.query(query);
      return (await app.metric('trailgate_warehouse_read_statements_total')) - before;
    };
    const without = await statements('{ auditEvents(first: 5) { nodes { eventId } } }');
    const withCount = await statements('{ auditEvents(first: 5) { nodes { eventId } totalCount } }');
    const inFragment = await statements(
      'query { auditEvents(first: 5) { nodes { eventId } ...more } } fragment more on AuditEventConnection { totalCount }',
    );
    expect(without).toBe(3);
    expect(withCount).toBeGreaterThan(without);
    expect(inFragment).toBe(withCount);
  });
});

describe('cursors', () => {
  const cursorOf = async (field: string, args = 'first: 2'): Promise<string> => {
    const { data } = await app.query(`{ ${field}(${args}) { edges { cursor } } }`);
    return data[field].edges[0].cursor;
  };
  const refusal = (cursor: string, args = '') =>
    errorOf(`query ($cursor: String) { auditEvents(${args} first: 2, after: $cursor) { totalCount } }`, { cursor });
  const REFUSED = { code: 'BAD_USER_INPUT', inputPath: ['after'], retryable: false };

  test('of another filter, order, asOf or listing are refused', async () => {
    const cursor = await cursorOf('auditEvents');
    for (const args of [
      'filter: {userId: {eq: "usr-1"}},',
      'orderBy: {field: TIMESTAMP, direction: ASC},',
      'orderBy: {field: RECEIVED_AT, direction: DESC},',
      `asOf: "${isoAt(Date.now())}",`,
    ]) {
      expect(await refusal(cursor, args)).toMatchObject(REFUSED);
    }
    expect(await refusal(await cursorOf('auditEventGroups', 'groupBy: [USER_ID], first: 2'))).toMatchObject(REFUSED);
    expect(await refusal(await cursorOf('userActivity'))).toMatchObject(REFUSED);
  });

  test('that were cut, changed or made up are refused', async () => {
    const cursor = await cursorOf('auditEvents');
    const { data } = await app.query('{ auditEvents(first: 1) { position nodes { id } } }');
    const flipped = `${cursor.slice(0, 30)}${cursor[30] === 'A' ? 'B' : 'A'}${cursor.slice(31)}`;
    const forged = Buffer.from(JSON.stringify({ q: 'x', p: { k: [0, 'a'], m: 0, l: null } })).toString('base64url');
    for (const bad of [
      '',
      ' ',
      'null',
      cursor.slice(0, -1),
      cursor.slice(1),
      `${cursor}A`,
      `${cursor}=`,
      flipped,
      forged,
      'A'.repeat(22),
      'A'.repeat(100_000),
      data.auditEvents.position,
      data.auditEvents.nodes[0].id,
    ]) {
      expect(await refusal(bad)).toMatchObject(REFUSED);
    }
  });

  test('reveal nothing of the event they stand at, and are never the same twice', async () => {
    const [one, other] = [await cursorOf('auditEvents'), await cursorOf('auditEvents')];
    expect(one).not.toBe(other);
    const bytes = Buffer.from(one, 'base64url').toString('latin1');
    for (const word of ['usr', 'zz', '"q"', 'node-']) expect(bytes).not.toContain(word);
  });

  test('lead on after events between which they stood have gone on arriving', async () => {
    const { data } = await app.query('{ auditEvents(first: 2) { pageInfo { endCursor } } }');
    const { endCursor } = data.auditEvents.pageInfo;
    const again = async () => {
      const answer = await app.query(
        'query ($at: String) { auditEvents(first: 3, after: $at) { nodes { eventId } dataAsOf position } }',
        { at: endCursor },
      );
      return answer.data.auditEvents;
    };
    const [first, second] = [await again(), await again()];
    expect(second.nodes).toEqual(first.nodes);
    expect(second.dataAsOf).toBe(first.dataAsOf);
  });
});

describe('filters', () => {
  const regionOf = ({ region }: SentEvent) => region as string | undefined;
  const metadataOf = ({ metadata }: SentEvent) => (metadata ?? {}) as Record<string, never>;
  const CASES: readonly [string, (event: SentEvent) => boolean][] = [
    ['{}', () => true],
    ['{and: []}', () => true],
    ['{or: []}', () => false],
    ['{outcome: []}', () => false],
    ['{not: {or: []}}', () => true],
    ['{outcome: [FAILURE, DENIED]}', ({ outcome }) => outcome === 'FAILURE' || outcome === 'DENIED'],
    ['{region: {eq: "eu-central-1"}}', (event) => regionOf(event) === 'eu-central-1'],
    ['{region: {eq: "eu-central-1", ignoreCase: true}}', (event) => regionOf(event)?.toLowerCase() === 'eu-central-1'],
    ['{region: {ne: "eu-central-1"}}', (event) => regionOf(event) !== 'eu-central-1'],
    ['{not: {region: {startsWith: "eu"}}}', (event) => !regionOf(event)?.startsWith('eu')],
    ['{region: {isNull: true}}', (event) => regionOf(event) === undefined],
    [
      '{region: {notIn: ["us-east-1"]}, eventType: {in: ["LOGIN"]}}',
      (event) => regionOf(event) !== 'us-east-1' && event.eventType === 'LOGIN',
    ],
    ['{metadata: [{path: "bucket", value: {eq: "logs"}}]}', (event) => metadataOf(event).bucket === 'logs'],
    [
      '{metadata: [{path: "bucket", value: {eq: "LOGS", ignoreCase: true}}]}',
      (event) => String(metadataOf(event).bucket).toLowerCase() === 'logs',
    ],
    ['{metadata: [{path: "tags[0].id", value: {eq: "7"}}]}', (event) => metadataOf(event).tags !== undefined],
    [
      '{metadata: [{path: "\\"a.b/c\\".ok", value: {eq: "true"}}]}',
      (event) => metadataOf(event)['a.b/c'] !== undefined,
    ],
    ['{metadata: [{path: "bucket", value: {isNull: true}}]}', (event) => metadataOf(event).bucket == null],
    [
      '{or: [{eventType: {eq: "LOGIN"}}, {and: [{userId: {eq: "usr-3"}}, {outcome: [FAILURE]}]}]}',
      (event) => event.eventType === 'LOGIN' || (event.userId === 'usr-3' && event.outcome === 'FAILURE'),
    ],
    ['{eventId: {contains: "\u{1F600}"}}', ({ eventId }) => eventId.includes('\u{1F600}')],
    [
      '{timestamp: {from: "1970-01-01T00:00:00Z", to: "1970-01-01T00:00:00.001Z"}}',
      ({ timestamp }) => Date.parse(timestamp) === 0,
    ],
    [
      '{timestamp: {from: "1999-12-31T23:00:00-01:00", to: "2001-01-01T00:00:00Z"}}',
      ({ timestamp }) => timestamp >= '2000' && timestamp < '2001',
    ],
    [
      '{or: [{timestamp: {to: "1971-01-01T00:00:00Z"}}, {timestamp: {from: "2023-01-01T00:00:00Z"}}]}',
      ({ timestamp }) => timestamp < '1971' || timestamp >= '2023',
    ],
    ['{not: {timestamp: {to: "2020-01-01T00:00:00Z"}}}', ({ timestamp }) => timestamp >= '2020'],
    ['{timestamp: {from: "2020-01-01T00:00:00Z", to: "2020-01-01T00:00:00Z"}}', () => false],
    ['{timestamp: {from: "9999-01-01T00:00:00Z"}}', () => false],
  ];

  test.each(CASES)('%s finds what it says, in pages and in the count', async (filter, holds) => {
    const expected = ids([...EVENTS].sort(byTime).filter(holds)).reverse();
    const { ids: found, pages } = await walkPages(app, {
      field: 'auditEvents',
      args: `filter: ${filter}`,
      size: 250,
      select: 'totalCount nodes { eventId }',
    });
    expect(found).toEqual(expected);
    expect(pages[0].totalCount).toBe(expected.length);
  });

  test.each([
    ['{userId: {}}', ['filter', 'userId']],
    ['{userId: {ignoreCase: true}}', ['filter', 'userId']],
    ['{timestamp: {}}', ['filter', 'timestamp']],
    ['{or: [{userId: {eq: "a"}}, {not: {region: {}}}]}', ['filter', 'or', 1, 'not', 'region']],
    ['{timestamp: {from: "2024-01-02T00:00:00Z", to: "2024-01-01T00:00:00Z"}}', ['filter', 'timestamp']],
    ['{metadata: [{path: "a..b", value: {eq: "x"}}]}', ['filter', 'metadata', 0, 'path']],
    ['{metadata: [{path: "a[*]", value: {eq: "x"}}]}', ['filter', 'metadata', 0, 'path']],
    ['{metadata: [{path: "a", value: {}}]}', ['filter', 'metadata', 0, 'value']],
    ['{userId: {eq: "a\\u0000"}}', ['filter', 'userId', 'eq']],
  ])('%s is refused, with the place of the fault', async (filter, inputPath) => {
    expect(await errorOf(`{ auditEvents(filter: ${filter}) { totalCount } }`)).toMatchObject({
      code: 'BAD_USER_INPUT',
      inputPath,
    });
  });

  test('a variable that was forgotten never widens the answer', async () => {
    const query = 'query ($user: String) { auditEvents(filter: {userId: {eq: $user}}) { totalCount } }';
    for (const variables of [{}, { user: null }]) {
      expect(await errorOf(query, variables)).toMatchObject({
        code: 'BAD_USER_INPUT',
        inputPath: ['filter', 'userId'],
      });
    }
    expect((await app.query(query, { user: 'usr-3' })).data.auditEvents.totalCount).toBeGreaterThan(0);
  });

  test('null is the same as absent', async () => {
    const query = 'query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { totalCount } }';
    for (const filter of [null, { userId: null, timestamp: null, and: null, or: null, not: null, metadata: null }]) {
      expect((await app.query(query, { filter })).data.auditEvents.totalCount).toBe(EVENTS.length);
    }
  });

  test('over the limit of conditions, or too deep, are refused', async () => {
    const query = 'query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { totalCount } }';
    const many = { or: Array.from({ length: 201 }, (_, index) => ({ userId: { eq: `usr-${index}` } })) };
    let deep: object = { userId: { eq: 'usr-1' } };
    for (let level = 0; level < 500; level += 1) deep = { not: deep };
    for (const levels of [3_000, 100_000]) {
      const filter = `${'{"not":'.repeat(levels)}{}${'}'.repeat(levels)}`;
      const response = await fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
        body: `{"query": ${JSON.stringify(query)}, "variables": {"filter": ${filter}}}`,
      });
      const { errors } = (await response.json()) as { errors: object[] };
      expect(errors).toMatchObject([
        { message: expect.stringMatching(/flatten it/), extensions: { code: 'BAD_USER_INPUT' } },
      ]);
    }
    for (const filter of [many, deep])
      expect(await errorOf(query, { filter })).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect((await app.query(query, { filter: { or: many.or.slice(0, 200) } })).data.auditEvents.totalCount).toBe(
      EVENTS.length,
    );
  });
});

describe('one event', () => {
  const find = async (eventId: string, timestamp: string | null = null) => {
    const { data, errors } = await app.query(
      'query ($eventId: String!, $timestamp: DateTime) { auditEvent(eventId: $eventId, timestamp: $timestamp) { id eventId timestamp metadata } }',
      { eventId, timestamp },
    );
    expect(errors).toBeUndefined();
    return data.auditEvent;
  };

  test('is found by its id wherever it lies in time, and with its timestamp', async () => {
    for (const event of EVENTS.slice(0, 8)) {
      const found = { eventId: event.eventId, timestamp: event.timestamp, metadata: event.metadata ?? null };
      expect(await find(event.eventId)).toMatchObject(found);
      expect(await find(event.eventId, event.timestamp)).toMatchObject(found);
      expect(await find(event.eventId, isoAt(Date.parse(event.timestamp) + 1))).toBeNull();
    }
  });

  test('is null where there is none of that id', async () => {
    for (const eventId of ['', 'absent', 'a\u0000', '\ud800', "'; drop table audit_events_mart; --", '%'])
      expect(await find(eventId)).toBeNull();
  });

  test('of an id used at several times is the newest, or the one of the timestamp', async () => {
    const times = ['2022-05-01T00:00:00.000Z', '2022-05-01T00:00:00.001Z', '2021-01-01T00:00:00.000Z'];
    const { accepted } = await app.ingest(
      times.map((timestamp, n) => anEvent({ eventId: 'reused', timestamp, metadata: { n } })),
    );
    expect(accepted).toBe(3);
    expect(await find('reused')).toMatchObject({ timestamp: times[1], metadata: { n: 1 } });
    for (const [n, timestamp] of times.entries()) {
      expect(await find('reused', timestamp)).toMatchObject({ timestamp, metadata: { n } });
    }
    const found = await Promise.all(times.map((timestamp) => find('reused', timestamp)));
    expect(new Set(found.map(({ id }) => id)).size).toBe(3);
  });
});

describe('node', () => {
  const node = async (id: string) => {
    const { data, errors } = await app.query(
      `query ($id: ID!) { node(id: $id) { __typename id
        ... on AuditEvent { eventId timestamp } ... on User { userId } ... on IngestError { errorId } } }`,
      { id },
    );
    expect(errors).toBeUndefined();
    return data.node;
  };

  test('finds events, users and ingest errors by the id that they carry, and ids do not change', async () => {
    await app.ingest([anEvent({ userId: 'usr-node', eventId: 'node-event' }), anEvent({ userId: '' })]);
    const read = async () =>
      (
        await app.query(`{ auditEvent(eventId: "node-event") { id eventId timestamp user { id userId } }
          ingestErrors(first: 1) { nodes { id errorId } } }`)
      ).data;
    const { auditEvent, ingestErrors } = await read();
    const { user, ...event } = auditEvent;
    const [error] = ingestErrors.nodes;
    expect(await node(event.id)).toEqual({ __typename: 'AuditEvent', ...event });
    expect(await node(user.id)).toEqual({ __typename: 'User', ...user });
    expect(await node(error.id)).toEqual({ __typename: 'IngestError', ...error });
    expect(await read()).toEqual({ auditEvent, ingestErrors });
  });

  test('is null for what is no id of this installation, and for the id of nothing', async () => {
    const { data } = await app.query('{ auditEvents(first: 1) { position edges { cursor node { id } } } }');
    const { position, edges } = data.auditEvents;
    const { id } = edges[0].node;
    for (const bad of ['', 'x', '1', id.slice(0, -2), `${id}AA`, position, edges[0].cursor, 'A'.repeat(40)]) {
      expect(await node(bad)).toBeNull();
    }
    const other = await startTestApp();
    try {
      await other.ingest([EVENTS[0]]);
      const foreign = (await other.query('{ auditEvents(first: 1) { nodes { id } } }')).data.auditEvents.nodes[0].id;
      expect(await node(foreign)).toBeNull();
    } finally {
      await other.remove();
    }
  });
});
