const MINUTE_MS = 60_000;
const MOST_STRETCHES = 8;

/**
 * Covers the minutes (ascending, milliseconds) with at most eight stretches [from, to], cut at the widest gaps
 * above the least one, so that a late event does not make a table be read from its time until now.
 */
export function stretchesOf(
  minutes: readonly number[],
  leastGapMs = MINUTE_MS,
): readonly (readonly [from: number, to: number])[] {
  const [first] = minutes;
  const last = minutes.at(-1);
  if (first === undefined || last === undefined) return [];
  const gaps = minutes
    .slice(1)
    .map((minute, index) => ({ before: minutes[index] as number, after: minute }))
    .filter(({ before, after }) => after - before > leastGapMs)
    .sort((a, b) => b.after - b.before - (a.after - a.before))
    .slice(0, MOST_STRETCHES - 1)
    .sort((a, b) => a.before - b.before);
  const starts = [first, ...gaps.map(({ after }) => after)];
  const ends = [...gaps.map(({ before }) => before), last];
  return starts.map((from, index) => [from, (ends[index] as number) + MINUTE_MS - 1] as const);
}
