import { backoffMs, retryAfterMs } from '../../../src/cli/import/backoff.ts';
import { type PreparedEvent, prepare } from '../../../src/cli/import/batch.ts';
import { createDelivery } from '../../../src/cli/import/deliver.ts';
import { createGateway } from '../../../src/cli/import/gateway.ts';
import { answer, hangUp, refusal, StandInGateway, status } from '../stand-in-gateway.ts';

const gateway = new StandInGateway();
let url = '';
let waits: number[] = [];
let reasons: string[] = [];

beforeAll(async () => {
  url = await gateway.start();
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.stored.clear();
  gateway.requests.length = 0;
  gateway.troubles = [];
  gateway.judge = () => undefined;
  waits = [];
  reasons = [];
});

const anEvent = (eventId: string): PreparedEvent =>
  prepare(
    { eventId, timestamp: '2024-03-20T14:30:00Z', eventType: 'LOGIN', action: 'LOGIN', userId: 'usr-1' },
    { file: 'x.json', line: 1, at: '' },
  );
const events = ['a', 'b', 'c', 'd'].map(anEvent);

const delivery = ({ key = 'tg_key', at = url, maxRetries = 4 } = {}) => {
  const deliver = createDelivery({
    post: createGateway({ url: at, key, clock: { now: () => Date.UTC(2024, 2, 20) } }),
    sleep: async (ms) => void waits.push(ms),
    random: () => 0.5,
    maxRetries,
    onRetry: ({ reason }) => reasons.push(reason),
  });
  return (batch = events) => deliver(batch, new AbortController().signal);
};

const sentIds = () => gateway.requests.map(({ events: sent }) => sent.map(({ eventId }) => eventId).join(''));

