import type { Query } from '../../ports/warehouse.ts';
import type { SessionPool } from './snowflake-pool.ts';
import type { RunningStatement, SnowflakeSession, StatementOptions } from './snowflake-session.ts';
import type { Stop } from './snowflake-stop.ts';

/** The session of one reading. */
export interface Lease {
  /** @throws what the pool throws. */
  begin(): Promise<void>;
  /** Another session instead of one that is gone. */
  renew(): Promise<void>;
  /** Cancelled in the engine when the reading is stopped. */
  start(query: Query, options: StatementOptions): RunningStatement;
  /** Whether the engine confirmed the end of what ran when the reading was stopped; true when nothing ran. */
  wasCancelled(): Promise<boolean>;
  /** The taking of a session, while it goes on. */
  taking(): Promise<unknown> | null;
  end(): Promise<void>;
}

/** How long the engine has to say that it cancelled; without a word it counts as unreachable, and not the query as costly. */
const CANCEL_PATIENCE_MS = 1_000;
/** A session whose cancelled statement still runs after this is given up. */
const SETTLE_WITHIN_MS = 10_000;

export function createLease(pool: SessionPool, stop: Stop): Lease {
  let session: SnowflakeSession | null = null;
  let taking: Promise<unknown> | null = null;
  let cancelling = Promise.resolve(true);

  const begin = async (): Promise<void> => {
    const taken = pool.take(stop.signal);
    taking = taken;
    session = await taken;
    taking = null;
  };

  return {
    begin,
    renew: () => {
      if (session) pool.discardGone(session);
      session = null;
      return begin();
    },
    start: (query, options) => {
      const running = (session as SnowflakeSession).start(query, options);
      const cancel = (): void => {
        cancelling = running.cancel(CANCEL_PATIENCE_MS);
      };
      stop.signal.addEventListener('abort', cancel, { once: true });
      const over = (): void => stop.signal.removeEventListener('abort', cancel);
      running.finished.then(over, over);
      return running;
    },
    wasCancelled: () => cancelling,
    taking: () => taking,
    end: async () => {
      const own = session;
      session = null;
      if (!own) return;
      if ((await own.settles(SETTLE_WITHIN_MS)) && own.isUsable()) pool.giveBack(own);
      else pool.discard(own);
    },
  };
}
