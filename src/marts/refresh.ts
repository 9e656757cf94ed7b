import type { Clock } from '../ports/clock.ts';
import type { SqlFile, SqlValue, Warehouse, Writer } from '../ports/warehouse.ts';
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
  readonly claimed: number;
  readonly inserted: number;
}

const NOTHING: RefreshReport = { claimed: 0, inserted: 0 };

/** Brings the marts up to what was loaded, by adding; one transaction. Costs what the batch costs, not what the marts hold. */
export function createRefresh({ warehouse, sql, clock }: RefreshDeps) {
  const file = (name: string): SqlFile => {
    const found = sql.refresh.find((candidate) => candidate.name === name);
    if (!found) throw new Error(`sql/shared/refresh/${name} is missing`);
    return found;
  };
  const [claim, known, events, conflicts, cells, sessions, users, touched] = [
    '01-claim.sql',
    '02-known.sql',
    '03-events.sql',
    '04-conflicts.sql',
    '05-cells.sql',
    '06-sessions.sql',
    '07-users.sql',
    '08-touched.sql',
  ].map(file) as [SqlFile, SqlFile, SqlFile, SqlFile, SqlFile, SqlFile, SqlFile, SqlFile];

  return {
    refresh: (): Promise<RefreshReport> =>
      warehouse.write('refresh', async (writer) => {
        const due = await readDue(writer);
        if (!due) return NOTHING;
        await runFile(writer, claim, { after_load: due.afterLoad, through_load: due.throughLoad });
        const extent = await readExtent(writer);
        let inserted = 0;
        if (extent.claimed > 0) {
          for (const [from, to] of stretchesOf(extent.minutes)) {
            await runFile(writer, known, { from_at: new Date(from), to_at: new Date(to) });
          }
          await runFile(writer, events);
          inserted = await countNew(writer);
          const odd = await readOdd(writer);
          if (odd.contents > 0) await runFile(writer, conflicts);
          const bounds = {
            from_at: new Date(extent.fromAt),
            to_at: new Date(extent.toAt),
            from_day: day(extent.fromAt),
            to_day: day(extent.toAt),
          };
          for (const step of [cells, sessions, users]) await runFile(writer, step, bounds);
          if (odd.replaced > 0) {
            for (const step of [touched, ...sql.rebuild]) await runFile(writer, step);
          }
        }
        await advance(writer, clock.now());
        return { claimed: extent.claimed, inserted };
      }),

    /** Every mart anew from raw. For a changed setting or a repair; what a refresh does is equal to it. */
    recompute: (): Promise<void> =>
      warehouse.write('refresh', async (writer) => {
        const [row] = await writer.all<{ load_id: number }>(
          plain(`select load_id from pipeline_positions where pipeline = 'load'`),
        );
        for (const step of [...sql.recompute, ...sql.rebuild]) {
          await runFile(writer, step, { through_load: row?.load_id ?? 0 });
        }
        await advance(writer, clock.now());
      }),
  };
}

export type Refresh = ReturnType<typeof createRefresh>;

const plain = (sql: string) => ({ sql, parameters: [] });
const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

async function runFile(writer: Writer, { statements }: SqlFile, values: Record<string, SqlValue> = {}): Promise<void> {
  for (const statement of statements) await writer.run(statement(values));
}

async function readDue(writer: Writer): Promise<{ afterLoad: number; throughLoad: number } | null> {
  const rows = await writer.all<{ pipeline: string; load_id: number }>(
    plain('select pipeline, load_id from pipeline_positions'),
  );
  const idOf = (pipeline: string) => rows.find((row) => row.pipeline === pipeline)?.load_id ?? 0;
  const due = { afterLoad: idOf('refresh'), throughLoad: idOf('load') };
  return due.throughLoad > due.afterLoad ? due : null;
}

interface Extent {
  readonly claimed: number;
  readonly fromAt: number;
  readonly toAt: number;
  /** Minutes that hold events of the batch, ascending; milliseconds. */
  readonly minutes: readonly number[];
}

async function readExtent(writer: Writer): Promise<Extent> {
  const [bounds] = await writer.all<{ claimed: number; from_at: number | null; to_at: number | null }>(
    plain('select count(*) as claimed, min(timestamp) as from_at, max(timestamp) as to_at from stg_events'),
  );
  const minutes = await writer.all<{ minute: number }>(
    plain(
      `select date_trunc('minute', timestamp) as minute from stg_events group by date_trunc('minute', timestamp) order by 1`,
    ),
  );
  return {
    claimed: bounds?.claimed ?? 0,
    fromAt: bounds?.from_at ?? 0,
    toAt: bounds?.to_at ?? 0,
    minutes: minutes.map(({ minute }) => minute),
  };
}

/** Keys with more than one content, and events to be replaced: both rare, and their steps cost more than adding. */
async function readOdd(writer: Writer): Promise<{ contents: number; replaced: number }> {
  const [row] = await writer.all<{ contents: number; replaced: number }>(
    plain(`select
      (select count(*) from stg_batch as b
        inner join stg_events as e on e.event_id = b.event_id and e.timestamp = b.timestamp
        left join stg_known as k on k.event_id = b.event_id and k.timestamp = b.timestamp
        where b.payload_sha256 <> e.payload_sha256 or b.payload_sha256 <> k.payload_sha256) as contents,
      (select count(*) from stg_replaced) as replaced`),
  );
  return row ?? { contents: 0, replaced: 0 };
}

async function countNew(writer: Writer): Promise<number> {
  const [row] = await writer.all<{ n: number }>(plain('select count(*) as n from stg_new'));
  return row?.n ?? 0;
}

async function advance(writer: Writer, now: number): Promise<void> {
  await writer.run({
    sql: `update pipeline_positions set
        load_id = l.load_id, ingest_node = l.ingest_node, ingest_epoch = l.ingest_epoch, ingest_seq = l.ingest_seq,
        data_as_of = l.data_as_of, updated_at = ?
      from (select * from pipeline_positions where pipeline = 'load') as l
      where pipeline_positions.pipeline = 'refresh'`,
    parameters: [new Date(now)],
  });
}
