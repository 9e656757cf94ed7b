import { request } from 'node:http';
import { manyEvents, prepareWarehouse } from './prepared-warehouse.ts';
import { type RunningApp, startTestApp, TEST_KEY } from './running-app.ts';

/** Each condition reads every text of the mart: many minutes for all of them on one core. */
const costlyFilter = (conditions: number) => ({
  or: Array.from({ length: conditions }, (_, n) => ({
    metadata: [{ path: 'note', value: { contains: `Y${n}`, ignoreCase: true } }],
  })),
});
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
  app = await startTestApp({ TRAILGATE_QUERY_TIMEOUT_MS: '100', TRAILGATE_DUCKDB_THREADS: '1' }, dataDirectory);
  for (let round = 0; round < 4; round += 1) {
    const { status, data, errors } = await app.query(COSTLY, { filter: costlyFilter(150) });
    expect([status, data]).toEqual([200, { auditEventGroups: null }]);
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/longer than 100 ms \(settings.queryTimeoutMs\).*Narrow/),
        path: ['auditEventGroups'],
        extensions: { code: 'TOO_COSTLY', retryable: false },
      },
    ]);
  }
  expect((await app.query('{ settings { queryTimeoutMs } }')).data.settings.queryTimeoutMs).toBe(100);
  expect((await app.query('{ auditEvents(first: 1) { dataAsOf } }')).errors).toBeUndefined();
});

test('queries whose callers have left free their readers', async () => {
  app = await startTestApp({ TRAILGATE_QUERY_TIMEOUT_MS: '600000', TRAILGATE_DUCKDB_THREADS: '1' }, dataDirectory);
  const body = JSON.stringify({ query: COSTLY, variables: { filter: costlyFilter(190) } });
  const statements = async () => app.metric('trailgate_warehouse_read_statements_total');
  const before = await statements();
  const left = Array.from({ length: 6 }, () => {
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
  // Answered within the test's time only if the readers were freed: the costly ones would take minutes.
  expect((await app.query(CHEAP)).data.auditEvents.nodes).toEqual([{ eventId: 'evt-0' }]);
});
