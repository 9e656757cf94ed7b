import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckdb } from '../../src/adapters/warehouse/open-duckdb.ts';
import { stageSoundLines } from '../../src/load/stage-lines.ts';
import { createRefresh } from '../../src/marts/refresh.ts';
import type { SqlRow } from '../../src/ports/warehouse.ts';
import { type Delivery, lineOf } from './delivery.ts';

export const SQL_DIRECTORY = join(process.cwd(), 'sql');
export const NOW = Date.UTC(2024, 5, 1);

export const TABLES = {
  audit_events_mart: `select * exclude (load_timestamp) from audit_events_mart`,
  audit_event_hours: `select * from audit_event_hours`,
  audit_events_errors: `select * from audit_events_errors where stage <> 'ACCEPT'`,
  user_activity_daily: `select * from user_activity_daily`,
  user_resource_daily: `select * from user_resource_daily`,
  user_sessions: `select * replace (array_to_string(activity_types, ',') as activity_types) from user_sessions`,
  users: `select * from users`,
  user_activity_totals: `select * from user_activity_totals`,
  user_activity_mart: `select * from user_activity_mart`,
} as const;
export type TableName = keyof typeof TABLES;
export type Tables = Record<TableName, SqlRow[]>;

/** A real DuckDB in a folder of its own, loaded without a log. */
export async function openWarehouseWithMarts(timeZone = 'UTC') {
  const directory = mkdtempSync(join(tmpdir(), 'trailgate-marts-'));
  const open = (zone: string) =>
    openDuckdb({
      path: join(directory, 'warehouse.duckdb'),
      temporaryDirectory: directory,
      threads: 1,
      memoryLimitMiB: 512,
      readers: 1,
      sqlDirectory: SQL_DIRECTORY,
      timeZone: zone,
      now: () => NOW,
    });
  let opened = await open(timeZone);
  const refreshOf = () => createRefresh({ warehouse: opened.warehouse, sql: opened.sql, clock: { now: () => NOW } });
  let refresh = refreshOf();

  const run = (sql: string) => opened.warehouse.write('load', (writer) => writer.run({ sql, parameters: [] }));
  const all = (sql: string) =>
    opened.warehouse.read({ timeoutMs: 60_000 }, (reader) => reader.all({ sql, parameters: [] }));

  return {
    warehouse: () => opened.warehouse,
    refresh: () => refresh,
    sql: () => opened.sql,
    run,
    all,
    /** What the loader commits for these lines, as one load. */
    load: (deliveries: readonly Delivery[]): Promise<void> =>
      opened.warehouse.write('load', async (writer) => {
        await stageSoundLines(writer, [Buffer.from(deliveries.map(lineOf).join(''))]);
        await writer.run({
          sql: `update pipeline_positions set load_id = load_id + 1 where pipeline = 'load'`,
          parameters: [],
        });
        const [row] = await writer.all<{ load_id: number }>({
          sql: `select load_id from pipeline_positions where pipeline = 'load'`,
          parameters: [],
        });
        for (const statement of opened.sql.load.statements) {
          await writer.run(statement({ load_id: row?.load_id ?? 0, now: new Date(NOW) }));
        }
      }),
    tables: async (): Promise<Tables> => {
      const rows = await opened.warehouse.read({ timeoutMs: 60_000 }, async (reader) => {
        const found: [string, SqlRow[]][] = [];
        for (const [name, sql] of Object.entries(TABLES)) found.push([name, await reader.all({ sql, parameters: [] })]);
        return found;
      });
      return Object.fromEntries(rows) as Tables;
    },
    /** As new, but faster than a new file. */
    empty: async (): Promise<void> => {
      const tables = Object.keys(TABLES).filter((name) => name !== 'user_activity_mart');
      for (const table of ['audit_events_raw', ...tables]) await run(`delete from ${table}`);
      await run(`update pipeline_positions set load_id = 0, data_as_of = timestamp '1970-01-01 00:00:00'`);
    },
    reopen: async (zone: string): Promise<void> => {
      await opened.warehouse.close();
      opened = await open(zone);
      refresh = refreshOf();
    },
    close: async (): Promise<void> => {
      await opened.warehouse.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export type WarehouseWithMarts = Awaited<ReturnType<typeof openWarehouseWithMarts>>;

/** Rows as texts in one order, so that two tables can be compared whatever order they come in. */
export const sorted = (rows: readonly SqlRow[]): string[] =>
  rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
