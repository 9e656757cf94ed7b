// One of three servers for bench/ingest.mjs, all before the same kind of log and waiting for its sync:
//   gateway: Trailgate's HTTP server, without loader and refresh, so that ingest alone is measured
//   append:  a bare Fastify endpoint that parses the same JSON and appends each event as it came
//   checked: a bare Fastify endpoint that also checks, normalises, hashes and wraps, as the gateway does

import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import Fastify from 'fastify';
import { pino } from 'pino';
import { createAuthenticate } from '../dist/access/authenticate.js';
import { createLmdbEventLog } from '../dist/adapters/event-stream/lmdb-event-log.js';
import { LIMITS } from '../dist/domain/audit-event.js';
import { EVERY_ROW, ROLES } from '../dist/domain/caller.js';
import { createSeal } from '../dist/domain/seal.js';
import { createAccept } from '../dist/ingest/accept.js';
import { createAppender } from '../dist/ingest/appender.js';
import { systemClock } from '../dist/ports/clock.js';
import { createSchema } from '../dist/resolvers/build-schema.js';
import { createHttpServer } from '../dist/server/http.js';
import { createMetrics } from '../dist/server/metrics.js';

const { values } = parseArgs({
  options: { kind: { type: 'string' }, data: { type: 'string' }, key: { type: 'string' } },
});
const caller = { subject: 'bootstrap', roles: ROLES, scope: EVERY_ROW, masks: new Set() };
mkdirSync(values.data, { recursive: true });
const stream = createLmdbEventLog({ path: values.data, limitBytes: 50 * 2 ** 30 });
const appender = await createAppender({ stream, clock: systemClock });
const { pseudonymOf } = createSeal(randomBytes(32));
const accept = createAccept({ appender, clock: systemClock, mapping: null, pseudonymOf });

const answer = (accepted, receivedAt) => ({
  data: { ingestEvents: { accepted, rejected: 0, receivedAt: new Date(receivedAt).toISOString() } },
});

const handlers = {
  append: async ({ body }) => {
    const { events } = body.variables;
    const drafts = events.map((event) => ({
      kind: 'EVENT',
      origin: 'API',
      ingestedBy: 'bench',
      trace: null,
      body: `"event":${JSON.stringify(event)}`,
    }));
    const { receivedAt } = await appender.append(drafts);
    return answer(events.length, receivedAt);
  },
  checked: async ({ body }) => {
    const { accepted, receivedAt } = await accept(caller, body.variables.events);
    return answer(accepted, receivedAt);
  },
};

async function createBare(handler) {
  const app = Fastify({
    bodyLimit: LIMITS.maxRequestBytes,
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
  });
  app.post('/graphql', handler);
  return app;
}

async function createGateway() {
  const metrics = createMetrics();
  return createHttpServer({
    schema: createSchema(),
    features: {
      settings: { queryTimeoutMs: 30_000 },
      accept: async (...args) => {
        const result = await accept(...args);
        metrics.accepted.inc(result.accepted);
        metrics.rejected.inc(result.rejected);
        return result;
      },
    },
    authenticate: createAuthenticate({ bootstrapKey: values.key }),
    pipeline: { status: async () => ({ backlog: 0, dataAsOf: 0, failures: 0 }) },
    metrics,
    log: pino({ level: 'warn' }),
    introspection: true,
    isProduction: process.env.NODE_ENV === 'production',
  });
}

const server = await (values.kind === 'gateway' ? createGateway() : createBare(handlers[values.kind]));
const url = await server.listen({ host: '127.0.0.1', port: 0 });

const stop = async () => {
  await server.close();
  await appender.drain();
  await stream.close();
  process.exit(0);
};
process.on('SIGTERM', stop);
process.on('disconnect', stop);
process.on('message', () => process.send(process.cpuUsage()));
process.send({ url });
