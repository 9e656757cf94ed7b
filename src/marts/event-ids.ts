import type { Clock } from '../ports/clock.ts';
import type { SqlFile, Warehouse } from '../ports/warehouse.ts';

/** Events in one run: about 2 s of the writer's time at a hundred million events, and few runs to look into. */
const RUN_EVENTS = 1_000_000;

/** Keeps the index from ids to days (audit_event_ids) within about one run of the newest event. */
export const createEventIds = ({
  warehouse,
  sql,
  clock,
  runEvents = RUN_EVENTS,
}: {
  readonly warehouse: Warehouse;
  readonly sql: SqlFile;
  readonly clock: Clock;
  readonly runEvents?: number;
}) => ({
  /** Writes the next run once enough events wait for it; answers whether it did. */
  writeRun: (): Promise<boolean> =>
    warehouse.write('metrics', async (writer) => {
      const [last] = await writer.all<{ through: number }>({
        sql: `select data_as_of as through from pipeline_positions where pipeline = 'event-ids'`,
      });
      const from = new Date(last?.through ?? 0);
      const [waiting] = await writer.all<{ n: number; through: number | null }>({
        sql: `select count(*) as n, max(received_at) as through from (
            select received_at from audit_events_mart where received_at >= ? order by received_at limit ?
          ) as w`,
        parameters: [from, runEvents],
      });
      if (!waiting || waiting.through === null || waiting.n < runEvents) return false;
      // Half open: the last moment with all its events.
      const values = { from, through: new Date(waiting.through + 1), now: new Date(clock.now()) };
      for (const statement of sql.statements) await writer.run(statement(values));
      return true;
    }),
});

export type EventIds = ReturnType<typeof createEventIds>;
