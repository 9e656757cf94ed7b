import { gzipSync } from 'node:zlib';
import { createDirectoryBlobStore } from '../../../src/adapters/blob-store/directory-blob-store.ts';
import { createBlobLanding } from '../../../src/adapters/landing/blob-landing.ts';
import { createLandedLoader } from '../../../src/load/landed-loader.ts';
import type { BlobStore } from '../../../src/ports/blob-store.ts';
import { landedEvent, landedLedger, START } from '../../load/landed-place.ts';
import { createPlace, eventIds, type Place, select } from '../../load/pipeline.ts';

const HOUR_MS = 3_600_000;
let place: Place;
let blobs: BlobStore;
let clock: { at: number; now(): number };
beforeEach(() => {
  place = createPlace();
  blobs = createDirectoryBlobStore({ path: place.path('bucket') });
  clock = { at: START + HOUR_MS, now: () => clock.at };
});
afterEach(() => place.remove());

/** As Firehose names an object, under the hour of this time. */
const keyAt = (at: number, name: string): string => {
  const text = new Date(at).toISOString();
  return `events/year=${text.slice(0, 4)}/month=${text.slice(5, 7)}/day=${text.slice(8, 10)}/hour=${text.slice(11, 13)}/${name}`;
};
const put = (key: string, ...lines: string[]) => blobs.put(key, Buffer.from(lines.join('')));
const events = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => landedEvent({ seq: from + index }));

async function open(chunkBytes?: number) {
  const { warehouse, sql } = await place.openWarehouse('warehouse');
  const landing = () =>
    createBlobLanding({ blobs, warehouse, prefix: 'events/', clock, ...(chunkBytes !== undefined && { chunkBytes }) });
  const load = async (from = landing()): Promise<number> => {
    const loader = await createLandedLoader({ landing: from, warehouse, sql, clock });
    for (let loads = 0; ; loads += 1) {
      if (loads > 500) throw new Error('the landing never ends');
      if ((await loader.loadNext()).caughtUp) return loads + 1;
    }
  };
  return { warehouse, sql, landing, load };
}

const ids = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `node-a.${from + index}`);

test('loads what lies there, packed or not, and each object once', async () => {
  const { warehouse, load } = await open();
  await put(keyAt(START, 'a.ndjson'), landedLedger({ seq: 1 }, 'OPEN'), ...events(2, 3));
  await blobs.put(keyAt(START, 'b.ndjson.gz'), gzipSync(events(5, 3).join('')));
  await put('events/year=!{timestamp:yyyy}/month=!{timestamp:MM}/c', ...events(8, 2));
  await put('firehose-errors/d', ...events(10, 1));
  await load();
  await load();
  expect(await eventIds(warehouse)).toEqual(ids(2, 8));
});

test('finds what comes later: in the hour, in an earlier one, and under a prefix that was never filled in', async () => {
  const { warehouse, landing, load } = await open();
  const one = landing();
  await put(keyAt(clock.at, 'a'), landedLedger({ seq: 1 }, 'OPEN'), ...events(2, 1));
  await load(one);
  await put(keyAt(clock.at, 'b'), ...events(3, 1));
  await put('events/year=!{timestamp:yyyy}/c', ...events(4, 1));
  await load(one);
  expect(await eventIds(warehouse)).toEqual(ids(2, 3));
  await put(keyAt(clock.at - 20 * HOUR_MS, 'late'), ...events(5, 1));
  clock.at += 6 * 60_000;
  await load(one);
  expect(await eventIds(warehouse)).toEqual(ids(2, 4));
});

test('loads an object larger than a chunk in parts, and goes on behind them after a restart', async () => {
  const { warehouse, sql, landing, load } = await open(4_000);
  await blobs.put(keyAt(START, 'large.gz'), gzipSync([landedLedger({ seq: 1 }, 'OPEN'), ...events(2, 60)].join('')));
  const loader = await createLandedLoader({
    landing: landing(),
    warehouse,
    sql,
    clock,
  });
  await loader.loadNext();
  await loader.loadNext();
  const [half] = await select(warehouse, 'select line_count, is_complete from landed_files');
  expect(half).toMatchObject({ is_complete: false });
  expect(Number(half?.line_count)).toBeGreaterThan(2);
  expect(await load()).toBeGreaterThan(1);
  expect(await eventIds(warehouse)).toEqual(ids(2, 60));
  expect(await select(warehouse, 'select line_count, is_complete from landed_files')).toEqual([
    { line_count: 61, is_complete: true },
  ]);
});

test('gives a chunk again that was not committed', async () => {
  const { warehouse, landing, load } = await open(4_000);
  await put(keyAt(START, 'a'), landedLedger({ seq: 1 }, 'OPEN'), ...events(2, 20));
  await put(keyAt(START, 'b'), ...events(22, 20));
  const one = landing();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const chunk = await one.next();
    const failing = warehouse.write('load', async (writer) => {
      await chunk?.stage(writer, async () => []);
      throw new Error('lost');
    });
    await expect(failing).rejects.toThrow('lost');
  }
  await load(one);
  expect(await eventIds(warehouse)).toEqual(ids(2, 40));
});

test('says which object is damaged, keeps what stands before it, and loads the others', async () => {
  const { warehouse, load } = await open();
  const packed = gzipSync([landedLedger({ seq: 1 }, 'OPEN'), ...events(2, 200)].join(''), { level: 0 });
  await blobs.put(keyAt(START, 'a.gz'), packed.subarray(0, packed.length - 20_000));
  await put(keyAt(START, 'b'), ...events(300, 2));
  await load();
  const errors = await select(warehouse, 'select code, message from audit_events_errors');
  expect(errors).toEqual([{ code: 'UNREADABLE_LINE', message: expect.stringMatching(/a\.gz.*damaged/s) }]);
  const loaded = await eventIds(warehouse);
  expect(loaded).toContain('node-a.2');
  expect(loaded).toContain('node-a.301');
});

test('takes a last line without an end, and an object without lines', async () => {
  const { warehouse, load } = await open();
  await put(keyAt(START, 'a'), landedLedger({ seq: 1 }, 'OPEN'), landedEvent({ seq: 2 }).trimEnd());
  await put(keyAt(START, 'b'), '');
  await load();
  await load();
  expect(await eventIds(warehouse)).toEqual(ids(2, 1));
  expect(await select(warehouse, 'select count(*) as n from landed_files where is_complete')).toEqual([{ n: 2 }]);
});
