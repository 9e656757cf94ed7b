import type { Reader } from '../ports/warehouse.ts';

/** Half open, milliseconds since 1970. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Events in the first window, and in the first two. A page is nearly always found in the first. */
const NEAR_EVENTS = 1_000_000;
const FAR_EVENTS = 16_000_000;

export interface WindowSpan {
  readonly windows: readonly Window[];
  /** Events of any source within the bounds: an upper bound of what a filter can find. */
  readonly eventCount: number;
}

/**
 * Cuts the time between the bounds into at most three windows in the order of reading, by the counts of hours: a read
 * that fills its page early opens few of them.
 */
export async function readWindows(
  reader: Reader,
  { from, to, descending }: { from: number | undefined; to: number | undefined; descending: boolean },
): Promise<WindowSpan> {
  const order = descending ? 'desc' : 'asc';
  const edge = descending
    ? 'min(case when events_before < ? then event_hour end)'
    : 'max(case when events_before < ? then event_hour end)';
  const [row] = await reader.all<{
    first: number | null;
    last: number | null;
    near: number | null;
    far: number | null;
    n: number | null;
  }>({
    sql: `select min(event_hour) as first, max(event_hour) as last, ${edge} as near, ${edge} as far, sum(event_count) as n
      from (
        select event_hour, event_count, sum(event_count) over (order by event_hour ${order}) - event_count as events_before
        from audit_event_hours
        where event_hour > ? and event_hour < ?
      ) as h`,
    parameters: [NEAR_EVENTS, FAR_EVENTS, new Date((from ?? 0) - HOUR_MS), new Date(to ?? FOREVER)],
  });
  if (!row || row.first === null || row.last === null) return { windows: [], eventCount: 0 };
  const begin = Math.max(row.first, from ?? row.first);
  const end = Math.min(row.last + HOUR_MS, to ?? FOREVER);
  const cut = (hour: number | null): number => (descending ? (hour ?? begin) : (hour ?? end - HOUR_MS) + HOUR_MS);
  return { windows: windowsBetween(begin, end, [cut(row.near), cut(row.far)], descending), eventCount: row.n ?? 0 };
}

const HOUR_MS = 3_600_000;
const FOREVER = Date.UTC(9999, 0);

function windowsBetween(begin: number, end: number, cuts: readonly number[], descending: boolean): readonly Window[] {
  const inside = cuts.map((cut) => Math.min(Math.max(cut, begin), end));
  const edges = descending ? [end, ...inside, begin] : [begin, ...inside, end];
  return edges.slice(1).flatMap((edge, index) => {
    const previous = edges[index] as number;
    const window = descending ? { from: edge, to: previous } : { from: previous, to: edge };
    return window.from < window.to ? [window] : [];
  });
}
