import { anEvent } from './events.ts';
import { prepareWarehouse } from './prepared-warehouse.ts';
import { type RunningApp, startTestApp } from './running-app.ts';

let app: RunningApp;
afterEach(() => app.remove());

const LEAKS = /users|catalog|table|duckdb|json|syntax|token|node_modules|\.ts|select/i;

test('a warehouse that fails is said with a code to try again by, and nothing of its inside', async () => {
  app = await startTestApp({}, await prepareWarehouse(['drop table users']));
  const { status, headers, data, errors } = await app.query('{ user(userId: "a") { role } }');
  expect([status, headers.get('retry-after'), data]).toEqual([503, '1', { user: null }]);
  const [error] = errors as [{ message: string; extensions: object }];
  expect(error.message).toBe('The warehouse could not answer. Try again.');
  expect(error.extensions).toEqual({
    code: 'WAREHOUSE_UNAVAILABLE',
    retryable: true,
    requestId: headers.get('x-request-id'),
  });
  // One failure leaves the rest of the answer whole.
  const partial = await app.query('{ viewer { subject } user(userId: "a") { role } }');
  expect([partial.status, partial.data]).toEqual([200, { viewer: { subject: 'bootstrap' }, user: null }]);
  expect((await app.query('{ auditEvents { totalCount } }')).data.auditEvents.totalCount).toBe(0);
});

test('what nobody foresaw is hidden behind the request id', async () => {
  app = await startTestApp(
    {},
    await prepareWarehouse([
      `insert into audit_events_errors by name select 'e-1' as error_id, timestamp '2024-03-20 14:00:00' as occurred_at, 'ACCEPT' as stage,
        'INVALID_EVENT' as code, 'm' as message, 'no { json' as document, 'NEW' as status, 'n' as ingest_node, 1 as ingest_epoch, 1 as ingest_seq`,
    ]),
  );
  const { status, headers, data, errors } = await app.query('{ ingestErrors { nodes { errorId document } } }');
  expect([status, data]).toEqual([200, { ingestErrors: { nodes: [{ errorId: 'e-1', document: null }] } }]);
  expect(errors).toEqual([
    {
      message: 'The gateway failed at this. Its log has more under the requestId.',
      locations: [{ line: 1, column: 34 }],
      path: ['ingestErrors', 'nodes', 0, 'document'],
      extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false, requestId: headers.get('x-request-id') },
    },
  ]);
  for (const { message } of errors as { message: string }[]) expect(message).not.toMatch(LEAKS);
});

test('a log that can take no more refuses the request whole, says when to come again, and takes what fits', async () => {
  app = await startTestApp({ TRAILGATE_LOG_MAX_GIB: '0.00002' });
  const INGEST = 'mutation ($events: [AuditEventDocument!]!) { ingestEvents(events: $events) { accepted } }';
  await app.ingest([anEvent({ eventId: 'first' })]);
  const many = Array.from({ length: 100 }, (_, n) => anEvent({ eventId: `many-${n}` }));
  const { status, headers, data, errors } = await app.query(INGEST, { events: many });
  expect([status, headers.get('retry-after'), data]).toEqual([503, '5', { ingestEvents: null }]);
  expect(errors?.[0].extensions).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true, retryAfterMs: 5_000 });
  await app.ingest([anEvent({ eventId: 'second' })]);
  const answer = await app.query('{ auditEvents { nodes { eventId } } ingestErrors { totalCount } }');
  expect(answer.data.auditEvents.nodes.map(({ eventId }: { eventId: string }) => eventId).sort()).toEqual([
    'first',
    'second',
  ]);
  expect(answer.data.ingestErrors.totalCount).toBe(0);
});
