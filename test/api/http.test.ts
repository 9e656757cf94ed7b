import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { type RunningApp, startTestApp, TEST_KEY } from './running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.remove());

const JSON_TYPE = { 'content-type': 'application/json' };
const KEY = { authorization: `Bearer ${TEST_KEY}` };
const VIEWER = JSON.stringify({ query: '{ viewer { subject } }' });
const ANSWER = { data: { viewer: { subject: 'bootstrap' } } };
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

const send = async (init: RequestInit & { path?: string } = {}, url = app.url) => {
  const response = await fetch(`${url}${init.path ?? '/graphql'}`, init);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null };
};
const post = (headers: Record<string, string>, body = VIEWER) =>
  send({ method: 'POST', headers: { ...JSON_TYPE, ...headers }, body });
const get = (query: string, headers: Record<string, string>) =>
  send({
    path: `/graphql?query=${encodeURIComponent(query)}`,
    headers: { 'apollo-require-preflight': '1', ...headers },
  });

describe('a key', () => {
  test.each([
    ['Bearer', KEY],
    ['bearer in lower case', { authorization: `bearer ${TEST_KEY}` }],
    ['Basic with any user', basic(`analyst:${TEST_KEY}`)],
    ['Basic without a user', basic(`:${TEST_KEY}`)],
  ])('opens as %s, in POST and in GET', async (_form, headers) => {
    expect(await post(headers)).toMatchObject({ status: 200, body: ANSWER });
    expect(await get('{ viewer { subject } }', headers)).toMatchObject({ status: 200, body: ANSWER });
  });

  test.each([
    ['none', {}],
    ['an empty one', { authorization: '' }],
    ['Bearer alone', { authorization: 'Bearer ' }],
    ['a wrong one', { authorization: 'Bearer wrong-key-0123456789' }],
    ['the beginning of it', { authorization: `Bearer ${TEST_KEY.slice(0, -1)}` }],
    ['more than it', { authorization: `Bearer ${TEST_KEY}x` }],
    ['two', { authorization: `Bearer ${TEST_KEY} ${TEST_KEY}` }],
    ['another scheme', { authorization: `Digest ${TEST_KEY}` }],
    ['Basic with the key as user', basic(`${TEST_KEY}:`)],
    ['Basic without a colon', basic(TEST_KEY)],
    ['Basic that is no base64', { authorization: 'Basic %%%' }],
  ])('%s is 401 in the form of GraphQL, and says nothing of why', async (_what, headers) => {
    for (const answer of [await post(headers), await get('{ viewer { subject } }', headers)]) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/Bearer realm=.*Basic realm=/);
      expect(answer.body).toEqual({
        errors: [
          {
            message: 'A key is needed: send "Authorization: Bearer KEY", or Basic with the key as password.',
            extensions: { code: 'UNAUTHENTICATED', retryable: false, requestId: answer.headers.get('x-request-id') },
          },
        ],
      });
    }
  });

  test('is asked for before anything else is looked at', async () => {
    for (const body of ['{"query":"{ nothing }"}', '{"query":"{"}']) expect((await post({}, body)).status).toBe(401);
    const { status } = await post({}, JSON.stringify({ query: 'mutation { ingestEvents(events: []) { accepted } }' }));
    expect(status).toBe(401);
  });

  test('is asked for before a body has come', async () => {
    const call = request(`${app.url}/graphql`, {
      method: 'POST',
      headers: { ...JSON_TYPE, 'content-length': 5_000_000 },
    });
    call.write('{"query":');
    const [{ statusCode }] = (await once(call, 'response')) as [IncomingMessage];
    expect(statusCode).toBe(401);
    call.destroy();
  });
});