describe('a delivery', () => {
  test('sends to /graphql with the key, whether the URL says it or not', async () => {
    await delivery()();
    await delivery({ at: `${url}/graphql` })();
    expect(gateway.requests.map(({ path }) => path)).toEqual(['/graphql', '/graphql']);
    expect(gateway.requests[0]?.authorization).toBe('Bearer tg_key');
    expect(gateway.stored.size).toBe(4);
  });

  test.each([
    ['429', status(429)],
    ['502 of a proxy', status(502, {}, '<html>')],
    ['503', status(503, {}, refusal('STREAM_UNAVAILABLE', 'the log is full', true))],
    ['a retryable error under 200', status(200, {}, refusal('STREAM_UNAVAILABLE', 'the log is full', true))],
    ['a broken connection', hangUp],
  ])('tries again after %s', async (_what, trouble) => {
    gateway.troubles = [trouble, trouble];
    expect(await delivery()()).toEqual([]);
    expect(sentIds()).toEqual(['abcd', 'abcd', 'abcd']);
    expect(waits).toHaveLength(2);
    expect(gateway.stored.size).toBe(4);
  });

  test('waits as long as Retry-After or retryAfterMs asks, and longer each time', async () => {
    const busy = refusal('RATE_LIMITED', 'slow down', true, 2_000);
    gateway.troubles = [status(429, { 'retry-after': '7' }), status(429, {}, busy), status(503), status(503)];
    await delivery()();
    const [asked = 0, askedInBody = 0, third = 0, fourth = 0] = waits;
    expect(asked).toBeGreaterThanOrEqual(7_000);
    expect(askedInBody).toBeGreaterThanOrEqual(2_000);
    expect(fourth).toBe(third * 2);
    expect(reasons[1]).toBe('RATE_LIMITED: slow down');
  });

  test('sends again only the events whose rejection is retryable, and gives every index as it was', async () => {
    const tries = new Map<string, number>();
    gateway.judge = ({ eventId }) => {
      tries.set(eventId, (tries.get(eventId) ?? 0) + 1);
      if (eventId === 'b') return { code: 'INVALID_EVENT', retryable: false };
      if (eventId === 'c' && tries.get('c') === 1) return { code: 'STREAM_UNAVAILABLE', retryable: true };
      if (eventId === 'd' && tries.get('d') === 1) return { code: 'STREAM_UNAVAILABLE', retryable: true };
      return eventId === 'd' ? { code: 'FORBIDDEN_SOURCE', retryable: false } : undefined;
    };
    const rejections = await delivery()();
    expect(sentIds()).toEqual(['abcd', 'cd']);
    expect(rejections.map(({ index, code }) => [index, code])).toEqual([
      [1, 'INVALID_EVENT'],
      [3, 'FORBIDDEN_SOURCE'],
    ]);
  });

  test('gives up after a bounded number of retries, and says why', async () => {
    gateway.troubles = Array(20).fill(status(503, {}, refusal('STREAM_UNAVAILABLE', 'the log is full', true)));
    await expect(delivery({ maxRetries: 3 })()).rejects.toThrow(/gave up after 3 retries.*the log is full/);
    expect(gateway.requests).toHaveLength(4);
  });

  test('counts retries anew while events get through', async () => {
    let round = 0;
    gateway.judge = ({ eventId }) => {
      if (eventId === 'a') round += 1;
      return 'abcd'.indexOf(eventId) < 4 - round ? { code: 'STREAM_UNAVAILABLE', retryable: true } : undefined;
    };
    expect(await delivery({ maxRetries: 1 })()).toEqual([]);
    expect(sentIds()).toEqual(['abcd', 'abc', 'ab', 'a']);
  });

  test.each([
    ['a wrong key', { key: 'wrong' }, undefined, /unknown key/],
    ['a redirect', {}, status(308, { location: 'https://elsewhere.example/' }), /redirects to https:\/\/elsewhere/],
    ['an answer that is no GraphQL', {}, status(200, {}, '<html>hello'), /is the URL right/],
    [
      'an answer that forgets events',
      {},
      status(200, {}, { data: { ingestEvents: { accepted: 1, rejected: 0, rejections: [] } } }),
      /account for/,
    ],
    [
      'an error that is not retryable',
      {},
      status(500, {}, refusal('INTERNAL_SERVER_ERROR', 'broken', false)),
      /broken/,
    ],
  ])('never tries again after %s', async (_what, options, trouble, reason) => {
    gateway.troubles = trouble ? [trouble] : [];
    await expect(delivery(options)()).rejects.toThrow(reason);
    expect(gateway.requests).toHaveLength(1);
    expect(waits).toEqual([]);
  });

  test('says why a gateway cannot be reached', async () => {
    const gone = new StandInGateway();
    const at = await gone.start();
    await gone.stop();
    await expect(delivery({ at, maxRetries: 1 })()).rejects.toThrow(/cannot be reached: .*ECONNREFUSED/);
  });

  test('halves a request that a proxy finds too large, down to the event that is', async () => {
    gateway.troubles = Array(20).fill(
      (response: Parameters<typeof answer>[0], sent: readonly { eventId: string }[]) => {
        if (!sent.some(({ eventId }) => eventId === 'c')) return false;
        answer(response, 413, 'too large');
        return true;
      },
    );
    const rejections = await delivery()();
    expect(rejections).toEqual([expect.objectContaining({ index: 2, code: 'EVENT_TOO_LARGE' })]);
    expect(gateway.stored.size).toBe(3);
  });

  test('ends at once when the import ends', async () => {
    const ending = new AbortController();
    gateway.troubles = [status(503)];
    const deliver = createDelivery({
      post: createGateway({ url, key: 'tg_key', clock: { now: () => 0 } }),
      sleep: async () => ending.abort(new Error('interrupted')),
      random: () => 0,
    });
    await expect(deliver(events, ending.signal)).rejects.toThrow(/interrupted/);
    expect(gateway.requests).toHaveLength(1);
  });
});

describe('the wait before a retry', () => {
  test('doubles up to 30 s and lies between half and all of that', () => {
    const waitsAt = (random: number) => [0, 1, 2, 20].map((retry) => backoffMs({ retry, random: () => random }));
    expect(waitsAt(0)).toEqual([250, 500, 1_000, 15_000]);
    expect(waitsAt(1)).toEqual([500, 1_000, 2_000, 30_000]);
  });

  test('follows the server up to two minutes', () => {
    expect(backoffMs({ retry: 0, retryAfterMs: 5_000, random: () => 0 })).toBeGreaterThanOrEqual(5_000);
    expect(backoffMs({ retry: 0, retryAfterMs: 86_400_000, random: () => 1 })).toBeLessThan(121_000);
  });

  test('reads Retry-After as seconds and as a date', () => {
    const now = Date.UTC(2024, 2, 20, 14, 30, 0);
    expect(retryAfterMs('3', now)).toBe(3_000);
    expect(retryAfterMs('Wed, 20 Mar 2024 14:30:09 GMT', now)).toBe(9_000);
    expect(retryAfterMs('Wed, 20 Mar 2024 14:00:00 GMT', now)).toBe(0);
    expect(retryAfterMs('soon', now)).toBeUndefined();
    expect(retryAfterMs(null, now)).toBeUndefined();
  });
});
