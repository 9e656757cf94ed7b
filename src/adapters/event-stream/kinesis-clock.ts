import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { type WatchedClient, watchServerClock } from '../aws/server-clock.ts';

export interface KinesisClockOptions {
  readonly client: WatchedClient;
  readonly streamName: string;
  readonly clock: Clock;
  /** Any call: its answer bears the time. */
  readonly ask: () => Promise<unknown>;
  /** Goes on whatever is done to the clock. */
  readonly steadyNow?: () => number;
}

/**
 * Half of what a loader waits for a node that says nothing. What is received further apart is shown much too late, or
 * behind a moment that was answered as complete.
 */
const MOST_APART_MS = 30_000;
const sinceStart = (): number => performance.timeOrigin + performance.now();

/** Answers that are younger need not be asked for. */
const FRESH_MS = 5_000;

/**
 * Holds our clock against that of the service. The time that passed since an answer is not known for sure, as a machine may
 * have slept: only a new answer refuses anything.
 */
export function createKinesisClock(options: KinesisClockOptions) {
  const { client, streamName, clock, ask, steadyNow = sinceStart } = options;
  const serverClock = watchServerClock(client, steadyNow);
  let asking: Promise<unknown> | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;

  /** How far ours is ahead at least; negative where it is behind. */
  const aheadMs = (): number => {
    const told = serverClock();
    if (!told) return 0;
    const ours = clock.now() - steadyNow();
    return ours > told.mostMs ? ours - told.mostMs : Math.min(0, ours - told.leastMs);
  };
  const isApart = (): boolean => Math.abs(aheadMs()) > MOST_APART_MS;

  const askAnew = async (): Promise<void> => {
    if (!asking && steadyNow() - askedAt < FRESH_MS) return;
    const before = serverClock();
    asking ??= ask().catch(() => undefined);
    await asking;
    asking = null;
    if (serverClock() !== before) askedAt = steadyNow();
  };

  const refuse = async (): Promise<void> => {
    await askAnew();
    // Who gets no answer will not get one to what he writes.
    if (!isApart() || steadyNow() - askedAt >= FRESH_MS) return;
    const ahead = aheadMs();
    const apart = `${Math.round(Math.abs(ahead) / 1_000)} s ${ahead < 0 ? 'behind' : 'ahead of'}`;
    throw new AppError(
      'STREAM_UNAVAILABLE',
      `The clock of this gateway is ${apart} that of the Kinesis stream "${streamName}": set it, and keep it by NTP. ` +
        'Until then events are refused, as the time of their receipt would be wrong.',
      { retryable: true, retryAfterMs: 5_000 },
    );
  };

  return {
    /** Null, mostly; else what rejects with STREAM_UNAVAILABLE, retryable, where the clock is wrong indeed. */
    check: (): Promise<void> | null => (isApart() ? refuse() : null),
  };
}
