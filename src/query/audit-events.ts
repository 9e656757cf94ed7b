import { type RawBuilder, sql } from 'kysely';
import type { Caller } from '../domain/caller.ts';
import { type PageArgs, type PageInfo, type PageRequest, parsePageArgs } from '../domain/page.ts';
import type { Seal } from '../domain/seal.ts';
import type { AuditEventFilterInput } from '../filter/audit-event-filter.ts';
import type { Reader } from '../ports/warehouse.ts';
import { type AuditEventRow, EVENT_COLUMNS, EVENT_FIELDS, type EventField, toAuditEvent } from './audit-event-row.ts';
import { db, toQuery } from './builder.ts';
import { createCursors, questionOf } from './cursor.ts';
import { type EventConditions, eventConditions } from './event-conditions.ts';
import { readPlacesOfId } from './event-places.ts';
import { type LogPosition, type Moment, type QueryDeps, readAtMoment } from './moment.ts';
import type { AuditEventColumns } from './tables.ts';
import { readWindows, type Window } from './windows.ts';

export interface AuditEventsArgs extends PageArgs {
  readonly filter?: AuditEventFilterInput | null | undefined;
  readonly orderBy: { readonly field: 'TIMESTAMP' | 'RECEIVED_AT'; readonly direction: 'ASC' | 'DESC' };
  /** Milliseconds since 1970. */
  readonly asOf?: number | null | undefined;
  /** What is selected of each event; everything when absent. Columns not asked for are not read. */
  readonly fields?: ReadonlySet<EventField>;
  readonly withTotal?: boolean;
}

export interface AuditEventPage {
  readonly events: readonly AuditEventRow[];
  readonly cursorOf: (event: AuditEventRow) => string;
  readonly pageInfo: PageInfo;
  /** Null when it was not asked for, or would cost too much. */
  readonly totalCount: number | null;
  readonly dataAsOf: number;
  /** Where a feed takes over; null with asOf. */
  readonly position: LogPosition | null;
}

/** Where a page goes on, and the moment whose answer is being paged. */
interface Place {
  /** [timestamp, eventId] or [receivedAt, node, epoch, seq]. */
  readonly k: readonly (string | number)[];
  readonly m: number;
  readonly l: LogPosition | null;
}

/** Counting more than this many rows would take longer than a page may. */
const MOST_COUNTED = 50_000_000;

export function createAuditEvents(deps: QueryDeps & { readonly seal: Seal }) {
  const cursors = createCursors<Place>(deps.seal, 'auditEvents');

  return {
    /**
     * One page. Pages are of the moment of the first one; by RECEIVED_AT ASC each is of now, so that a copier goes on
     * from its last cursor for ever.
     */
    page: (caller: Caller, args: AuditEventsArgs, signal?: AbortSignal): Promise<AuditEventPage> => {
      const request = parsePageArgs(args);
      const question = questionOf(args.filter ?? null, args.orderBy, args.asOf ?? null);
      const argument = request.backward ? 'before' : 'after';
      const from = request.cursor === null ? null : cursors.read(question, request.cursor, argument);
      return readAtMoment(
        deps,
        async (reader, now) => {
          const moment = momentOf(args, now, from);
          const conditions = eventConditions(caller, args.filter, { receivedBefore: moment.dataAsOf });
          const page = await readPage(reader, args, { request, from, conditions });
          const place = (row: AuditEventColumns): Place => ({
            k: keyOf(args, row),
            m: moment.dataAsOf,
            l: moment.position,
          });
          const rows = new Map(page.rows.map((row) => [toAuditEvent(row), row]));
          return {
            events: [...rows.keys()],
            cursorOf: (event) => cursors.write(question, place(rows.get(event) as AuditEventColumns)),
            pageInfo: page.pageInfo,
            totalCount: args.withTotal ? await countEvents(reader, conditions) : null,
            dataAsOf: moment.dataAsOf,
            position: moment.position,
          };
        },
        signal,
      );
    },

    /** By key; without a time the newest of that id. Null where there is none in the caller's scope. */
    find: (
      caller: Caller,
      key: { eventId: string; timestamp?: number | null | undefined },
    ): Promise<AuditEventRow | null> => {
      const { eventId, timestamp } = key;
      // No event can have such an id, and a filter refuses it.
      if (!eventId.isWellFormed() || eventId.includes('\0')) return Promise.resolve(null);
      return readAtMoment(deps, async (reader, now) => {
        const conditions = eventConditions(
          caller,
          {
            eventId: { eq: eventId },
            ...(timestamp != null && { timestamp: { from: timestamp, to: timestamp + 1 } }),
          },
          // A look-up by its key names the event, and so its source.
          { receivedBefore: now.dataAsOf, namedByKey: true },
        );
        const places =
          timestamp == null
            ? await readPlacesOfId(reader, eventId)
            : [inWindow({ from: timestamp, to: timestamp + 1 })];
        const found: AuditEventColumns[] = [];
        for (const place of places) {
          const select = selectEvents(undefined)
            .where(conditions.where)
            .where(place)
            .orderBy(orderOf('TIMESTAMP', true))
            .limit(1);
          found.push(...(await reader.all<AuditEventColumns>(toQuery(select))));
        }
        const [newest] = found.sort((a, b) => b.timestamp - a.timestamp);
        return newest ? toAuditEvent(newest) : null;
      });
    },
  };
}

