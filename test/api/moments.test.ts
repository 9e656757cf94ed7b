import { anEvent, byBytes, isoAt, randomFrom, type SentEvent, walkPages } from './events.ts';
import { type RunningApp, startTestApp } from './running-app.ts';

const random = randomFrom(7);
const AT = Date.parse('2024-06-01T12:00:00Z');

/** Several share each millisecond; some lie before and some after whatever was sent earlier. */
const some = (count: number, given: Partial<SentEvent> = {}): SentEvent[] =>
  Array.from({ length: count }, () =>
    anEvent({ timestamp: isoAt(AT + Math.floor(random() * 40)), userId: 'usr-m', ...given }),
  );

let app: RunningApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.remove());

const newestFirst = (events: readonly SentEvent[]): string[] =>
  [...events]
    .sort((a, b) => Date.parse(b.timestamp) - Date.parse(a.timestamp) || byBytes(b.eventId, a.eventId))
    .map(({ eventId }) => eventId);

const dataAsOf = async (): Promise<string> =>
  (await app.query('{ auditEvents(first: 1) { dataAsOf } }')).data.auditEvents.dataAsOf;

test('pages are of the moment of the first one, whatever arrives between them', async () => {
  const known = some(90);
  await app.ingest(known);
  for (const backward of [false, true]) {
    const expected = newestFirst(known);
    const { ids, pages } = await walkPages(app, {
      field: 'auditEvents',
      size: 20,
      backward,
      select: 'nodes { eventId } totalCount dataAsOf',
      between: async (page) => {
        // Before, at and behind the cursor, and with ids on both sides of those that are there.
        const odd = ['!', '~'].map((name) =>
          anEvent({ eventId: `${name}${backward}${page}`, timestamp: isoAt(AT + 20) }),
        );
        const late = [...some(10), ...odd];
        known.push(...late);
        await app.ingest(late);
      },
    });
    expect(ids).toEqual(expected);
    expect(new Set(pages.map(({ totalCount }) => totalCount))).toEqual(new Set([expected.length]));
    expect(new Set(pages.map(({ dataAsOf: moment }) => moment)).size).toBe(1);
  }
});

test('a walk from the newest by RECEIVED_AT stays at its moment, and nothing appears before its first page', async () => {
  const before = some(30);
  await app.ingest(before);
  const args = 'orderBy: {field: RECEIVED_AT, direction: DESC},';
  const walk = await walkPages(app, {
    field: 'auditEvents',
    args,
    size: 8,
    select: 'nodes { eventId } totalCount dataAsOf',
    between: async () => {
      await app.ingest(some(5));
    },
  });
  expect(walk.ids).toEqual(before.map(({ eventId }) => eventId).reverse());
  expect(new Set(walk.pages.map(({ totalCount, dataAsOf: moment }) => `${totalCount} ${moment}`)).size).toBe(1);
  const { data } = await app.query(
    `query ($at: String) { auditEvents(${args} last: 5, before: $at) { nodes { eventId } } }`,
    {
      at: walk.pages[0].pageInfo.startCursor,
    },
  );
  expect(data.auditEvents.nodes).toEqual([]);
});

