import { AppError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Query, SqlFile, SqlValue, Warehouse, Writer } from '../ports/warehouse.ts';
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
  const [claim, known, events, conflicts, cells, sessions, users, touched, lateIds] = [
    '01-claim.sql',
    '02-known.sql',
    '03-events.sql',
    '04-conflicts.sql',
    '05-cells.sql',
    '06-sessions.sql',
    '07-users.sql',
    '08-touched.sql',
    '09-late-ids.sql',
  ].map(file) as [SqlFile, SqlFile, SqlFile, SqlFile, SqlFile, SqlFile, SqlFile, SqlFile, SqlFile];

  const add = async (writer: Writer, due: Due, extent: Extent): Promise<number> => {
    for (const [from, to] of stretchesOf(extent.minutes)) {
      await runFile(writer, known, { from_at: new Date(from), to_at: new Date(to) });
    }
    await runFile(writer, events);
    const found = await readFound(writer, due);
    if (found.contents > 0) await runFile(writer, conflicts, due);
    for (const [from, to] of stretchesOf(extent.minutes, PART_GAP_MS)) {
      const part = { from_at: new Date(from), to_at: new Date(to), from_day: day(from), to_day: day(to) };
      for (const step of [cells, sessions, users]) await runFile(writer, step, part);
    }
    await runFile(writer, lateIds);
    if (found.replaced > 0) {
      await runFile(writer, touched);
      await rebuild(writer);
    }
    return found.inserted;
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
      const due = await readDue(writer);
      if (!due) {
        await follow(writer, clock.now());
        return { claimed: 0, inserted: 0, caughtUp: true };
      }
      await runFile(writer, claim, due);
      const extent = await readExtent(writer);
      const inserted = extent.claimed > 0 ? await add(writer, due, extent) : 0;
      await advance(writer, due, clock.now());
      return { claimed: extent.claimed, inserted, caughtUp: due.through_load === due.last_load };
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
        const { load: lastLoad, refresh: after_load } = await readLoadIds(writer);
        const days = await writer.all<{ event_day: string }>({
          sql: 'select event_day from audit_events_raw group by event_day order by event_day',
        });
        await runFile(writer, empty);
        for (const { event_day } of days) {
          await runFile(writer, oneDay, { event_day, through_load: lastLoad });
        }
        await runFile(writer, touchedAll);
        await rebuild(writer);
        await advance(writer, { after_load, through_load: lastLoad, last_load: lastLoad }, clock.now());
      }),
  };
}

export type Refresh = ReturnType<typeof createRefresh>;

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

async function runFile(writer: Writer, { statements }: SqlFile, values: Record<string, SqlValue> = {}): Promise<void> {
  for (const statement of statements) await writer.run(statement(values));
}

/** Numbers of loads: after the one, up to and with the other; and the last there is. */
type Due = { readonly after_load: number; readonly through_load: number; readonly last_load: number };

async function readLoadIds(writer: Writer): Promise<{ load: number; refresh: number }> {
  const rows = await writer.all<{ pipeline: string; load_id: number }>({
    sql: 'select pipeline, load_id from pipeline_positions',
  });
  const idOf = (pipeline: string) => rows.find((row) => row.pipeline === pipeline)?.load_id ?? 0;
  return { load: idOf('load'), refresh: idOf('refresh') };
}

async function readDue(writer: Writer): Promise<Due | null> {
  const { load, refresh } = await readLoadIds(writer);
  if (load <= refresh) return null;
  return { after_load: refresh, through_load: Math.min(load, refresh + MOST_LOADS), last_load: load };
}

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

async function readFound(writer: Writer, { after_load, through_load }: Due): Promise<Found> {
  const [row] = await writer.all<Found>({
    sql: `select
      (select count(*) from stg_new) as inserted,
      (select count(*) from audit_events_raw as r
        inner join stg_events as e on e.event_id = r.event_id and e.timestamp = r.timestamp
        left join stg_known as k on k.event_id = r.event_id and k.timestamp = r.timestamp
        where r.load_id > ? and r.load_id <= ?
          and (r.payload_sha256 <> e.payload_sha256 or r.payload_sha256 <> k.payload_sha256)) as contents,
      (select count(*) from stg_replaced) as replaced`,
    parameters: [after_load, through_load],
  });
  return row ?? { inserted: 0, contents: 0, replaced: 0 };
}

/** With nothing left to add, the marts are where loading is: at the beginning of a new log, say, which has no line yet. */
async function follow(writer: Writer, now: number): Promise<void> {
  const [{ places } = { places: 1 }] = await writer.all<{ places: number }>({
    sql: `select count(*) as places from (
        select distinct ingest_node, ingest_epoch, ingest_seq from pipeline_positions where pipeline in ('load', 'refresh')
      ) as p`,
  });
  if (places < 2) return;
  const { load, refresh } = await readLoadIds(writer);
  await advance(writer, { after_load: refresh, through_load: load, last_load: load }, now);
}

/**
 * What the rows are as of is known of the last load only; until it is reached the marts stay as of the moment before.
 * @throws AppError where somebody else has refreshed since `due` was read: a lease can run out unnoticed, and a load must
 * not be added twice.
 */
async function advance(writer: Writer, due: Due, now: number): Promise<void> {
  const advanced = await writer.run(due.through_load < due.last_load ? toPart(due, now) : toLast(due, now));
  if (advanced === 1) return;
  throw new AppError('WAREHOUSE_UNAVAILABLE', 'The marts were refreshed by another node meanwhile.', {
    retryable: true,
  });
}

const toPart = ({ after_load, through_load }: Due, now: number): Query => ({
  sql: `update pipeline_positions set load_id = ?, updated_at = ? where pipeline = 'refresh' and load_id = ?`,
  parameters: [through_load, new Date(now), after_load],
});

const toLast = ({ after_load }: Due, now: number): Query => ({
  sql: `update pipeline_positions set
        load_id = l.load_id, ingest_node = l.ingest_node, ingest_epoch = l.ingest_epoch, ingest_seq = l.ingest_seq,
        data_as_of = l.data_as_of, updated_at = ?
      from (select * from pipeline_positions where pipeline = 'load') as l
      where pipeline_positions.pipeline = 'refresh' and pipeline_positions.load_id = ?`,
  parameters: [new Date(now), after_load],
});
