import { request } from 'node:http';
import { manyEvents, prepareWarehouse } from './prepared-warehouse.ts';
import { type RunningApp, startTestApp, TEST_KEY } from './running-app.ts';

/** Each condition reads every text of the mart: many seconds on one core, and a second between two looks at an interrupt. */
const filter = {
  or: Array.from({ length: 60 }, (_, n) => ({ metadata: [{ path: 'note', value: { contains: `Y${n}` } }] })),
};
const COSTLY = `query ($filter: AuditEventFilter) { auditEventGroups(filter: $filter, groupByMetadata: ["bucket"]) { nodes { count uniqueUsers } } }`;
const CHEAP = '{ auditEvents(first: 1, orderBy: {field: TIMESTAMP, direction: ASC}) { nodes { eventId } } }';

let dataDirectory: string;
let app: RunningApp;
beforeAll(async () => {
  dataDirectory = await prepareWarehouse(manyEvents(1_000_000));
});
afterEach(() => app.stop());
afterAll(() => app.remove());

test('a query over its time is cancelled with advice, and the next one works', async () => {
  app = await startTestApp({ TRAILGATE_QUERY_TIMEOUT_MS: '500', TRAILGATE_DUCKDB_THREADS: '1' }, dataDirectory);
  for (let round = 0; round < 4; round += 1) {
    const { status, data, errors } = await app.query(COSTLY, { filter });
    expect([status, data]).toEqual([200, { auditEventGroups: null }]);
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/longer than 500 ms \(settings.queryTimeoutMs\).*Narrow/),
        path: ['auditEventGroups'],
        extensions: { code: 'TOO_COSTLY', retryable: false },
      },
    ]);
  }
  expect((await app.query('{ settings { queryTimeoutMs } }')).data.settings.queryTimeoutMs).toBe(500);
  // A reader may still be waiting for the engine to look up: then the answer is to try again.
  for (;;) {
    const next = await app.query('{ ingestErrors { totalCount } }');
    if (next.status === 200) {
      expect(next.data.ingestErrors).toEqual({ totalCount: 0 });
      return;
    }
    expect(next.errors).toMatchObject([{ extensions: { code: 'WAREHOUSE_UNAVAILABLE', retryable: true } }]);
  }
});

test('queries whose callers have left free their readers', async () => {
  app = await startTestApp({ TRAILGATE_QUERY_TIMEOUT_MS: '600000', TRAILGATE_DUCKDB_THREADS: '1' }, dataDirectory);
  const body = JSON.stringify({ query: COSTLY, variables: { filter } });
  const statements = async () => app.metric('trailgate_warehouse_read_statements_total');
  const before = await statements();
  const left = Array.from({ length: 12 }, () => {
    const call = request(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
    });
    call.on('error', () => undefined);
    call.end(body);
    return call;
  });
  // All three readers are in the costly statement, each behind the one that reads its moment.
  while ((await statements()) < before + 6) await new Promise(setImmediate);
  for (const call of left) call.destroy();
  // Answered within the test's time only if the readers were freed: all the costly ones would take minutes.
  expect((await app.query(CHEAP)).data.auditEvents.nodes).toEqual([{ eventId: 'evt-0' }]);
});
