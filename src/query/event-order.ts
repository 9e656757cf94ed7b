import { type RawBuilder, sql } from 'kysely';
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

/** Strictly behind a key, written so that the first column alone can prune. */
export function beyond(field: EventOrderField, key: EventKey, descending: boolean): RawBuilder<boolean> {
  const sign = sql.raw(descending ? '<' : '>');
  const columns = KEYS[field].map((column) => sql.ref(`e.${column}`));
  const values = key.map((value, index) => (index === 0 ? sql`${new Date(value)}` : sql`${value}`));
  return sql<boolean>`${columns[0]} ${sign}= ${values[0]} and (${sql.join(columns)}) ${sign} (${sql.join(values)})`;
}
