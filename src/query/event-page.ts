import { type RawBuilder, sql } from 'kysely';
import { LIMITS } from '../domain/audit-event.ts';
import { AppError } from '../domain/errors.ts';
import type { PageInfo, PageRequest } from '../domain/page.ts';
import type { FilterDialect } from '../filter/dialect.ts';
import type { Reader } from '../ports/warehouse.ts';
import { EVENT_COLUMNS, EVENT_FIELDS, type EventField } from './audit-event-row.ts';
import { db, toQuery } from './builder.ts';
import type { EventConditions } from './event-conditions.ts';
import { beyond, type EventKey, type EventOrderField, orderOf } from './event-order.ts';
import type { AuditEventColumns } from './tables.ts';
import { readWindows, type Window } from './windows.ts';

/** Counting more than this many rows would take longer than a page may. */
const MOST_COUNTED = 50_000_000;

/** Metadata in one page; the answer is held in memory several times over while it is written. */
const MOST_METADATA_BYTES = 64 * 1024 * 1024;
/** So many events cannot hold more than that. */
const SURELY_SMALL_ROWS = MOST_METADATA_BYTES / LIMITS.maxEventBytes;

export interface EventPageRequest {
  readonly request: PageRequest;
  /** Where the page begins, read in its direction; null at an end of the listing. */
  readonly from: EventKey | null;
  readonly conditions: EventConditions;
  readonly orderBy: { readonly field: EventOrderField; readonly direction: 'ASC' | 'DESC' };
  /** What is read of each event; everything when absent. */
  readonly fields?: ReadonlySet<EventField> | undefined;
  readonly dialect: FilterDialect;
}

/**
 * Reads one page, in the order of the listing.
 * @throws AppError TOO_COSTLY for more metadata than one answer may hold.
 */
export async function readEventPage(
  reader: Reader,
  { request, from, conditions, orderBy, fields, dialect }: EventPageRequest,
): Promise<{ rows: AuditEventColumns[]; pageInfo: PageInfo }> {
  const { field, direction } = orderBy;
  // A backward page is read from its end, in the opposite order, and turned round.
  const descending = (direction === 'DESC') !== request.backward;
  const wanted = request.size + 1;
  const rows: AuditEventColumns[] = [];
  for (const window of await windowsOf(reader, field, { from, descending, conditions })) {
    if (rows.length >= wanted) break;
    const select = selectEvents(fields)
      .where(conditions.where)
      .where(inWindow(window))
      .where(from ? beyond(field, from, descending) : sql<boolean>`true`)
      .orderBy(orderOf(field, descending))
      .limit(wanted - rows.length);
    if (wanted - rows.length > SURELY_SMALL_ROWS && (!fields || fields.has('metadata'))) {
      const bytes = dialect.jsonBytes(sql.ref('p.metadata'));
      await checkBytes(reader, sql`select sum(${bytes}) as bytes from ${select} as p`);
    }
    rows.push(...(await reader.all<AuditEventColumns>(toQuery(select))));
  }
  const more = rows.length > request.size;
  if (more) rows.length = request.size;
  if (request.backward) rows.reverse();
  const pageInfo = request.backward
    ? { hasPreviousPage: more, hasNextPage: from !== null }
    : { hasPreviousPage: from !== null, hasNextPage: more };
  return { rows, pageInfo };
}

/** Asked in the engine, before the rows are: five thousand of the largest events would end the process. */
async function checkBytes(reader: Reader, sum: RawBuilder<unknown>): Promise<void> {
  const [row] = await reader.all<{ bytes: number | null }>(toQuery(sum));
  if ((row?.bytes ?? 0) <= MOST_METADATA_BYTES) return;
  throw new AppError(
    'TOO_COSTLY',
    `The metadata of this page has ${row?.bytes} bytes; the limit is ${MOST_METADATA_BYTES}. Ask for fewer events, or leave metadata out.`,
    { inputPath: ['first'] },
  );
}

/** Null where counting would take longer than a page may. */
export async function countEvents(reader: Reader, { where, bounds }: EventConditions): Promise<number | null> {
  const { windows, eventCount } = await readWindows(reader, { from: bounds.from, to: bounds.to, descending: true });
  if (eventCount > MOST_COUNTED) return null;
  const [last, first] = [windows[0], windows.at(-1)];
  if (!last || !first) return 0;
  const select = db
    .selectFrom('audit_events_mart as e')
    .select(sql<number>`count(*)`.as('n'))
    .where(where)
    .where(inWindow({ from: first.from, to: last.to }));
  const [row] = await reader.all<{ n: number }>(toQuery(select));
  return row?.n ?? 0;
}

/** By RECEIVED_AT the mart lies in order, and the engine stops by itself; by TIMESTAMP we open hour after hour. */
async function windowsOf(
  reader: Reader,
  field: EventOrderField,
  { from, descending, conditions }: { from: EventKey | null; descending: boolean; conditions: EventConditions },
): Promise<readonly (Window | null)[]> {
  if (field === 'RECEIVED_AT') return [null];
  const at = from?.[0] ?? null;
  const { bounds } = conditions;
  const span = await readWindows(reader, {
    from: at !== null && !descending ? Math.max(at, bounds.from ?? at) : bounds.from,
    to: at !== null && descending ? Math.min(at + 1, bounds.to ?? at + 1) : bounds.to,
    descending,
  });
  return span.windows;
}

/** What a page is ordered by and continued from, whatever else is asked for. */
const ALWAYS_READ = ['event_id', 'timestamp', 'received_at', 'ingest_node', 'ingest_epoch', 'ingest_seq'] as const;

/** A select of events as `e`, with these fields at least; all when undefined. */
export function selectEvents(fields: ReadonlySet<EventField> | undefined) {
  const asked = EVENT_FIELDS.filter((name) => !fields || fields.has(name)).map((name) => EVENT_COLUMNS[name]);
  const columns = [...new Set<keyof AuditEventColumns>([...ALWAYS_READ, ...asked])];
  return db.selectFrom('audit_events_mart as e').select(columns.map((column) => `e.${column}` as const));
}

/** The days of the window bound what is read, its ends what is found. */
export const inWindow = (window: Window | null): RawBuilder<boolean> =>
  window
    ? sql<boolean>`e.event_day >= cast(${dayOf(window.from)} as date) and e.event_day <= cast(${dayOf(window.to - 1)} as date)
        and e.timestamp >= ${new Date(window.from)} and e.timestamp < ${new Date(window.to)}`
    : sql<boolean>`true`;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