test('a copier by RECEIVED_AT ASC that goes on from its last cursor sees every event once, late and doubled ones included', async () => {
  const sent: SentEvent[] = [];
  const copied: string[] = [];
  let cursor: string | null = null;
  const copyAll = async () => {
    for (;;) {
      const { data, errors } = await app.query(
        `query ($cursor: String) { auditEvents(orderBy: {field: RECEIVED_AT, direction: ASC}, first: 17, after: $cursor) {
          nodes { eventId } pageInfo { hasNextPage endCursor } } }`,
        { cursor },
      );
      expect(errors).toBeUndefined();
      const { nodes, pageInfo } = data.auditEvents;
      copied.push(...nodes.map(({ eventId }: SentEvent) => eventId));
      cursor = pageInfo.endCursor ?? cursor;
      if (!pageInfo.hasNextPage) return;
    }
  };
  const ingestQuietly = async (events: readonly SentEvent[]) =>
    (
      await app.query('mutation ($events: [AuditEventDocument!]!) { ingestEvents(events: $events) { receivedAt } }', {
        events,
      })
    ).data.ingestEvents.receivedAt as string;
  let last = '';
  for (let round = 0; round < 12; round += 1) {
    const late = some(20, { timestamp: isoAt(AT - Math.floor(random() * 1e11)) });
    const doubled = sent.slice(-5);
    const fresh = [...some(20), ...late];
    // Copied while they are on their way: whatever is not there yet comes with a later page.
    const [received] = await Promise.all([ingestQuietly([...fresh, ...doubled]), copyAll()]);
    sent.push(...fresh);
    last = received;
  }
  await app.queryable(last);
  await copyAll();
  expect(copied).toEqual(sent.map(({ eventId }) => eventId));
});

test('asOf shows what was received before, page by page, without a position', async () => {
  const early = some(50);
  await app.ingest(early);
  const moment = await dataAsOf();
  await app.ingest([...some(50), ...some(10, { timestamp: '1990-01-01T00:00:00.000Z' })]);
  const { ids, pages } = await walkPages(app, {
    field: 'auditEvents',
    args: `asOf: "${moment}",`,
    size: 15,
    select: 'nodes { eventId } totalCount dataAsOf position',
  });
  expect(ids).toEqual(newestFirst(early));
  for (const page of pages) expect(page).toMatchObject({ totalCount: 50, dataAsOf: moment, position: null });
  const { data } = await app.query(
    `query ($asOf: DateTime, $past: DateTime, $ahead: DateTime) {
      groups: auditEventGroups(asOf: $asOf) { nodes { count } dataAsOf }
      past: auditEvents(asOf: $past) { nodes { eventId } totalCount dataAsOf position }
      ahead: auditEvents(asOf: $ahead) { totalCount dataAsOf position }
      now: auditEvents { totalCount position } }`,
    { asOf: moment, past: '1970-01-01T00:00:00Z', ahead: '2100-01-01T00:00:00Z' },
  );
  expect(data.groups).toEqual({ nodes: [{ count: 50 }], dataAsOf: moment });
  expect(data.past).toEqual({ nodes: [], totalCount: 0, dataAsOf: '1970-01-01T00:00:00.000Z', position: null });
  expect(data.ahead).toMatchObject({ totalCount: 110, position: null });
  expect(data.ahead.dataAsOf <= isoAt(Date.now())).toBe(true);
  expect(data.now).toEqual({ totalCount: 110, position: expect.any(String) });
});

test('dataAsOf moves on before anything has ever arrived', async () => {
  await app.queryable(isoAt(Date.now()));
});

test('dataAsOf moves on when nothing arrives, and never back', async () => {
  await app.ingest(some(3));
  const moments = [await dataAsOf()];
  while (moments.length < 5) {
    const now = await dataAsOf();
    expect(now >= (moments.at(-1) as string)).toBe(true);
    if (now > (moments.at(-1) as string)) moments.push(now);
  }
  expect((moments.at(-1) as string) <= isoAt(Date.now())).toBe(true);
});

test('an event that is acknowledged between two reads is in the second one when its dataAsOf is later, and never lost between', async () => {
  for (let round = 0; round < 8; round += 1) {
    const [event] = some(1);
    const { data } = await app.query(
      'mutation ($events: [AuditEventDocument!]!) { ingestEvents(events: $events) { receivedAt } }',
      { events: [event] },
    );
    for (;;) {
      const answer = await app.query(
        'query ($id: String!) { auditEvents(filter: {eventId: {eq: $id}}) { dataAsOf totalCount } }',
        {
          id: event?.eventId,
        },
      );
      const seen = answer.data.auditEvents;
      expect(seen.totalCount).toBe(seen.dataAsOf > data.ingestEvents.receivedAt ? 1 : 0);
      if (seen.totalCount === 1) break;
    }
  }
});
