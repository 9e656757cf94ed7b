import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { ControlStore, Lease } from '../ports/control-store.ts';

export interface TurnDeps {
  readonly control: ControlStore;
  /** What only one node may do at a time. */
  readonly name: string;
  /** This node. */
  readonly holder: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ttlMs?: number;
}

/** After a node that died the next one takes over so much later. */
const TTL_MS = 15_000;

/** Whose turn it is, by a lease. What is done under it must be safe when a lease ran out unnoticed: it only saves double work. */
export function createTurn({ control, name, holder, clock, log, ttlMs = TTL_MS }: TurnDeps) {
  let lease: Lease | null = null;
  let token = 0;
  return {
    /** True while it is this node's turn; asks again when a third of the lease has passed. */
    isMine: async (): Promise<boolean> => {
      if (lease && lease.expiresAt - clock.now() > (ttlMs * 2) / 3) return true;
      const before = lease;
      lease = await control.lease(name, holder, ttlMs);
      if (lease && !before) log.info({ name, holder }, 'this node takes its turn');
      if (!lease && before) log.warn({ name, holder }, 'another node has taken the turn');
      if (lease) token = lease.token;
      return lease !== null;
    },
    /** Another one when somebody else had the turn in between, also where it ran out and came back unnoticed. */
    token: (): number => token,
    giveUp: async (): Promise<void> => {
      if (lease) await control.release(name, holder);
      lease = null;
    },
  };
}

export type Turn = ReturnType<typeof createTurn>;
