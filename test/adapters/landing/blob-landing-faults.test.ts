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
beforeEach(() => {
  place = createPlace();
  blobs = createDirectoryBlobStore({ path: place.path('bucket') });
});
afterEach(() => place.remove());

const clock = { now: () => START + HOUR_MS };
const folder = 'events/year=2024/month=05/day=31/hour=23/';
const put = (name: string, ...lines: string[]) => blobs.put(`${folder}${name}`, Buffer.from(lines.join('')));

test('an object that can never be fetched holds no other up, and nobody is called silent because of it', async () => {
  const { warehouse, sql } = await place.openWarehouse('warehouse');
  const denied = new Set(['b']);
  const refusing: BlobStore = {
    ...blobs,
    get: async (key) => {
      if (denied.has(key.slice(folder.length))) {
        throw new AppError('WAREHOUSE_UNAVAILABLE', 'The key that encrypts the bucket cannot be used.');
      }
      return blobs.get(key);
    },
  };
  const landing = createBlobLanding({ blobs: refusing, warehouse, prefix: 'events/', clock });
  const loader = await createLandedLoader({ landing, warehouse, sql, clock });
  let failures = 0;
  const loadSome = async (): Promise<void> => {
    for (let calls = 0; calls < 6; calls += 1) {
      await loader.loadNext().catch(() => {
        failures += 1;
      });
    }
  };
  await put('a', landedLedger({ seq: 1 }, 'OPEN'), landedEvent({ seq: 2 }));
  await put('b', landedEvent({ seq: 3 }));
  await put('c', landedEvent({ seq: 4 }));
  await loadSome();
  await put(
    'd',
    landedEvent({ seq: 5 }),
    landedLedger({ node: 'node-b', seq: 1, receivedAt: START + 200_000 }, 'OPEN'),
  );
  await loadSome();
  expect(failures).toBeGreaterThan(0);
  expect(await eventIds(warehouse)).toEqual(['node-a.2', 'node-a.4', 'node-a.5']);
  // What is in it may be of any node.
  expect(await select(warehouse, 'select code from audit_events_errors')).toEqual([]);
  expect(loader.position().dataAsOf).toBe(START + 1_000);
  denied.clear();
  await loadSome();
  expect(await eventIds(warehouse)).toEqual(['node-a.2', 'node-a.3', 'node-a.4', 'node-a.5']);
  expect(await select(warehouse, 'select count(*) as n from landed_files where is_complete')).toEqual([{ n: 4 }]);
});

test('finds within an hour what Firehose delivers a week late, under the name of the day that it is of', async () => {
  const { warehouse, sql } = await place.openWarehouse('warehouse');
  const moving = { at: START, now: () => moving.at };
  const landing = createBlobLanding({ blobs, warehouse, prefix: 'events/', clock: moving });
  const loader = await createLandedLoader({ landing, warehouse, sql, clock: moving });
  await put('a', landedLedger({ seq: 1 }, 'OPEN'), landedEvent({ seq: 2 }));
  await loader.loadNext();
  await loader.loadNext();
  moving.at += 7 * 24 * HOUR_MS;
  await loader.loadNext();
  await put('b', landedEvent({ seq: 3 }));
  for (const minutes of [5, 61]) {
    moving.at += minutes * 60_000;
    await loader.loadNext();
  }
  expect(await eventIds(warehouse)).toEqual(['node-a.2', 'node-a.3']);
});