export type AuditEvents = ReturnType<typeof createAuditEvents>;

function momentOf(
  { asOf, orderBy }: AuditEventsArgs,
  now: Moment,
  from: Place | null,
): { dataAsOf: number; position: LogPosition | null } {
  if (asOf != null) return { dataAsOf: Math.min(asOf, now.dataAsOf), position: null };
  const isCopy = orderBy.field === 'RECEIVED_AT' && orderBy.direction === 'ASC';
  if (from && !isCopy) return { dataAsOf: from.m, position: from.l };
  return now;
}

interface PageRead {
  readonly request: PageRequest;
  readonly from: Place | null;
  readonly conditions: EventConditions;
}

async function readPage(
  reader: Reader,
  args: AuditEventsArgs,
  { request, from, conditions }: PageRead,
): Promise<{ rows: AuditEventColumns[]; pageInfo: PageInfo }> {
  const { field, direction } = args.orderBy;
  // A backward page is read from its end, in the opposite order, and turned round.
  const descending = (direction === 'DESC') !== request.backward;
  const wanted = request.size + 1;
  const rows: AuditEventColumns[] = [];
  for (const window of await windowsOf(reader, field, { from, descending, conditions })) {
    if (rows.length >= wanted) break;
    const select = selectEvents(args.fields)
      .where(conditions.where)
      .where(inWindow(window))
      .where(from ? beyond(field, from.k, descending) : sql<boolean>`true`)
      .orderBy(orderOf(field, descending))
      .limit(wanted - rows.length);
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

/** By RECEIVED_AT the mart lies in order, and the engine stops by itself; by TIMESTAMP we open hour after hour. */
async function windowsOf(
  reader: Reader,
  field: 'TIMESTAMP' | 'RECEIVED_AT',
  { from, descending, conditions }: { from: Place | null; descending: boolean; conditions: EventConditions },
): Promise<readonly (Window | null)[]> {
  if (field === 'RECEIVED_AT') return [null];
  const at = from ? (from.k[0] as number) : null;
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

function selectEvents(fields: ReadonlySet<EventField> | undefined) {
  const asked = EVENT_FIELDS.filter((name) => !fields || fields.has(name)).map((name) => EVENT_COLUMNS[name]);
  const columns = [...new Set<keyof AuditEventColumns>([...ALWAYS_READ, ...asked])];
  return db.selectFrom('audit_events_mart as e').select(columns.map((column) => `e.${column}` as const));
}

const inWindow = (window: Window | null): RawBuilder<boolean> =>
  window
    ? sql<boolean>`e.event_day >= cast(${dayOf(window.from)} as date) and e.event_day <= cast(${dayOf(window.to - 1)} as date)
        and e.timestamp >= ${new Date(window.from)} and e.timestamp < ${new Date(window.to)}`
    : sql<boolean>`true`;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

const KEYS = {
  TIMESTAMP: ['timestamp', 'event_id'],
  RECEIVED_AT: ['received_at', 'ingest_node', 'ingest_epoch', 'ingest_seq'],
} as const;

function keyOf({ orderBy }: AuditEventsArgs, row: AuditEventColumns): readonly (string | number)[] {
  return KEYS[orderBy.field].map((column) => row[column]);
}

const orderOf = (field: 'TIMESTAMP' | 'RECEIVED_AT', descending: boolean): RawBuilder<unknown> =>
  sql.join(KEYS[field].map((column) => sql`${sql.ref(`e.${column}`)} ${sql.raw(descending ? 'desc' : 'asc')}`));

/** Strictly behind a key, written so that the first column alone can prune. */
function beyond(
  field: 'TIMESTAMP' | 'RECEIVED_AT',
  key: readonly (string | number)[],
  descending: boolean,
): RawBuilder<boolean> {
  const sign = sql.raw(descending ? '<' : '>');
  const columns = KEYS[field].map((column) => sql.ref(`e.${column}`));
  const values = key.map((value, index) => (index === 0 ? sql`${new Date(value)}` : sql`${value}`));
  return sql<boolean>`${columns[0]} ${sign}= ${values[0]} and (${sql.join(columns)}) ${sign} (${sql.join(values)})`;
}

async function countEvents(reader: Reader, { where, bounds }: EventConditions): Promise<number | null> {
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
