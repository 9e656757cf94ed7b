import type { Logger } from 'pino';
import type { Coordinates } from '../domain/envelope.ts';
import { isLinePosition, toLogPosition } from '../domain/log-position.ts';
import type { Loader } from '../load/loader.ts';
import type { EventIds } from '../marts/event-ids.ts';
import type { Refresh } from '../marts/refresh.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Moment } from '../query/moment.ts';
import type { Metrics } from './metrics.ts';
import type { Turn } from './turn.ts';

export interface PipelineDeps {
  readonly loader: Loader;
  readonly refresh: Refresh;
  readonly eventIds: EventIds;
  /** The log that is loaded, and trimmed behind the loader; null where files are loaded. */
  readonly stream: EventLog | null;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** How long loaded lines of the log are kept. */
  readonly logHours: number;
  /** Whose turn it is to load, where several nodes could; null where there is one. */
  readonly turn?: Turn | null;
  /** How long to wait when nothing was there to load. */
  readonly idleMs?: number;
}

const IDLE_MS = 100;
/** A batch costs about as much for one line as for a thousand: let some gather. */
const MOST_GATHERING_MS = 400;
const MOST_BACKOFF_MS = 30_000;
/** How often a node asks whether it is its turn. */
const TURN_MS = 5_000;
const TRIM_EVERY_MS = 10_000;
const INDEX_EVERY_MS = 5_000;

/** The job that moves lines from the log into the marts, one batch after another, and lets go of old ones. */
export function createPipeline(deps: PipelineDeps) {
  const { loader, refresh, eventIds, stream, clock, metrics, log, logHours, turn = null, idleMs = IDLE_MS } = deps;
  let refreshed: Moment = { position: toLogPosition(loader.position(), 0), dataAsOf: 0 };
  let isUpToLoad = false;
  let token = 0;
  /** Others know nothing of how far it has come. */
  let isMine = turn === null;
  let failures = 0;
  let lastTrim = 0;
  let lastIndex = 0;
  let stopping = false;
  let wake: (() => void) | null = null;
  let running: Promise<void> = Promise.resolve();

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** Answers how long to wait before the next one. */
  const runOnce = async (): Promise<number> => {
    const startedAt = performance.now();
    // Who had the turn in between may have loaded without refreshing.
    if (turn && turn.token() !== token) {
      token = turn.token();
      isUpToLoad = false;
    }
    const load = await loader.loadNext();
    // Also after a failure between the two, or a stop: what was loaded is claimed now.
    if (load.changed) isUpToLoad = false;
    const report = isUpToLoad && failures === 0 ? null : await refresh.refresh();
    isUpToLoad = true;
    const { dataAsOf } = load.position;
    refreshed = { position: toLogPosition(load.position, dataAsOf), dataAsOf };
    failures = 0;
    if (load.lines > 0) {
      metrics.loaded.inc(load.lines);
      metrics.inserted.inc(report?.inserted ?? 0);
      metrics.loadSeconds.observe((performance.now() - startedAt) / 1_000);
    }
    if (stream && isLinePosition(refreshed.position)) await trim(stream, refreshed.position);
    await indexIds();
    if (!load.caughtUp) return 0;
    return !load.changed ? idleMs : Math.min(MOST_GATHERING_MS, Math.max(IDLE_MS, 2 * (performance.now() - startedAt)));
  };

  const trim = async (loaded: EventLog, { epoch, seq }: Coordinates): Promise<void> => {
    const now = clock.now();
    const { bytes, trimAboveBytes } = await loaded.usage();
    metrics.logBytes.set(bytes);
    if (now - lastTrim < TRIM_EVERY_MS && bytes <= trimAboveBytes) return;
    lastTrim = now;
    const limits = { epoch, throughSeq: seq, keepReceivedAfter: now - logHours * 3_600_000 };
    while ((await loaded.trim(limits)) > 0 && !stopping);
  };

  const indexIds = async (): Promise<void> => {
    if (clock.now() - lastIndex < INDEX_EVERY_MS || stopping) return;
    // While runs are behind, one a batch; then a look now and then.
    if (!(await eventIds.writeRun())) lastIndex = clock.now();
  };

  const run = async (): Promise<void> => {
    while (!stopping) {
      let waitMs: number;
      try {
        isMine = turn === null || (await turn.isMine());
        waitMs = isMine ? await runOnce() : TURN_MS;
      } catch (error) {
        failures += 1;
        metrics.failures.inc();
        waitMs = Math.min(MOST_BACKOFF_MS, 250 * 2 ** Math.min(failures, 10));
        log.error({ err: error, failures, retryInMs: waitMs }, 'loading failed; it is tried again');
      }
      if (!stopping) await pause(waitMs);
    }
  };

  return {
    start: (): void => {
      running = run();
    },
    /** Finishes the batch in hand, then what is still in the log if it can. Files stay where they are. */
    stop: async (): Promise<void> => {
      stopping = true;
      wake?.();
      await running;
      if (!stream) {
        await turn?.giveUp().catch((error: unknown) => log.warn({ err: error }, 'the turn was not given back'));
        return;
      }
      try {
        while ((await runOnce()) === 0);
      } catch (error) {
        log.error({ err: error }, 'the last load failed; the next start goes on from there');
      }
    },
    freshness: (): Moment => refreshed,
    status: async () => {
      const backlog =
        stream && isLinePosition(refreshed.position) ? await countBehind(stream, refreshed.position) : null;
      if (backlog !== null) metrics.backlog.set(backlog);
      const isKnown = isMine && refreshed.dataAsOf > 0;
      metrics.dataAge.set(isKnown ? Math.max(0, clock.now() - refreshed.dataAsOf) / 1_000 : Number.NaN);
      return { backlog, dataAsOf: refreshed.dataAsOf, failures, loadsFiles: stream === null };
    },
  };
}

export type Pipeline = ReturnType<typeof createPipeline>;

/** Lines of the log behind a position, in its epoch and the later ones. */
async function countBehind(stream: EventLog, { epoch, seq }: Coordinates): Promise<number> {
  const head = await stream.head();
  const present = { epoch: head.epoch, firstSeq: 1, lastSeq: head.seq };
  const epochs = epoch === head.epoch ? [present] : [...(await stream.formerEpochs()), present];
  return epochs
    .filter((range) => range.epoch >= epoch)
    .reduce((sum, range) => sum + Math.max(0, range.lastSeq - (range.epoch === epoch ? seq : range.firstSeq - 1)), 0);
}
