import type { Timers } from '../../src/ingest/timers.ts';
import { turn } from './held-stream.ts';

/** Timers and a clock that stand still until the test moves them. The clock may be set apart from the timers. */
export function createManualTimers(startAt = 1_000_000) {
  let now = 0;
  let waiting: { readonly at: number; readonly work: () => void }[] = [];
  const clock = { offset: startAt, now: () => now + clock.offset };
  const timers: Timers = {
    now: () => now,
    after: (ms, work) => {
      const timer = { at: now + Math.max(0, ms), work };
      waiting.push(timer);
      return () => {
        waiting = waiting.filter((other) => other !== timer);
      };
    },
  };
  return {
    clock,
    timers,
    /** Lets so many milliseconds pass, and everything happen that falls due in them, in its order. */
    pass: async (ms: number): Promise<void> => {
      const until = now + ms;
      await turn();
      for (let steps = 0; steps < 100_000; steps += 1) {
        const next = waiting.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        waiting = waiting.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.work();
        await turn();
      }
      now = until;
    },
  };
}

export type ManualTimers = ReturnType<typeof createManualTimers>;
