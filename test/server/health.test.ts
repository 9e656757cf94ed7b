import Fastify from 'fastify';
import { registerHealth } from '../../src/server/health.ts';
import { createMetrics } from '../../src/server/metrics.ts';

async function readiness(state: {
  opened?: boolean;
  failures?: number;
  loadsFiles?: boolean;
}): Promise<[number, string]> {
  const { opened = true, failures = 0, loadsFiles = false } = state;
  const app = Fastify();
  registerHealth(app, {
    authenticate: () => {
      throw new Error('nobody');
    },
    metrics: createMetrics(),
    pipeline: {
      start: () => undefined,
      stop: async () => undefined,
      freshness: () => ({ position: { at: 0 }, dataAsOf: 0 }),
      status: async () => ({ backlog: null, dataAsOf: 0, failures, loadsFiles }),
    },
    hasOpened: () => opened,
  });
  const answer = await fetch(`${await app.listen({ host: '127.0.0.1', port: 0 })}/readyz`);
  const body = await answer.text();
  await app.close();
  return [answer.status, body];
}

test('is not ready before events have been accepted for the first time', async () => {
  expect(await readiness({ opened: false })).toEqual([503, expect.stringContaining('no events are accepted')]);
  expect(await readiness({})).toEqual([200, expect.stringContaining('ready')]);
});

test('is not ready while its own log cannot be loaded', async () => {
  expect(await readiness({ failures: 4 })).toEqual([200, expect.anything()]);
  expect(await readiness({ failures: 5 })).toEqual([
    503,
    expect.stringContaining('loading them into the warehouse fails'),
  ]);
});

test('stays ready where files cannot be loaded: no other node could, and events are still taken', async () => {
  expect(await readiness({ failures: 50, loadsFiles: true })).toEqual([200, expect.anything()]);
});
