import { type RawBuilder, sql } from 'kysely';
import type { Reader } from '../ports/warehouse.ts';
import { toQuery } from './builder.ts';

/**
 * Conditions on audit_events_mart as `e`, each cheap to read, outside which no event has this id: the days that
 * audit_event_ids knows of, and what was received since its last run.
 */
export async function readPlacesOfId(reader: Reader, eventId: string): Promise<readonly RawBuilder<boolean>[]> {
  const rows = await reader.all<{ indexed_before: number; event_day: string | null }>(
    toQuery(sql`select p.data_as_of as indexed_before, i.event_day
      from pipeline_positions as p
      left join (
        select distinct event_day from audit_event_ids where id_hash = event_id_hash(${eventId})
      ) as i on true
      where p.pipeline = 'event-ids'`),
  );
  const days = rows.flatMap(({ event_day }) => (event_day === null ? [] : [event_day]));
  return [
    ...days.map((day) => sql<boolean>`e.event_day = cast(${day} as date)`),
    sql<boolean>`e.received_at >= ${new Date(rows[0]?.indexed_before ?? 0)}`,
  ];
}
