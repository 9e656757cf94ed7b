import type { Clock } from '../ports/clock.ts';
import type { SqlFile, Warehouse } from '../ports/warehouse.ts';

/** Events in one run: a look for an id opens one block of each run, so that there should be few. */
const RUN_EVENTS = 1_000_000;

const FIND_TIMEOUT_MS = 60_000;

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
  writeRun: async (): Promise<boolean> => {
    const run = await findRun(warehouse, runEvents);
    if (!run) return false;
    const values = { ...run, now: new Date(clock.now()) };
    await warehouse.write('metrics', async (writer) => {
      for (const statement of sql.statements) await writer.run(statement(values));
    });
    return true;
  },
});

/**
 * What the next run spans; null while too few events wait. Read beside the writer, which it would hold up: events that
 * come in between and belong to the span are written with it, and those that come after it are added by the refresh.
 */
const findRun = (warehouse: Warehouse, runEvents: number): Promise<{ from: Date; through: Date } | null> =>
  warehouse.read({ timeoutMs: FIND_TIMEOUT_MS }, async (reader) => {
    const [last] = await reader.all<{ through: number }>({
      sql: `select data_as_of as through from pipeline_positions where pipeline = 'event-ids'`,
    });
    const from = new Date(last?.through ?? 0);
    const [waiting] = await reader.all<{ n: number }>({
      sql: 'select count(*) as n from audit_events_mart where received_at >= ?',
      parameters: [from],
    });
    if (!waiting || waiting.n < runEvents) return null;
    const [end] = await reader.all<{ through: number }>({
      sql: `select max(received_at) as through from (
          select received_at from audit_events_mart where received_at >= ? order by received_at limit ?
        ) as w`,
      parameters: [from, runEvents],
    });
    // Half open: the last moment with all its events.
    return end ? { from, through: new Date(end.through + 1) } : null;
  });

export type EventIds = ReturnType<typeof createEventIds>;
