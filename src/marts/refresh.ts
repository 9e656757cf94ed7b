import type { Clock } from '../ports/clock.ts';
import type { Query, SqlFile, SqlValue, Warehouse, Writer } from '../ports/warehouse.ts';
import { advance, type Due, isSamePlace, readStandings, type Standing } from './standing.ts';
import { stretchesOf } from './stretches.ts';

export interface RefreshDeps {
  readonly warehouse: Warehouse;
  /** sql/shared/refresh, rebuild and recompute, in their order. */
  readonly sql: {
    readonly refresh: readonly SqlFile[];
    readonly rebuild: readonly SqlFile[];
    readonly recompute: readonly SqlFile[];
  };
  readonly clock: Clock;
}

export interface RefreshReport {
  /** Events looked at, each once, and those among them that the marts did not hold. */
  readonly claimed: number;
  readonly inserted: number;
}

/** Parts of a batch that lie further apart are added one after the other. */
const PART_GAP_MS = 6 * 3_600_000;

/** A backlog is worked off in transactions of this many loads at most, so that none outgrows the memory. */
const MOST_LOADS = 16;

/** Brings the marts up to what was loaded, by adding. Costs what the batch costs, not what the marts hold. */
export function createRefresh({ warehouse, sql, clock }: RefreshDeps) {
  const file = (name: string): SqlFile => {
    const found = sql.refresh.find((candidate) => candidate.name === name);
    if (!found) throw new Error(`sql/shared/refresh/${name} is missing`);
    return found;
  };
  const claim = file('01-claim.sql');
  const known = file('02-known.sql');
  const events = file('03-events.sql');
  const conflicts = file('04-conflicts.sql');
  const cells = file('05-cells.sql');
  const sessions = file('06-sessions.sql');
  const users = file('07-users.sql');
  const touched = file('08-touched.sql');
  const lateIds = file('09-late-ids.sql');
  const found = file('10-found.sql');
  const advancing = file('11-advance.sql');
  const advanceTo = (writer: Writer, due: Due): Promise<void> =>
    advance(writer, due, { sql: advancing, now: clock.now() });

  const add = async (writer: Writer, due: Due, extent: Extent): Promise<number> => {
    for (const [from, to] of stretchesOf(extent.minutes)) {
      await runFile(writer, known, { from_at: new Date(from), to_at: new Date(to) });
    }
    await runFile(writer, events);
    const batch = await readFound(writer, found.statements[0]?.(loadsOf(due)));
    if (batch.contents > 0) await runFile(writer, conflicts, loadsOf(due));
    for (const [from, to] of stretchesOf(extent.minutes, PART_GAP_MS)) {
      const part = { from_at: new Date(from), to_at: new Date(to), from_day: day(from), to_day: day(to) };
      for (const step of [cells, sessions, users]) await runFile(writer, step, part);
    }
    if (batch.replaced > 0) {
      await runFile(writer, touched);
      await rebuild(writer);
    }
    return batch.inserted;
  };

  /** The cells, sessions and totals of the users and days in stg_touched, from the mart. */
  const rebuild = async (writer: Writer): Promise<void> => {
    const [spans, ...steps] = sql.rebuild as [SqlFile, ...SqlFile[]];
    await runFile(writer, spans);
    const [span] = await writer.all<{ from_at: number | null; to_at: number | null }>({
      sql: 'select min(from_at) as from_at, max(to_at) as to_at from stg_spans',
    });
    const days = { from_day: day(span?.from_at ?? 0), to_day: day(span?.to_at ?? 0) };
    for (const step of steps) await runFile(writer, step, days);
  };

  const refreshOnce = (): Promise<RefreshReport & { caughtUp: boolean }> =>
    warehouse.write('refresh', async (writer) => {
      const { load, refresh } = await readStandings(writer);
      if (load.load_id <= refresh.load_id) {
        // With nothing left to add, the marts are where loading is: at the beginning of a new log, say.
        if (!isSamePlace(load, refresh)) await advanceTo(writer, upTo(load.load_id, { load, refresh }));
        return { claimed: 0, inserted: 0, caughtUp: true };
      }
      const due = upTo(Math.min(load.load_id, refresh.load_id + MOST_LOADS), { load, refresh });
      await runFile(writer, claim, loadsOf(due));
      const extent = await readExtent(writer);
      const inserted = extent.claimed > 0 ? await add(writer, due, extent) : 0;
      await advanceTo(writer, due);
      if (extent.claimed > 0) await runFile(writer, lateIds);
      return { claimed: extent.claimed, inserted, caughtUp: due.through_load === load.load_id };
    });

  return {
    /** Up to everything that was loaded when it is called; one transaction a batch. */
    refresh: async (): Promise<RefreshReport> => {
      const total = { claimed: 0, inserted: 0 };
      for (;;) {
        const { claimed, inserted, caughtUp } = await refreshOnce();
        total.claimed += claimed;
        total.inserted += inserted;
        if (caughtUp) return total;
      }
    },

    /** Every mart anew from raw. For a changed setting or a repair; what a refresh does is equal to it. */
    recompute: (): Promise<void> =>
      warehouse.write('refresh', async (writer) => {
        const [empty, oneDay, touchedAll] = sql.recompute as [SqlFile, SqlFile, SqlFile];
        const { load, refresh } = await readStandings(writer);
        const days = await writer.all<{ event_day: string }>({
          sql: 'select event_day from audit_events_raw group by event_day order by event_day',
        });
        await runFile(writer, empty);
        for (const { event_day } of days) {
          await runFile(writer, oneDay, { event_day, through_load: load.load_id });
        }
        await runFile(writer, touchedAll);
        await rebuild(writer);
        await advanceTo(writer, upTo(load.load_id, { load, refresh }));
      }),
  };
}

export type Refresh = ReturnType<typeof createRefresh>;

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

async function runFile(writer: Writer, { statements }: SqlFile, values: Record<string, SqlValue> = {}): Promise<void> {
  for (const statement of statements) await writer.run(statement(values));
}

const upTo = (through_load: number, { load, refresh }: { load: Standing; refresh: Standing }): Due => ({
  after_load: refresh.load_id,
  through_load,
  last: load,
});

const loadsOf = ({ after_load, through_load }: Due) => ({ after_load, through_load });

interface Extent {
  readonly claimed: number;
  /** Minutes that hold events of the batch, ascending; milliseconds. */
  readonly minutes: readonly number[];
}

async function readExtent(writer: Writer): Promise<Extent> {
  const rows = await writer.all<{ minute: number; events: number }>({
    sql: `select date_trunc('minute', timestamp) as minute, count(*) as events
      from stg_events group by date_trunc('minute', timestamp) order by 1`,
  });
  return {
    claimed: rows.reduce((sum, { events }) => sum + events, 0),
    minutes: rows.map(({ minute }) => minute),
  };
}

interface Found {
  readonly inserted: number;
  /** Copies of another content than the one kept, and events to be replaced: both rare, and their steps dear. */
  readonly contents: number;
  readonly replaced: number;
}

async function readFound(writer: Writer, query: Query | undefined): Promise<Found> {
  const [row] = query ? await writer.all<Found>(query) : [];
  if (!row) throw new Error('sql/shared/refresh/10-found.sql answers nothing');
  return row;
}
