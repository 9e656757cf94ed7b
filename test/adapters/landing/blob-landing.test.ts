import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { createDirectoryBlobStore } from '../../../src/adapters/blob-store/directory-blob-store.ts';
import { createBlobLanding } from '../../../src/adapters/landing/blob-landing.ts';
import { AppError } from '../../../src/domain/errors.ts';
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

test('goes on without an object that was removed before it was loaded, and says so', async () => {
  const { warehouse, landing, load } = await open();
  await put(keyAt(START, 'a'), landedLedger({ seq: 1 }, 'OPEN'));
  await put(keyAt(START, 'b'), ...events(2, 1));
  await put(keyAt(START, 'c'), ...events(3, 1));
  const one = landing();
  const removing: BlobStore = { ...blobs, get: (key) => blobs.remove(keyAt(START, 'b')).then(() => blobs.get(key)) };
  await load(createBlobLanding({ blobs: removing, warehouse, prefix: 'events/', clock }));
  await load(one);
  expect(await eventIds(warehouse)).toEqual(ids(3, 1));
  expect(await select(warehouse, 'select code, message from audit_events_errors')).toEqual([
    {
      code: 'UNREADABLE_LINE',
      message: expect.stringMatching(/Row 1 of .*\/b cannot be read: the object was removed/),
    },
  ]);
});

test('loads what stands before an object that cannot be fetched, tries again, and loses and doubles nothing', async () => {
  const { warehouse, sql } = await open();
  await put(keyAt(START, 'a'), landedLedger({ seq: 1 }, 'OPEN'), ...events(2, 3));
  await put(keyAt(START, 'b'), ...events(5, 60));
  await put(keyAt(START, 'c'), ...events(65, 3));
  let failures = 0;
  const failing: BlobStore = {
    ...blobs,
    get: async (key) => {
      const body = await blobs.get(key);
      if (!key.endsWith('b') || failures === 3) return body;
      failures += 1;
      async function* broken(): AsyncGenerator<Buffer> {
        for await (const chunk of body) yield (chunk as Buffer).subarray(0, failures * 9_000);
        throw new AppError('WAREHOUSE_UNAVAILABLE', 'The object came damaged.', { retryable: true });
      }
      return Readable.from(broken(), { objectMode: false });
    },
  };
  const landing = createBlobLanding({ blobs: failing, warehouse, prefix: 'events/', clock, chunkBytes: 8_000 });
  const loader = await createLandedLoader({ landing, warehouse, sql, clock });
  let refused = 0;
  for (let calls = 0, caughtUp = false; !caughtUp || calls < 5; calls += 1) {
    if (calls > 100) throw new Error('it never ends');
    caughtUp = await loader.loadNext().then(
      (load) => load.caughtUp,
      () => {
        refused += 1;
        return false;
      },
    );
  }
  expect(failures).toBe(3);
  expect(refused).toBeGreaterThan(0);
  expect(await eventIds(warehouse)).toEqual(ids(2, 66));
  expect(await select(warehouse, 'select count(*) as n from audit_events_errors')).toEqual([{ n: 0 }]);
});

test('says which row of a large object cannot be read, whatever part it lies in', async () => {
  const { warehouse, load } = await open(2_000);
  const lines = [landedLedger({ seq: 1 }, 'OPEN'), ...events(2, 30)];
  lines[20] = `${(lines[20] as string).slice(0, 300)}\n`;
  await put(keyAt(START, 'a'), ...lines);
  await load();
  expect(await select(warehouse, 'select message, ingest_seq as seq from audit_events_errors')).toEqual([
    { message: expect.stringContaining('Row 21 of '), seq: 21 },
  ]);
  expect(await eventIds(warehouse)).toHaveLength(29);
});

test('takes many small objects some at a time, and calls nobody silent before the last', async () => {
  const { warehouse, landing } = await open();
  for (let n = 0; n < 230; n += 1)
    await put(keyAt(START, `o-${String(n).padStart(3, '0')}`), landedLedger({ seq: n + 1 }));
  const one = landing();
  const sizes: number[] = [];
  for (let chunk = await one.next(); chunk; chunk = await one.next()) {
    sizes.push(chunk.files.length);
    expect(chunk.last).toBe(false);
    const { stage } = chunk;
    await warehouse.write('load', (writer) => stage(writer, async () => []));
  }
  expect(sizes).toEqual([200, 30]);
  await put(keyAt(clock.at, 'next'), landedLedger({ seq: 231 }));
  expect((await one.next())?.last).toBe(true);
});
