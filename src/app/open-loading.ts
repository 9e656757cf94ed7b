import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { createAppender } from '../ingest/appender.ts';
import { createBucketAppender } from '../ingest/bucket-appender.ts';
import { createLedger, type Ledger } from '../ingest/ledger.ts';
import { makeNodeName } from '../ingest/ledger-node.ts';
import { createLandedLoader } from '../load/landed-loader.ts';
import { createLoader } from '../load/loader.ts';
import { reconcile } from '../load/reconcile.ts';
import { createEventIds } from '../marts/event-ids.ts';
import { createRefresh } from '../marts/refresh.ts';
import { ensureTimeZone } from '../marts/time-zone.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Metrics } from '../server/metrics.ts';
import { createPipeline, type Pipeline } from '../server/pipeline.ts';
import { createTurn } from '../server/turn.ts';
import type { Parts } from './open-parts.ts';

export interface Loading {
  /** Takes lines in, once it is open. */
  readonly ledger: Ledger;
  /** Brings them into the marts. */
  readonly pipeline: Pipeline;
}

interface OpenLoadingOptions {
  readonly config: Config;
  readonly parts: Parts;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** The log's own loader sees by itself that nothing arrives: see Ledger. */
const LOG_IDLE_MS = 10_000;
/** Files come every minute at best, and asking costs a call. */
const LANDING_IDLE_MS = 2_000;

/** The way in and the way on, for the embedded log or for a stream whose lines land as files. */
export async function openLoading({ config, parts, clock, log, metrics }: OpenLoadingOptions): Promise<Loading> {
  const { warehouse, sql, eventLog } = parts;
  const refresh = createRefresh({ warehouse, sql, clock });
  await ensureTimeZone({ warehouse, refresh }, config.timeZone);
  const eventIds = createEventIds({ warehouse, sql: sql.eventIds, clock });
  const common = { refresh, eventIds, clock, metrics, log, logHours: config.logHours };
  const onFailure = (error: unknown): void => log.warn({ err: error }, 'a ledger line could not be written yet');
  return eventLog
    ? openLog(eventLog, { parts, clock, log, common, onFailure })
    : openLanded({ parts, clock, log, common, onFailure });
}

interface Opening {
  readonly parts: Parts;
  readonly clock: Clock;
  readonly log: Logger;
  readonly common: Omit<Parameters<typeof createPipeline>[0], 'loader' | 'stream'>;
  readonly onFailure: (error: unknown) => void;
}

async function openLog(stream: EventLog, { parts, clock, log, common, onFailure }: Opening): Promise<Loading> {
  const { warehouse, sql } = parts;
  const { position, discrepancy } = await reconcile({ stream, warehouse }, clock.now());
  if (discrepancy) log.error(discrepancy, 'the log and the warehouse do not belong together');
  const appender = await createAppender({ stream, clock, notBefore: position.dataAsOf });
  const ledger = createLedger({ appender, clock, idleMs: LOG_IDLE_MS, isNeeded: false, onFailure });
  const loader = createLoader(
    { stream, warehouse, sql: sql.load, clock, settledBefore: appender.settledBefore },
    position,
  );
  return { ledger, pipeline: createPipeline({ ...common, loader, stream }) };
}

async function openLanded({ parts, clock, log, common, onFailure }: Opening): Promise<Loading> {
  const { stream, warehouse, sql, landing, control } = parts;
  if (!landing) throw new Error('a stream without a landing cannot be loaded');
  const node = makeNodeName();
  const ledger = createLedger({
    appender: createBucketAppender({ stream, clock, node }),
    clock,
    isNeeded: true,
    onFailure,
  });
  const loader = await createLandedLoader({ landing, warehouse, sql, clock });
  const turn = control && createTurn({ control, name: 'load', holder: node, clock, log });
  return { ledger, pipeline: createPipeline({ ...common, loader, stream: null, turn, idleMs: LANDING_IDLE_MS }) };
}
