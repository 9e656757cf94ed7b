export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Midnight (UTC) of the day that holds the moment. */
export const dayOf = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** Saturday or Sunday, of a day given as its UTC midnight. */
export const isWeekend = (day: number): boolean => [0, 6].includes(new Date(day).getUTCDay());

/** When that calendar day begins in the zone. Taken from the offset at noon, so up to an hour off on the day clocks change. */
export const localMidnight = (day: number, timeZone: string): number => day - offsetMs(day + DAY_MS / 2, timeZone);

/** Monday to Friday, 08:00 to 18:00 in the zone. */
export function isWorkingTime(at: number, timeZone: string): boolean {
  const local = at + offsetMs(at, timeZone);
  const hour = (local - dayOf(local)) / HOUR_MS;
  return !isWeekend(dayOf(local)) && hour >= 8 && hour < 18;
}

function offsetMs(at: number, timeZone: string): number {
  const second = Math.floor(at / 1_000) * 1_000;
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(second)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return local - second;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  clocks.set(timeZone, clock);
  return clock;
}