describe('an answer', () => {
  test('comes as the type that was asked for', async () => {
    for (const [accept, type] of [
      ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
      ['application/json', 'application/json; charset=utf-8'],
      ['*/*', 'application/json; charset=utf-8'],
      ['application/graphql-response+json, application/json;q=0.9', 'application/graphql-response+json; charset=utf-8'],
    ]) {
      const answer = await post({ ...KEY, accept: accept as string });
      expect(answer).toMatchObject({ status: 200, body: ANSWER });
      expect(answer.headers.get('content-type')).toBe(type);
    }
    expect((await post({ ...KEY, accept: 'application/xml' })).status).toBe(406);
  });

  test('of a mutation is not given to GET', async () => {
    const { status, headers } = await get('mutation { ingestEvents(events: []) { accepted } }', KEY);
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('is refused to what a page of another site could send unasked', async () => {
    const query = `/graphql?query=${encodeURIComponent('{ viewer { subject } }')}`;
    expect((await send({ path: query, headers: KEY })).status).toBe(400);
    expect(
      (await send({ method: 'POST', headers: { ...KEY, 'content-type': 'text/plain' }, body: VIEWER })).status,
    ).toBe(400);
  });

  test.each([
    ['a document that does not parse', '{"query":"{"}', 400, 'GRAPHQL_PARSE_FAILED'],
    ['a document that does not fit the schema', '{"query":"{ nothing }"}', 400, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a variable of the wrong type',
      '{"query":"query ($n: Int) { auditEvents(first: $n) { totalCount } }","variables":{"n":"x"}}',
      400,
      'BAD_USER_INPUT',
    ],
    [
      'an operation that is not in the document',
      '{"query":"query A { viewer { subject } }","operationName":"B"}',
      400,
      'BAD_USER_INPUT',
    ],
    ['no query', '{}', 400, 'BAD_USER_INPUT'],
    ['a batch', `[${VIEWER}]`, 400, 'BAD_USER_INPUT'],
    ['no JSON', '{', 400, 'BAD_USER_INPUT'],
    ['nothing', '', 400, 'BAD_USER_INPUT'],
    ['an argument out of its range', '{"query":"{ auditEvents(first: 0) { totalCount } }"}', 200, 'BAD_USER_INPUT'],
  ])('to %s has status, code and request id', async (_what, body, status, code) => {
    const answer = await post(KEY, body);
    expect(answer.status).toBe(status);
    expect(answer.body.errors[0].extensions).toMatchObject({
      code,
      retryable: false,
      requestId: answer.headers.get('x-request-id'),
    });
    expect(answer.text).not.toMatch(/stack|node_modules|\.ts:|SELECT|duckdb/i);
  });

  test('that is partial holds what could be answered', async () => {
    const { status, body } = await post(KEY, '{"query":"{ viewer { subject } auditEvents(first: 0) { totalCount } }"}');
    expect([status, body.data, body.errors.length]).toEqual([
      200,
      { viewer: { subject: 'bootstrap' }, auditEvents: null },
      1,
    ]);
  });

  test('has a request id of its own', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, async () => (await post(KEY)).headers.get('x-request-id')));
    expect(new Set(ids).size).toBe(5);
  });

  test('to what is no GraphQL is in its form all the same', async () => {
    const { status, body, headers } = await send({
      method: 'POST',
      headers: { ...KEY, 'content-type': 'application/xml' },
      body: '<a/>',
    });
    expect(status).toBe(415);
    expect(body.errors[0].extensions).toEqual({
      code: 'BAD_USER_INPUT',
      retryable: false,
      requestId: headers.get('x-request-id'),
    });
  });
});

test('liveness and readiness need no key and tell nothing; figures are for Prometheus', async () => {
  expect(await send({ path: '/healthz' })).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(await send({ path: '/readyz' })).toMatchObject({ status: 200, body: { status: 'ready' } });
  const metrics = await send({ path: '/metrics' });
  expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=/);
  for (const name of [
    'trailgate_events_accepted_total',
    'trailgate_backlog_lines',
    'trailgate_data_age_seconds',
    'process_cpu_seconds_total',
  ]) {
    expect(metrics.text).toMatch(new RegExp(`^${name} [0-9.e+-]+$`, 'm'));
  }
});

test('in development there is a page for browsers, and the schema tells of itself', async () => {
  const page = await send({ headers: { accept: 'text/html' } });
  expect([page.status, page.text.slice(0, 15)]).toEqual([200, '<!doctype html>']);
  const { body } = await post(KEY, '{"query":"{ __schema { queryType { name } } }"}');
  expect(body).toEqual({ data: { __schema: { queryType: { name: 'Query' } } } });
});

test('in production there is no page, no introspection, and no hint at names', async () => {
  const production = await startTestApp({ NODE_ENV: 'production' });
  try {
    const page = await send({ headers: { accept: 'text/html' } }, production.url);
    expect(page.status).toBeGreaterThanOrEqual(400);
    expect(page.text).not.toMatch(/<html/i);
    for (const query of ['{ __schema { queryType { name } } }', '{ __type(name: "User") { name } }']) {
      expect(await production.query(query)).toMatchObject({
        status: 400,
        errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
      });
    }
    const { text } = await production.query('{ auditEvent { id } viewr { subject } }');
    expect(text).not.toMatch(/did you mean/i);
    expect((await production.query('{ viewer { __typename subject } }')).data.viewer.subject).toBe('bootstrap');
    await production.stop();
    const shown = await startTestApp(
      { NODE_ENV: 'production', TRAILGATE_INTROSPECTION: 'true' },
      production.dataDirectory,
    );
    expect((await shown.query('{ __schema { queryType { name } } }')).status).toBe(200);
    await shown.remove();
  } finally {
    await production.remove();
  }
});

test('the first start makes a key for its owner’s eyes, and later ones keep it', async () => {
  const first = await startTestApp({ TRAILGATE_BOOTSTRAP_KEY: '' });
  const file = join(first.dataDirectory, 'bootstrap.key');
  const key = readFileSync(file, 'utf8').trim();
  try {
    expect(key).toMatch(/^tg_[\w-]{32}$/);
    for (const name of ['bootstrap.key', 'installation.key'])
      expect(statSync(join(first.dataDirectory, name)).mode & 0o777).toBe(0o600);
    expect((await first.query('{ viewer { subject } }')).status).toBe(401);
    await first.stop();
    const again = await startTestApp({ TRAILGATE_BOOTSTRAP_KEY: '' }, first.dataDirectory);
    const { data } = await again.query('{ viewer { subject } }', {}, { authorization: `Bearer ${key}` });
    expect(data.viewer.subject).toBe('bootstrap');
    await again.stop();
  } finally {
    await first.remove();
  }
});
