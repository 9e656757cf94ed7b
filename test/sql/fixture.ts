import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckdb } from '../../src/adapters/warehouse/open-duckdb.ts';
import { stageSoundLines } from '../../src/load/stage-lines.ts';
import { createEventIds } from '../../src/marts/event-ids.ts';
import { createRefresh } from '../../src/marts/refresh.ts';
import type { Query, Warehouse } from '../../src/ports/warehouse.ts';
import { recording, replaying, type Seen } from './both-engines.ts';
import { loads } from './fixture-lines.ts';
import { type SnowflakeSql, snowflakeSql } from './snowflake-sql.ts';

export const NOW = Date.UTC(2024, 5, 1);
export const TIME_ZONE = 'Europe/Berlin';
const clock = { now: () => NOW };

/** What is done to the warehouse on Snowflake: lines land, or a statement is sent. */
export type Step = { readonly land: readonly (readonly [line: string, file: string, row: number])[] } | Query;

export interface Fixture {
  readonly path: string;
  readonly warehouse: Warehouse;
  /** What fills the same marts on Snowflake, statement by statement. */
  readonly steps: readonly Step[];
  readonly recompute: readonly Query[];
  close(): Promise<void>;
  remove(): void;
}

/** A warehouse filled by the embedded engine, and the statements that Snowflake would have been sent instead. */
export async function createFixture(events?: number): Promise<Fixture> {
  const directory = mkdtempSync(join(tmpdir(), 'trailgate-sql-'));
  const path = join(directory, 'warehouse.duckdb');
  const { warehouse, sql } = await openDuckdb({
    path,
    temporaryDirectory: directory,
    threads: 1,
    memoryLimitMiB: 512,
    readers: 2,
    sqlDirectory: join(process.cwd(), 'sql'),
    timeZone: TIME_ZONE,
    now: clock.now,
  });
  const snowflake = snowflakeSql(TIME_ZONE);
  const steps: Step[] = [];
  for (const [index, lines] of loads(events).entries()) {
    await warehouse.write('load', async (writer) => {
      await stageSoundLines(writer, [Buffer.from(lines.join(''))]);
      for (const statement of sql.load.statements) await writer.run(statement(loadValues(index + 1)));
      await writer.run(advanceLoad(index + 1));
    });
    steps.push(...landing(lines, index), ...loadOnSnowflake(snowflake, index + 1));
    steps.push(...(await onBoth(warehouse, (on) => refreshOn(on, { sql, snowflake }).refresh())));
  }
  steps.push(...(await onBoth(warehouse, (on) => writeIds(on, { sql, snowflake }))));
  const recompute = await onBoth(warehouse, (on) => refreshOn(on, { sql, snowflake }).recompute());
  return {
    path,
    warehouse,
    steps,
    recompute,
    close: () => warehouse.close(),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Which engine a piece of work is for, and its warehouse: the real one, or one that answers as the real one did. */
interface On {
  readonly engine: 'duckdb' | 'snowflake';
  readonly warehouse: Warehouse;
}

/** Does it on DuckDB, and answers what Snowflake would have been sent. */
async function onBoth(warehouse: Warehouse, work: (on: On) => Promise<unknown>): Promise<readonly Query[]> {
  const seen: Seen[] = [];
  await work({ engine: 'duckdb', warehouse: recording(warehouse, seen) });
  const asked: Query[] = [];
  await work({ engine: 'snowflake', warehouse: replaying(seen, asked) });
  if (asked.length !== seen.length) throw new Error(`${asked.length} statements instead of ${seen.length}`);
  return asked;
}

type Texts = { readonly sql: Awaited<ReturnType<typeof openDuckdb>>['sql']; readonly snowflake: SnowflakeSql };

const refreshOn = ({ engine, warehouse }: On, { sql, snowflake }: Texts) =>
  createRefresh({ warehouse, sql: engine === 'duckdb' ? sql : snowflake.warehouse, clock });

const writeIds = ({ engine, warehouse }: On, { sql, snowflake }: Texts) =>
  createEventIds({
    warehouse,
    sql: engine === 'duckdb' ? sql.eventIds : snowflake.warehouse.eventIds,
    clock,
    runEvents: 30,
  }).writeRun();

const loadValues = (loadId: number) => ({ load_id: loadId, now: new Date(NOW) });

const advanceLoad = (loadId: number): Query => ({
  sql: `update pipeline_positions set load_id = ?, data_as_of = ? where pipeline = 'load'`,
  parameters: [loadId, new Date(Date.UTC(2024, 3, 1) + loadId)],
});

const landing = (lines: readonly string[], load: number): Step[] => [
  { land: lines.map((line, index) => [line.trimEnd(), `events/${load}.ndjson.gz`, index + 1] as const) },
];

const loadOnSnowflake = ({ stage, warehouse }: SnowflakeSql, loadId: number): Query[] => [
  ...stage.statements.map((statement) => statement()),
  ...warehouse.load.statements.map((statement) => statement(loadValues(loadId))),
  advanceLoad(loadId),
];
