import type { Caller } from '../domain/caller.ts';
import type { LogPosition } from '../domain/log-position.ts';
import { type PageArgs, type PageInfo, parsePageArgs } from '../domain/page.ts';
import type { Seal } from '../domain/seal.ts';
import type { AuditEventFilterInput } from '../filter/audit-event-filter.ts';
import type { FilterDialect } from '../filter/dialect.ts';
import { type AuditEventRow, type EventField, toAuditEvent } from './audit-event-row.ts';
import { toQuery } from './builder.ts';
import { createCursors, questionOf } from './cursor.ts';
import { eventConditions } from './event-conditions.ts';
import { type EventKey, type EventOrderField, keyOf, orderOf } from './event-order.ts';
import { countEvents, inWindow, readEventPage, selectEvents } from './event-page.ts';
import { readPlacesOfId } from './event-places.ts';
import { type Moment, type QueryDeps, readAtMoment } from './moment.ts';
import type { AuditEventColumns } from './tables.ts';

export interface AuditEventsArgs extends PageArgs {
  readonly filter?: AuditEventFilterInput | null | undefined;
  readonly orderBy: { readonly field: EventOrderField; readonly direction: 'ASC' | 'DESC' };
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
  readonly k: EventKey;
  readonly m: number;
  readonly l: LogPosition | null;
}

export function createAuditEvents(deps: QueryDeps & { readonly seal: Seal; readonly dialect: FilterDialect }) {
  const { dialect } = deps;
  const cursors = createCursors<Place>(deps.seal, 'auditEvents');

  return {
    /**
     * One page. Pages are of the moment of the first one; by RECEIVED_AT ASC each is of now, so that a copier goes on
     * from its last cursor for ever.
     * @throws AppError BAD_USER_INPUT for a wrong filter, size or cursor.
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
          const conditions = eventConditions(caller, args.filter, { receivedBefore: moment.dataAsOf, dialect });
          const page = await readEventPage(reader, {
            request,
            from: from?.k ?? null,
            conditions,
            orderBy: args.orderBy,
            fields: args.fields,
            dialect,
          });
          const place = (row: AuditEventColumns): Place => ({
            k: keyOf(args.orderBy.field, row),
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
          { receivedBefore: now.dataAsOf, dialect, namedByKey: true },
        );
        const select = selectEvents(undefined).where(conditions.where);
        const found: AuditEventColumns[] = [];
        if (timestamp != null) {
          // The whole key finds one row at most; to order and limit it would have the engine look twice.
          const place = inWindow({ from: timestamp, to: timestamp + 1 });
          found.push(...(await reader.all<AuditEventColumns>(toQuery(select.where(place)))));
        } else {
          for (const place of await readPlacesOfId(reader, eventId)) {
            const newestThere = select.where(place).orderBy(orderOf('TIMESTAMP', true)).limit(1);
            found.push(...(await reader.all<AuditEventColumns>(toQuery(newestThere))));
          }
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
