import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { createAuthenticate } from './access/authenticate.ts';
import { openLoading } from './app/open-loading.ts';
import { openParts } from './app/open-parts.ts';
import type { Config } from './config/config.ts';
import { AppError } from './domain/errors.ts';
import { parseMapping } from './domain/mapping-file.ts';
import { createSeal } from './domain/seal.ts';
import { createAccept } from './ingest/accept.ts';
import { createResolveIngestErrors } from './ingest/resolve-errors.ts';
import { systemClock } from './ports/clock.ts';
import { createAuditEventGroups } from './query/audit-event-groups.ts';
import { createAuditEvents } from './query/audit-events.ts';
import { createIngestErrors } from './query/ingest-errors.ts';
import { createUserActivity } from './query/user-activity.ts';
import { createUsers } from './query/users.ts';
import { createSchema } from './resolvers/build-schema.ts';
import type { Features } from './resolvers/request-context.ts';
import { startDemo } from './server/demo.ts';
import { createHttpServer } from './server/http.ts';
import { createMetrics, meterReads } from './server/metrics.ts';

export interface AppOptions {
  /** The folder of the package that holds sql/. */
  readonly packageDirectory: string;
  /** Fills an empty data directory with a month of generated activity and keeps a trickle going. */
  readonly demo?: boolean;
}

export interface App {
  /** Where it listens, once it does. Rejects when it is stopped before. */
  start(): Promise<{ readonly url: string; readonly bootstrapKey: string; readonly bootstrapKeyIsNew: boolean }>;
  /** Answers what is in flight, makes it durable, loads it, lets go of the data directory. */
  stop(): Promise<void>;
}

/** The composition root: with src/app/, the one place that knows which adapters there are. */
export async function createApp(config: Config, { packageDirectory, demo = false }: AppOptions): Promise<App> {
  const log = pino({ level: config.logLevel, redact: ['req.headers.authorization'] });
  const clock = systemClock;
  const mapping = config.mappingFile
    ? parseMapping(readFileSync(config.mappingFile, 'utf8'), config.mappingFile)
    : null;
  const metrics = createMetrics();
  const parts = await openParts({ config, sqlDirectory: join(packageDirectory, 'sql'), log, metrics });
  const { warehouse, dialect, keys } = parts;
  const { ledger, pipeline } = await openLoading({ config, parts, clock, log, metrics }).catch(async (error) => {
    await parts.close();
    throw error;
  });

  const seal = createSeal(keys.installationKey);
  const accept = createAccept({ appender: ledger, clock, mapping, pseudonymOf: seal.pseudonymOf });
  const queryDeps = (operation: string) => ({
    warehouse: meterReads(warehouse, metrics.readStatements, operation),
    freshness: pipeline.freshness,
    queryTimeoutMs: config.queryTimeoutMs,
    dialect,
    seal,
  });
  const meteredAccept: typeof accept = async (...args) => {
    const result = await accept(...args);
    metrics.accepted.inc(result.accepted);
    metrics.rejected.inc(result.rejected);
    return result;
  };
  const features: Features = {
    accept: meteredAccept,
    resolveIngestErrors: createResolveIngestErrors({ warehouse, accept: meteredAccept, clock }),
    auditEvents: createAuditEvents(queryDeps('auditEvents')),
    auditEventGroups: createAuditEventGroups(queryDeps('auditEventGroups')),
    userActivity: createUserActivity(queryDeps('userActivity')),
    users: createUsers(queryDeps('users')),
    ingestErrors: createIngestErrors(queryDeps('ingestErrors')),
    seal,
    settings: { queryTimeoutMs: config.queryTimeoutMs },
  };
  let opened = false;
  /** A stream that fails later makes nobody unready: reads would fail with it. */
  const hasOpened = (): boolean => {
    opened ||= ledger.isOpen();
    return opened;
  };
  const http = await createHttpServer({
    schema: createSchema(),
    features,
    authenticate: createAuthenticate({ bootstrapKey: keys.bootstrapKey }),
    pipeline,
    hasOpened,
    metrics,
    log,
    introspection: config.introspection,
    isProduction: config.isProduction,
  });
  let stopDemo: () => Promise<void> = async () => undefined;
  const stopping = new AbortController();
  const start = async () => {
    await ledger.open().catch((error: unknown) => {
      if (!isTemporary(error)) throw error;
      log.error(
        { err: error },
        'the stream takes nothing yet: events are refused until it does, and all else is served',
      );
    });
    ledger.start();
    pipeline.start();
    if (demo) {
      stopDemo = await startDemo({ accept, clock, log, fill: keys.isNew, signal: stopping.signal });
    }
    if (stopping.signal.aborted) throw new Error('Trailgate was stopped while it started.');
    const url = await http.listen({ host: config.host, port: config.port });
    log.info({ url, engines: enginesOf(config) }, 'serving');
    return { url, bootstrapKey: keys.bootstrapKey, bootstrapKeyIsNew: keys.bootstrapKeyIsNew };
  };
  let starting: ReturnType<App['start']> | undefined;

  return {
    start: () => {
      starting ??= start();
      return starting;
    },
    stop: async () => {
      stopping.abort();
      await starting?.catch(() => undefined);
      await stopDemo();
      await http.close();
      await ledger.close().catch((error: unknown) => log.error({ err: error }, 'the ledger could not be closed'));
      await pipeline.stop();
      await parts.close();
      log.info('stopped');
    },
  };
}

/** Not so where somebody has to change something first: the stream is missing, or may not be used. */
const isTemporary = (error: unknown): boolean =>
  error instanceof AppError && error.retryable && !(error.cause instanceof AppError && !error.cause.retryable);

const enginesOf = ({ engines }: Config) => ({
  stream: engines.stream.engine,
  warehouse: engines.warehouse.engine,
});
