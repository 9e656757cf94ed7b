import { type ClientRequest, request } from 'node:http';
import { anEvent } from './events.ts';
import { type RunningApp, startTestApp, TEST_KEY } from './running-app.ts';

const INGEST = 'mutation ($events: [AuditEventDocument!]!) { ingestEvents(events: $events) { accepted } }';

/** A request that has reached the gateway (it answered 100) and whose body is still to come. */
function openRequest(url: string): Promise<{ call: ClientRequest; answer: Promise<{ status: number; body: string }> }> {
  const call = request(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}`, expect: '100-continue' },
  });
  const answer = new Promise<{ status: number; body: string }>((resolve, reject) => {
    call.on('error', reject);
    call.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
  });
  return new Promise((resolve) => {
    call.on('continue', () => resolve({ call, answer }));
    call.flushHeaders();
  });
}

let app: RunningApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.remove());

const again = async (): Promise<RunningApp> => {
  const directory = app.dataDirectory;
  await app.stop();
  app = await startTestApp({}, directory);
  return app;
};

test('requests under way when it is told to stop are answered whole, and what they sent is there after the next start', async () => {
  const ingests = await Promise.all(Array.from({ length: 8 }, () => openRequest(app.url)));
  const queries = await Promise.all(Array.from({ length: 8 }, () => openRequest(app.url)));
  const quick = Array.from({ length: 40 }, (_, n) =>
    app.query(INGEST, { events: [anEvent({ eventId: `quick-${n}` })] }).catch(() => null),
  );
  const stopped = app.stop();
  ingests.forEach(({ call }, n) => {
    call.end(JSON.stringify({ query: INGEST, variables: { events: [anEvent({ eventId: `late-${n}` })] } }));
  });
  for (const { call } of queries)
    call.end(JSON.stringify({ query: '{ auditEvents(first: 1) { dataAsOf totalCount } viewer { subject } }' }));
  for (const { answer } of ingests)
    expect(await answer).toEqual({ status: 200, body: expect.stringContaining('"accepted":1') });
  for (const { answer } of queries) {
    const { status, body } = await answer;
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      data: {
        auditEvents: { dataAsOf: expect.any(String), totalCount: expect.any(Number) },
        viewer: { subject: 'bootstrap' },
      },
    });
  }
  const acknowledged = (await Promise.all(quick)).flatMap((answer, n) =>
    answer?.data?.ingestEvents?.accepted === 1 ? [`quick-${n}`] : [],
  );
  await stopped;
  await again();
  const { data } = await app.query('{ auditEvents(first: 500) { nodes { eventId } } }');
  const found = data.auditEvents.nodes.map(({ eventId }: { eventId: string }) => eventId);
  expect(found).toEqual(expect.arrayContaining([...ingests.map((_, n) => `late-${n}`), ...acknowledged]));
  expect(new Set(found).size).toBe(found.length);
});

test('what it has loaded at its stop can be queried at once after the start', async () => {
  const { data } = await app.query(INGEST, { events: Array.from({ length: 500 }, () => anEvent()) });
  expect(data.ingestEvents.accepted).toBe(500);
  await again();
  expect((await app.query('{ auditEvents { totalCount } }')).data.auditEvents.totalCount).toBe(500);
});

test('ids, cursors and moments outlive a restart; times of receipt never go back', async () => {
  await app.ingest(Array.from({ length: 30 }, () => anEvent()));
  const PAGE = 'nodes { id eventId } pageInfo { endCursor } dataAsOf';
  const before = (await app.query(`{ auditEvents(first: 10) { ${PAGE} } }`)).data.auditEvents;
  const copied = (
    await app.query(
      '{ auditEvents(orderBy: {field: RECEIVED_AT, direction: ASC}, first: 500) { pageInfo { endCursor } } }',
    )
  ).data.auditEvents;
  await again();
  await app.ingest([anEvent({ eventId: 'after-the-restart' })]);
  const { data } = await app.query(
    `query ($page: String, $copy: String, $id: ID!) {
      next: auditEvents(first: 500, after: $page) { ${PAGE} totalCount }
      copy: auditEvents(orderBy: {field: RECEIVED_AT, direction: ASC}, first: 500, after: $copy) { nodes { eventId } }
      node(id: $id) { id } same: auditEvents(first: 10, asOf: "${before.dataAsOf}") { nodes { id } } }`,
    { page: before.pageInfo.endCursor, copy: copied.pageInfo.endCursor, id: before.nodes[3].id },
  );
  expect(data.next).toMatchObject({ totalCount: 30, dataAsOf: before.dataAsOf });
  expect(data.next.nodes).toHaveLength(20);
  expect(data.copy.nodes).toEqual([{ eventId: 'after-the-restart' }]);
  expect(data.node).toEqual({ id: before.nodes[3].id });
  expect(data.same.nodes.map(({ id }: { id: string }) => id)).toEqual(before.nodes.map(({ id }: { id: string }) => id));
});

test('a second owner of the data directory is refused, and harms nothing', async () => {
  await app.ingest([anEvent({ eventId: 'mine' })]);
  await expect(startTestApp({}, app.dataDirectory)).rejects.toThrow(
    /belongs to process \d+, which is running\. Stop it, or set TRAILGATE_DATA_DIR/,
  );
  expect((await app.query('{ auditEvent(eventId: "mine") { eventId } }')).data.auditEvent).toEqual({ eventId: 'mine' });
  await again();
  expect((await app.query('{ auditEvents { totalCount } }')).data.auditEvents.totalCount).toBe(1);
});
