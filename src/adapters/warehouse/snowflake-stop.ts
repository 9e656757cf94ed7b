import type { ReadOptions } from '../../ports/warehouse.ts';

/** What ends a reading before it is done: its time is up, or who asked has left. */
export interface Stop {
  readonly signal: AbortSignal;
  /** Rejects when it is stopped, and never resolves. */
  readonly thrown: Promise<never>;
  why(): 'late' | 'left' | null;
  /** From now on nothing stops it. */
  release(): void;
}

/** Thrown through the work of a reading that was stopped. */
export class StoppedError extends Error {}

export function createStop({ timeoutMs, signal }: Pick<ReadOptions, 'timeoutMs' | 'signal'>): Stop {
  const controller = new AbortController();
  let why: 'late' | 'left' | null = null;
  const stop = (reason: 'late' | 'left') => (): void => {
    why ??= reason;
    controller.abort(new StoppedError(why));
  };
  const thrown = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  // Nobody may be waiting when it happens.
  thrown.catch(() => undefined);
  const timer = setTimeout(stop('late'), timeoutMs);
  const onAbort = stop('left');
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  return {
    signal: controller.signal,
    thrown,
    why: () => why,
    release: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
