import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckdb } from '../../src/adapters/warehouse/open-duckdb.ts';
import type { WarehouseSql } from '../../src/adapters/warehouse/warehouse-sql.ts';
import { createLandedLoader } from '../../src/load/landed-loader.ts';
import { createEventIds } from '../../src/marts/event-ids.ts';
import { createRefresh } from '../../src/marts/refresh.ts';
import type { Query, Warehouse } from '../../src/ports/warehouse.ts';
import { type On, onBoth } from './both-engines.ts';
import { loads } from './fixture-lines.ts';
import { landedOn } from './landing.ts';
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
  const texts: Texts = { sql, snowflake: snowflakeSql(TIME_ZONE) };
  const steps: Step[] = [];
  for (const lines of loads(events)) {
    steps.push({ land: lines.map((line, index) => [line.trimEnd(), 'events/one.ndjson.gz', index + 1] as const) });
    for (const work of [loadOn(lines), dataIsComplete, refresh]) {
      steps.push(...(await onBoth(warehouse, (on) => work(on, texts))).snowflake);
    }
  }
  steps.push(...(await onBoth(warehouse, (on) => writeIds(on, texts))).snowflake);
  const recomputed = await onBoth(warehouse, (on) => recompute(on, texts));
  return {
    path,
    warehouse,
    steps,
    recompute: recomputed.snowflake,
    close: () => warehouse.close(),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

interface Texts {
  readonly sql: WarehouseSql;
  readonly snowflake: SnowflakeSql;
}

const sqlOf = ({ engine }: On, { sql, snowflake }: Texts): WarehouseSql =>
  engine === 'duckdb' ? sql : snowflake.warehouse;

const loadOn =
  (lines: readonly string[]) =>
  async (on: On, texts: Texts): Promise<void> => {
    const landing = landedOn(on, { lines, stage: texts.snowflake.stage });
    const loader = await createLandedLoader({ landing, warehouse: on.warehouse, sql: sqlOf(on, texts), clock });
    await loader.loadNext();
  };

/** The fixture's numbers have gaps, which would hold the moment back for ever. */
const dataIsComplete = ({ warehouse }: On): Promise<unknown> =>
  warehouse.write('load', (writer) =>
    writer.run({
      sql: `update pipeline_positions set data_as_of = ? where pipeline = 'load'`,
      parameters: [new Date(Date.UTC(2024, 3, 1))],
    }),
  );

const refreshOn = (on: On, texts: Texts) => createRefresh({ warehouse: on.warehouse, sql: sqlOf(on, texts), clock });
const refresh = (on: On, texts: Texts): Promise<unknown> => refreshOn(on, texts).refresh();
const recompute = (on: On, texts: Texts): Promise<unknown> => refreshOn(on, texts).recompute();

const writeIds = (on: On, texts: Texts): Promise<unknown> =>
  createEventIds({ warehouse: on.warehouse, sql: sqlOf(on, texts).eventIds, clock, runEvents: 30 }).writeRun();
