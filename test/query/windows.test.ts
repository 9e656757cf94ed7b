import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createDuckdbWarehouse } from '../../src/adapters/warehouse/duckdb-warehouse.ts';
import type { Warehouse } from '../../src/ports/warehouse.ts';
import { readWindows, type WindowSpan } from '../../src/query/windows.ts';

const HOUR_MS = 3_600_000;
const BEGIN = Date.UTC(2020, 0, 1);
const hour = (n: number): number => BEGIN + n * HOUR_MS;

let directory: string;
let warehouse: Warehouse;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailgate-windows-'));
  warehouse = await createDuckdbWarehouse({
    path: join(directory, 'warehouse.duckdb'),
    temporaryDirectory: directory,
    threads: 1,
    memoryLimitMiB: 256,
    readers: 1,
    prelude: [],
  });
  await warehouse.write('load', (writer) =>
    writer.run({
      sql: 'create table audit_event_hours (event_hour timestamp not null, event_count bigint not null)',
      parameters: [],
    }),
  );
});
afterAll(async () => {
  await warehouse.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Counts by hour since BEGIN, in no order. */
async function fill(counts: ReadonlyMap<number, number>): Promise<void> {
  await warehouse.write('load', async (writer) => {
    await writer.run({ sql: 'delete from audit_event_hours', parameters: [] });
    for (const [n, count] of counts) {
      await writer.run({ sql: 'insert into audit_event_hours values (?, ?)', parameters: [new Date(hour(n)), count] });
    }
  });
}

const windowsOf = (given: { from?: number; to?: number; descending: boolean }): Promise<WindowSpan> =>
  warehouse.read({ timeoutMs: 10_000 }, (reader) =>
    readWindows(reader, { from: given.from, to: given.to, descending: given.descending }),
  );

test('a small warehouse is one window over all its hours, in both directions', async () => {
  await fill(
    new Map([
      [0, 5],
      [40_000, 7],
    ]),
  );
  for (const descending of [true, false]) {
    expect(await windowsOf({ descending })).toEqual({ windows: [{ from: hour(0), to: hour(40_001) }], eventCount: 12 });
  }
});

test('an empty warehouse, and bounds that no hour touches, have no window', async () => {
  await fill(new Map());
  expect(await windowsOf({ descending: true })).toEqual({ windows: [], eventCount: 0 });
  await fill(new Map([[10, 5]]));
  for (const bounds of [{ to: hour(10) }, { from: hour(11) }, { from: 0, to: 0 }]) {
    expect(await windowsOf({ ...bounds, descending: true })).toEqual({ windows: [], eventCount: 0 });
  }
});

test('the first window holds the nearest million, the second the nearest sixteen million, the third the rest', async () => {
  await fill(new Map(Array.from({ length: 100 }, (_, n) => [n, 400_000])));
  expect(await windowsOf({ descending: true })).toEqual({
    windows: [
      { from: hour(97), to: hour(100) },
      { from: hour(60), to: hour(97) },
      { from: hour(0), to: hour(60) },
    ],
    eventCount: 40_000_000,
  });
  expect(await windowsOf({ descending: false })).toEqual({
    windows: [
      { from: hour(0), to: hour(3) },
      { from: hour(3), to: hour(40) },
      { from: hour(40), to: hour(100) },
    ],
    eventCount: 40_000_000,
  });
});

test('a bound inside an hour keeps that hour, cut', async () => {
  await fill(
    new Map([
      [0, 5],
      [1, 5],
      [2, 5],
    ]),
  );
  const bounds = { from: hour(0) + 1, to: hour(2) + 1 };
  for (const descending of [true, false]) {
    expect(await windowsOf({ ...bounds, descending })).toEqual({ windows: [bounds], eventCount: 15 });
  }
});

test('one hour of more events than any window may have is still one window', async () => {
  await fill(new Map([[3, 50_000_000]]));
  expect((await windowsOf({ descending: true })).windows).toEqual([{ from: hour(3), to: hour(4) }]);
});

test('windows join without a gap or an overlap, in reading order, and leave out no hour within the bounds', async () => {
  const counts = fc.dictionary(
    fc.integer({ min: 0, max: 60 }).map(String),
    fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 200_000, max: 9_000_000 })),
    { maxKeys: 30 },
  );
  const bound = fc.option(
    fc.integer({ min: -2 * HOUR_MS, max: 63 * HOUR_MS }).map((at) => BEGIN + at),
    { nil: undefined },
  );
  await fc.assert(
    fc.asyncProperty(counts, bound, bound, fc.boolean(), async (given, one, other, descending) => {
      const hours = Object.entries(given).map(([n, count]) => [Number(n), count] as const);
      await fill(new Map(hours));
      const [from, to] = one !== undefined && other !== undefined && one > other ? [other, one] : [one, other];
      const { windows, eventCount } = await windowsOf({
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
        descending,
      });
      const touched = hours.filter(
        ([n]) => (from === undefined || hour(n + 1) > from) && (to === undefined || hour(n) < to),
      );
      expect(eventCount).toBe(touched.reduce((sum, [, count]) => sum + count, 0));
      expect(windows.length).toBeLessThanOrEqual(3);
      const rising = descending ? [...windows].reverse() : windows;
      rising.forEach((window, index) => {
        expect(window.from).toBeLessThan(window.to);
        if (index > 0) expect(window.from).toBe(rising[index - 1]?.to);
      });
      const [begin, end] = [rising[0]?.from ?? 0, rising.at(-1)?.to ?? 0];
      for (const [n] of touched) {
        expect(begin).toBeLessThanOrEqual(Math.max(hour(n), from ?? hour(n)));
        expect(end).toBeGreaterThanOrEqual(Math.min(hour(n + 1), to ?? hour(n + 1)));
      }
      if (from !== undefined && windows.length > 0) expect(begin).toBeGreaterThanOrEqual(from);
      if (to !== undefined && windows.length > 0) expect(end).toBeLessThanOrEqual(to);
    }),
    { numRuns: 60, seed: 16 },
  );
});
