import { AppError } from '../domain/errors.ts';
import type { LedgerState } from '../domain/ledger.ts';
import type { Clock } from '../ports/clock.ts';
import type { Appender, AppenderOptions, LedgeredAppender } from './appender.ts';
import { systemTimers, type Timers } from './timers.ts';

export interface LedgerDeps {
  readonly appender: LedgeredAppender;
  readonly clock: Clock;
  readonly timers?: Timers;
  /** How often a ledger line is written while lines are. */
  readonly everyMs?: number;
  /**
   * And while none are. Where files land it is as often, as nothing else says that nothing is missing. In the embedded log
   * it is 10 s: its loader sees for itself that nothing arrives, and a commit and a load each second for that would cost
   * more than they tell.
   */
  readonly idleMs?: number;
  /**
   * True where a loader goes by these lines: nothing is accepted before OPEN is durable in every bucket, at the start and
   * after 45 s in which the stream took nothing, and `close` says when CLOSED is not. False for the embedded log,
   * which must start when it is full, to be loaded and trimmed.
   */
  readonly isNeeded: boolean;
  /** Told of lines that could not be written; they are written later. */
  readonly onFailure: (error: unknown) => void;
}

/** An appender that keeps its ledger: OPEN before the first line, LIVE while it runs, CLOSED behind the last. */
export interface Ledger extends Appender {
  /**
   * Lines may be appended once this has resolved. After it has failed it may be called again; or else `tick` opens.
   * @throws AppError STREAM_UNAVAILABLE
   */
  open(options?: AppenderOptions): Promise<void>;
  /** Whether lines may be appended. */
  isOpen(): boolean;
  /** Calls `tick` every second until `close`. */
  start(): void;
  /** Writes the ledger lines that are due. */
  tick(): Promise<void>;
  /** Takes no more lines, waits for those it has, and closes the ledger. It may be opened again. */
  close(options?: AppenderOptions): Promise<void>;
}

const EVERY_MS = 1_000;
const CLOSE_MS = 10_000;
const CLOSE_ATTEMPTS = 3;
/**
 * A loader waits a minute for a node that says nothing (load/watermark.ts) and then goes by it. What was appended until
 * here is durable or refused before that; what comes later needs a node that every bucket knows of again.
 */
const LAPSES_MS = 45_000;

export function createLedger(deps: LedgerDeps): Ledger {
  const { appender, clock, timers = systemTimers, everyMs = EVERY_MS, idleMs = everyMs, isNeeded, onFailure } = deps;
  let isWanted = false;
  let isOpen = false;
  let isTold = false;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let interval: NodeJS.Timeout | undefined;

  /** One change after another: an invocation that went to sleep while it closed goes on with that first. */
  let lastTurn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lastTurn.then(work);
    lastTurn = turn.catch(() => undefined);
    return turn;
  };

  const write = async (state: LedgerState, options: AppenderOptions): Promise<void> => {
    writtenAt = timers.now();
    await appender.writeLedger(state, options);
    isTold = state !== 'CLOSED';
  };

  const writeClosed = async (until: number): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // The next one tells which numbers of this one were refused.
        return await write('CLOSED', { until });
      } catch (error) {
        if (attempt === CLOSE_ATTEMPTS || clock.now() >= until) throw error;
      }
    }
  };

  /** Looks whether it has lapsed: then it is opened anew, which one durable line does not do. */
  const mayAppend = (): boolean => {
    const newest = isNeeded ? appender.newestDurableAt?.() : undefined;
    if (newest !== undefined && clock.now() - newest > LAPSES_MS) isOpen = false;
    return isOpen;
  };

  const isDue = (): boolean => {
    // A timer may ring a little early.
    const elapsed = timers.now() - writtenAt + everyMs / 10;
    return elapsed >= (appender.linesSinceLedger() > 0 ? everyMs : idleMs);
  };

  let ticking = false;
  const tick = async (): Promise<void> => {
    if (!isWanted || ticking || !isDue()) return;
    ticking = true;
    try {
      await inTurn(async () => {
        if (!isWanted) return;
        await write(mayAppend() && isTold ? 'LIVE' : 'OPEN', {});
        isOpen = isWanted;
      });
    } catch (error) {
      onFailure(error);
    } finally {
      ticking = false;
    }
  };

  return {
    open: (options = {}) =>
      inTurn(async () => {
        isWanted = true;
        try {
          await write('OPEN', options);
        } catch (error) {
          if (isNeeded) throw error;
          onFailure(error);
        }
        isOpen = true;
      }),
    isOpen: mayAppend,
    start: () => {
      interval ??= setInterval(() => void tick(), everyMs).unref();
    },
    tick,
    append: (drafts, options) => (mayAppend() ? appender.append(drafts, options) : Promise.reject(notOpen(isWanted))),
    drain: () => appender.drain(),
    close: ({ until } = {}) => {
      clearInterval(interval);
      interval = undefined;
      isWanted = false;
      isOpen = false;
      return inTurn(async () => {
        isWanted = false;
        isOpen = false;
        await appender.drain();
        try {
          await writeClosed(until ?? clock.now() + CLOSE_MS);
        } catch (error) {
          if (isNeeded) throw error;
          onFailure(error);
        }
      });
    },
  };
}

const notOpen = (isWanted: boolean): AppError =>
  new AppError(
    'STREAM_UNAVAILABLE',
    isWanted
      ? 'The gateway waits for the stream, which takes nothing at the moment. Send the same request again later.'
      : 'The gateway is starting or stopping. Send the same request again.',
    { retryable: true, retryAfterMs: 1_000 },
  );
