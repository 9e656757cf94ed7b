import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Authenticate } from '../access/authenticate.ts';
import { LIMITS } from '../domain/audit-event.ts';
import { AppError } from '../domain/errors.ts';
import { createLoaders } from '../resolvers/loaders.ts';
import { createPageRows } from '../resolvers/page-rows.ts';
import type { Features, RequestContext } from '../resolvers/request-context.ts';
import { createSentEvents } from '../resolvers/sent-events.ts';
import { errorPlugin } from './error-plugin.ts';
import { createDocumentStore, createExecutor, createGateway } from './execution/index.ts';
import { registerGraphqlPage } from './graphql-page.ts';
import { registerHealth } from './health.ts';
import type { Metrics } from './metrics.ts';
import type { Pipeline } from './pipeline.ts';
import { createFormatError } from './to-graphql-error.ts';

/** A request that has not arrived whole by then is given up; Fastify alone would hold it for ever. */
const MOST_ARRIVING_MS = 120_000;

export interface HttpDeps {
  readonly schema: GraphQLSchema;
  readonly features: Features;
  readonly authenticate: Authenticate;
  readonly pipeline: Pipeline;
  /** False until events are accepted for the first time. */
  readonly hasOpened: () => boolean;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly introspection: boolean;
  readonly isProduction: boolean;
}

export interface HttpServer {
  listen(address: { readonly host: string; readonly port: number }): Promise<string>;
  /** Answers what is in flight, takes nothing new. */
  close(): Promise<void>;
}

/** Everything that comes in over HTTP: the API, the GraphQL page, health and figures. It listens when it is told to. */
export async function createHttpServer(deps: HttpDeps): Promise<HttpServer> {
  const { schema, features, authenticate, log, introspection, isProduction } = deps;
  const app = Fastify({
    // As Fastify's own type: pino's would go into the type of everything that is registered.
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: LIMITS.maxRequestBytes,
    // A key `__proto__` is one event's fault, found by ingest; Fastify would refuse the whole request.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    requestTimeout: MOST_ARRIVING_MS,
  });
  const executor = createExecutor({
    schema,
    onCompile: (event) => {
      if (event.outcome === 'failed')
        log.warn({ err: event.error }, 'an operation could not be compiled; it stays interpreted');
    },
  });
  const graceMs = features.settings.queryTimeoutMs + BEYOND_QUERY_MS;
  const apollo = new ApolloServer<RequestContext>({
    gateway: createGateway(executor, schema),
    documentStore: createDocumentStore(),
    introspection,
    hideSchemaDetailsFromClientErrors: isProduction,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    nodeEnv: isProduction ? 'production' : 'development',
    logger: log,
    formatError: createFormatError({
      onHidden: (error) => log.error({ err: error }, 'an error was hidden from a caller'),
    }),
    plugins: [
      errorPlugin,
      // Apollo's own page would come from its servers.
      ApolloServerPluginLandingPageDisabled(),
      drainPlugin(app, graceMs),
      ApolloServerPluginDrainHttpServer({ httpServer: app.server, stopGracePeriodMillis: graceMs }),
    ],
  });
  await apollo.start();

  const createContext = async (request: FastifyRequest, reply: FastifyReply): Promise<RequestContext> => {
    const caller = authenticate(request.headers.authorization);
    const left = new AbortController();
    // Every listing of the request listens, aliases included.
    setMaxListeners(0, left.signal);
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) left.abort();
    });
    return {
      caller,
      requestId: request.id,
      trace: traceOf(request),
      signal: left.signal,
      features,
      loaders: createLoaders(caller, features),
      pageRows: createPageRows(),
      sentEvents: createSentEvents(),
    };
  };

  app.setErrorHandler(answerError);
  app.addHook('onSend', async (request, reply, payload) => {
    reply.header('x-request-id', request.id);
    return reply.statusCode < 400 ? payload : withRequestId(payload, request.id);
  });
  await registerGraphqlPage(app, { path: '/graphql', enabled: introspection });
  app.route({
    url: '/graphql',
    method: ['GET', 'POST', 'OPTIONS'],
    // Before a body is read: without a key nobody fills memory with one.
    onRequest: async ({ headers }, reply) => refuseStranger(authenticate, headers.authorization, reply),
    handler: fastifyApolloHandler(apollo, { context: createContext }),
  });
  registerHealth(app, deps);

  return {
    listen: (address) => app.listen(address),
    close: async () => {
      await apollo.stop();
      await app.close();
    },
  };
}

/** For what comes with a query, at a stop: its body, its answer. */
const BEYOND_QUERY_MS = 5_000;

/** A query in flight may take its whole time; a connection that holds out longer is cut, so that a stop ends. */
const drainPlugin = (app: FastifyInstance, graceMs: number): ApolloServerPlugin<RequestContext> => ({
  serverWillStart: async () => ({
    drainServer: async () => {
      const timer = setTimeout(() => app.server.closeAllConnections(), graceMs);
      await app.close();
      clearTimeout(timer);
    },
  }),
});

/** Of what Apollo refuses before a request begins, such as a missing key, no plugin hears. */
function withRequestId(payload: unknown, requestId: string): unknown {
  if (typeof payload !== 'string' || !payload.startsWith('{"errors":')) return payload;
  const { errors, ...rest } = JSON.parse(payload) as { errors: { extensions?: object }[] };
  const named = errors.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } }));
  return JSON.stringify({ errors: named, ...rest });
}

/** Answers 401 in the form of GraphQL to who brings no key. */
function refuseStranger(authenticate: Authenticate, authorization: string | undefined, reply: FastifyReply) {
  try {
    authenticate(authorization);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { message, code, retryable } = error;
    return reply
      .code(401)
      .header('www-authenticate', 'Bearer realm="trailgate", Basic realm="trailgate"')
      .send({ errors: [{ message, extensions: { code, retryable } }] });
  }
}

const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

function traceOf({ headers }: FastifyRequest): string | null {
  const { traceparent } = headers;
  return typeof traceparent === 'string' && TRACE_PARENT.test(traceparent) ? traceparent : null;
}

/** What fails before GraphQL sees it, in the same form. */
function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 500;
  const tooLarge = status === 413;
  if (status >= 500) request.log.error({ err: error }, 'a request failed');
  const message = tooLarge
    ? `The request is larger than ${LIMITS.maxRequestBytes} bytes (settings.maxRequestBytes). Send its events in several requests.`
    : status >= 500
      ? 'The gateway failed at this. Its log has more under the requestId.'
      : error.message;
  const code = tooLarge ? 'TOO_COSTLY' : status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_USER_INPUT';
  void reply
    .code(status)
    .send({ errors: [{ message, extensions: { code, retryable: false, requestId: request.id } }] });
}
