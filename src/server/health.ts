import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authenticate } from '../access/authenticate.ts';
import type { Metrics } from './metrics.ts';
import type { Pipeline } from './pipeline.ts';

export interface HealthDeps {
  readonly authenticate: Authenticate;
  readonly metrics: Metrics;
  readonly pipeline: Pipeline;
  readonly hasOpened: () => boolean;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
/**
 * After so many failures in a row the marts no longer follow, and the log fills up. Where files are loaded no node is
 * better than another: a scheduler that replaced them all would end what is still taken in.
 */
const UNREADY_AFTER_FAILURES = 5;

/** Liveness, readiness and Prometheus. The first two say nothing that needs a key; figures need one, but for loopback. */
export function registerHealth(app: FastifyInstance, { authenticate, metrics, pipeline, hasOpened }: HealthDeps): void {
  app.get('/healthz', async () => ({ status: 'ok' }));

  app.get('/readyz', async (_request, reply) => {
    const notReady = (reason: string) => reply.code(503).send({ status: 'not ready', reason });
    if (!hasOpened()) return notReady('the stream has taken nothing yet, so that no events are accepted');
    const { failures, loadsFiles } = await pipeline.status();
    if (loadsFiles || failures < UNREADY_AFTER_FAILURES) return { status: 'ready' };
    return notReady('events are accepted, but loading them into the warehouse fails');
  });

  app.get('/metrics', async (request, reply) => {
    if (!mayRead(authenticate, request))
      return reply.code(401).header('www-authenticate', 'Bearer realm="trailgate"').send('A key is needed.\n');
    await pipeline.status();
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

function mayRead(authenticate: Authenticate, request: FastifyRequest): boolean {
  if (LOOPBACK.has(request.socket.remoteAddress ?? '')) return true;
  try {
    authenticate(request.headers.authorization);
    return true;
  } catch {
    return false;
  }
}
