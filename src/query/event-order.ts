import { type RawBuilder, sql } from 'kysely';
import { besidePlace } from './row-order.ts';
import type { AuditEventColumns } from './tables.ts';

/** Columns by which events are listed, the last of which leave no ties. */
const KEYS = {
  TIMESTAMP: ['timestamp', 'event_id'],
  RECEIVED_AT: ['received_at', 'ingest_node', 'ingest_epoch', 'ingest_seq'],
} as const;

export type EventOrderField = keyof typeof KEYS;

/** The place of an event in an order: [timestamp, eventId] or [receivedAt, node, epoch, seq]. Its first is a time. */
export type EventKey = readonly [at: number, ...rest: (string | number)[]];

export function keyOf(field: EventOrderField, row: AuditEventColumns): EventKey {
  const [first, ...rest] = KEYS[field];
  return [row[first], ...rest.map((column) => row[column])];
}

export const orderOf = (field: EventOrderField, descending: boolean): RawBuilder<unknown> =>
  sql.join(KEYS[field].map((column) => sql`${sql.ref(`e.${column}`)} ${sql.raw(descending ? 'desc' : 'asc')}`));

/** Strictly behind a key, in the direction of reading. */
export function beyond(field: EventOrderField, key: EventKey, descending: boolean): RawBuilder<boolean> {
  const columns = KEYS[field].map((column) => sql.ref(`e.${column}`));
  const values = key.map((value, index) => (index === 0 ? sql`${new Date(value)}` : sql`${value}`));
  return besidePlace(descending ? '<' : '>', columns, values);
}
