export interface LingerLimits {
  readonly idleMs: number;
  readonly loadMs: number;
}

/** Lines that a record should gather at least: a tenth of a record a line, with room for what comes in bursts. */
const WANTED_LINES = 14;
/** Of the average that the rate is taken from. */
const MEMORY_MS = 1_000;

/**
 * How long the first line of a record waits for others. Where few come, waiting gains nothing; under load it is as long
 * as it takes to gather enough, within the limit.
 */
export function createLinger({ idleMs, loadMs }: LingerLimits) {
  let lines = 0;
  let at = 0;

  const decay = (now: number): void => {
    if (now > at) lines *= Math.exp((at - now) / MEMORY_MS);
    at = Math.max(at, now);
  };

  return {
    note: (count: number, now: number): void => {
      decay(now);
      lines += count;
    },
    ms: (now: number): number => {
      decay(now);
      const perMs = lines / MEMORY_MS;
      // Not even two would come together.
      if (perMs * loadMs < 2) return idleMs;
      return Math.min(loadMs, Math.max(idleMs, WANTED_LINES / perMs));
    },
  };
}
