/** Keys counted one by one; those that send most stay when there are more. */
const MOST_KEYS = 1_024;
const WINDOW_MS = 2_000;

type Sums = Map<number, number>;

/**
 * How fast each key sends, over the last two seconds, in bounded memory: above `MOST_KEYS` every sum loses the median, and
 * what has nothing left is forgotten. So a key is rated too low by at most the bytes of a window over half of `MOST_KEYS`,
 * and one that sends far more than others is never forgotten.
 */
export function createHeavyKeys() {
  let before: Sums = new Map();
  let present: Sums = new Map();
  let since = 0;

  const turn = (now: number): void => {
    const windows = Math.floor((now - since) / WINDOW_MS);
    if (windows < 1) return;
    before = windows === 1 ? present : new Map();
    present = new Map();
    since += windows * WINDOW_MS;
  };

  return {
    /** Counts the bytes and answers how many a second this key sends. `key` is a hash: keys of one hash count together. */
    add: (key: number, bytes: number, now: number): number => {
      turn(now);
      const sum = (present.get(key) ?? 0) + bytes;
      present.set(key, sum);
      if (present.size > MOST_KEYS) forgetLight(present);
      const gone = Math.min(1, Math.max(0, (now - since) / WINDOW_MS));
      return ((sum + (before.get(key) ?? 0) * (1 - gone)) * 1_000) / WINDOW_MS;
    },
    keys: (): number => present.size + before.size,
  };
}

function forgetLight(sums: Sums): void {
  const ordered = Float64Array.from(sums.values()).sort();
  const median = ordered[ordered.length >> 1] as number;
  for (const [key, sum] of sums) {
    if (sum > median) sums.set(key, sum - median);
    else sums.delete(key);
  }
}
