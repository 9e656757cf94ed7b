import { about, type Finding } from '../ports/checkup.ts';

/** How far another clock is ahead of ours, at least and at most: an answer takes time, and may tell whole seconds. */
export interface ClockDifference {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** `dataAsOf` allows for a second between the clocks of nodes, a lease for two. */
const ALLOWED_MS = 1_000;
/** AWS refuses what was signed earlier or later than this, Snowflake a token that is somewhat more off. */
const REFUSED_MS = 5 * 60_000;

/** What the clock of a service says of ours; null: it said nothing. */
export function judgeClock(read: ClockDifference | null, whose: string): Finding[] {
  if (!read) return [];
  const { ok, warn, fail } = about('clock');
  const apartMs = Math.max(read.leastMs, -read.mostMs, 0);
  if (apartMs <= ALLOWED_MS) return [ok(`agrees with that of ${whose}`)];
  const apart = `is ${(apartMs / 1_000).toFixed(1)} s ${read.leastMs > 0 ? 'behind' : 'ahead of'} that of ${whose}`;
  if (apartMs < REFUSED_MS) {
    return [warn(`${apart}. What nodes say about times, and their leases, rely on a second. Keep it by NTP.`)];
  }
  return [fail(`${apart}, which refuses what is more than 5 minutes off. Set it, and keep it by NTP.`)];
}
