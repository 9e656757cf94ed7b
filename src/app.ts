import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { createAuthenticate } from './access/authenticate.ts';
import { openDataDirectory } from './adapters/data-directory/data-directory.ts';
import { createLmdbEventLog } from './adapters/event-stream/lmdb-event-log.ts';
import { openDuckdb } from './adapters/warehouse/open-duckdb.ts';
import type { Config } from './config/config.ts';
import { parseMapping } from './domain/mapping-file.ts';
import { createSeal } from './domain/seal.ts';
import { createAccept } from './ingest/accept.ts';
import { createAppender } from './ingest/appender.ts';
import { createResolveIngestErrors } from './ingest/resolve-errors.ts';
import { createLoader } from './load/loader.ts';
import { reconcile } from './load/reconcile.ts';
import { createEventIds } from './marts/event-ids.ts';
import { createRefresh } from './marts/refresh.ts';
import { ensureTimeZone } from './marts/time-zone.ts';
import { systemClock } from './ports/clock.ts';
import { createAuditEventGroups } from './query/audit-event-groups.ts';
import { createAuditEvents } from './query/audit-events.ts';
import { createIngestErrors } from './query/ingest-errors.ts';
import type { QueryDeps } from './query/moment.ts';
import { createUserActivity } from './query/user-activity.ts';
import { createUsers } from './query/users.ts';
import { createSchema } from './resolvers/build-schema.ts';
import type { Features } from './resolvers/request-context.ts';
import { startDemo } from './server/demo.ts';
import { createHttpServer } from './server/http.ts';
import { createMetrics, meterReads } from './server/metrics.ts';
import { createPipeline } from './server/pipeline.ts';

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

/** The composition root: the one place that knows which adapters there are. */
export async function createApp(config: Config, { packageDirectory, demo = false }: AppOptions): Promise<App> {
  const log = pino({ level: config.logLevel, redact: ['req.headers.authorization'] });
  const clock = systemClock;
  const mapping = config.mappingFile
    ? parseMapping(readFileSync(config.mappingFile, 'utf8'), config.mappingFile)
    : null;
  const directory = openDataDirectory(config.dataDirectory, config.bootstrapKey);
  const stream = createLmdbEventLog({ path: directory.logPath, limitBytes: config.logMaxBytes });
  const { warehouse, sql, migrations } = await openDuckdb({
    path: directory.warehousePath,
    temporaryDirectory: directory.temporaryPath,
    threads: config.duckdbThreads,
    memoryLimitMiB: config.duckdbMemoryMiB,
    readers: 3,
    sqlDirectory: join(packageDirectory, 'sql'),
    timeZone: config.timeZone,
    now: clock.now,
  });
  if (migrations.applied.length > 0) log.info({ migrations: migrations.applied }, 'the schema was brought up to date');

  const seal = createSeal(directory.installationKey);
  const metrics = createMetrics();
  const { position, discrepancy } = await reconcile({ stream, warehouse }, clock.now());
  if (discrepancy) log.error(discrepancy, 'the log and the warehouse do not belong together');
  const refresh = createRefresh({ warehouse, sql, clock });
  await ensureTimeZone({ warehouse, refresh }, config.timeZone);
  const eventIds = createEventIds({ warehouse, sql: sql.eventIds, clock });
  const appender = await createAppender({ stream, clock, notBefore: position.dataAsOf });
  const loader = createLoader(
    { stream, warehouse, sql: sql.load, clock, settledBefore: appender.settledBefore },
    position,
  );
  const pipeline = createPipeline({
    loader,
    refresh,
    eventIds,
    stream,
    clock,
    metrics,
    log,
    logHours: config.logHours,
  });

  const accept = createAccept({ appender, clock, mapping, pseudonymOf: seal.pseudonymOf });
  const queryDeps: QueryDeps & { seal: typeof seal } = {
    warehouse: meterReads(warehouse, metrics.readStatements),
    freshness: pipeline.freshness,
    queryTimeoutMs: config.queryTimeoutMs,
    seal,
  };
  const meteredAccept: typeof accept = async (...args) => {
    const result = await accept(...args);
    metrics.accepted.inc(result.accepted);
    metrics.rejected.inc(result.rejected);
    return result;
  };
  const features: Features = {
    accept: meteredAccept,
    resolveIngestErrors: createResolveIngestErrors({ warehouse, accept: meteredAccept, clock }),
    auditEvents: createAuditEvents(queryDeps),
    auditEventGroups: createAuditEventGroups(queryDeps),
    userActivity: createUserActivity(queryDeps),
    users: createUsers(queryDeps),
    ingestErrors: createIngestErrors(queryDeps),
    seal,
    settings: { queryTimeoutMs: config.queryTimeoutMs },
  };
  const http = await createHttpServer({
    schema: createSchema(),
    features,
    authenticate: createAuthenticate({ bootstrapKey: directory.bootstrapKey }),
    pipeline,
    metrics,
    log,
    introspection: config.introspection,
    isProduction: config.isProduction,
  });
  let stopDemo: () => Promise<void> = async () => undefined;
  const stopping = new AbortController();
  const start = async () => {
    pipeline.start();
    if (demo) {
      stopDemo = await startDemo({ accept, clock, log, fill: directory.isNew, signal: stopping.signal });
    }
    if (stopping.signal.aborted) throw new Error('Trailgate was stopped while it started.');
    const url = await http.listen({ host: config.host, port: config.port });
    log.info({ url, dataDirectory: config.dataDirectory }, 'serving');
    return { url, bootstrapKey: directory.bootstrapKey, bootstrapKeyIsNew: directory.bootstrapKeyIsNew };
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
      await appender.drain();
      await pipeline.stop();
      await warehouse.close();
      await stream.close();
      directory.release();
      log.info('stopped');
    },
  };
}
