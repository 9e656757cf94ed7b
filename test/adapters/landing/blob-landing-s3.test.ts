import { gzipSync } from 'node:zlib';
import { createS3BlobStore } from '../../../src/adapters/blob-store/s3-blob-store.ts';
import { createBlobLanding } from '../../../src/adapters/landing/blob-landing.ts';
import { createLandedLoader } from '../../../src/load/landed-loader.ts';
import { landedEvent, landedLedger, START } from '../../load/landed-place.ts';
import { createPlace, eventIds, type Place, select } from '../../load/pipeline.ts';
import { breakAfter, type S3Rig, startS3rver } from '../../rigs/s3rver.ts';

let rig: S3Rig;
let place: Place;
beforeAll(async () => {
  rig = await startS3rver();
  place = createPlace();
});
afterAll(async () => {
  await place.remove();
  await rig.stop();
});

test('objects of S3 are loaded once, over connections that break and listings of a few keys, under whatever prefix', async () => {
  rig.pageKeys = 2;
  const blobs = createS3BlobStore({
    client: rig.client,
    bucket: await rig.createBucket(),
    encryption: { kind: 'SSE_S3' },
  });
  const { warehouse, sql } = await place.openWarehouse('warehouse');
  const clock = { now: () => START + 600_000 };
  const landing = createBlobLanding({ blobs, warehouse, prefix: 'events/', clock, chunkBytes: 40_000 });
  const loader = await createLandedLoader({ landing, warehouse, sql, clock });
  const [day, hour] = new Date(clock.now()).toISOString().split(/[T:]/) as [string, string];
  const [year, month, date] = day.split('-');
  const folder = `events/year=${year}/month=${month}/day=${date}/hour=${hour}`;
  const events = (from: number, count: number): string =>
    Array.from({ length: count }, (_, index) => landedEvent({ seq: from + index })).join('');

  await blobs.put(`${folder}/a.gz`, gzipSync(landedLedger({ seq: 1 }, 'OPEN') + events(2, 200), { level: 0 }));
  await blobs.put(`${folder}/b`, Buffer.from(events(202, 10)));
  await blobs.put('events/year=!{timestamp:yyyy}/month=!{timestamp:MM}/c', Buffer.from(events(212, 5)));
  let broken = 0;
  rig.meddle(({ method, url }, response) => {
    if (method === 'GET' && url?.includes('a.gz') && broken < 2) {
      broken += 1;
      breakAfter(50_000, response);
    }
    return false;
  });
  const loadAll = async (): Promise<void> => {
    for (let loads = 0; !(await loader.loadNext()).caughtUp; loads += 1)
      if (loads > 50) throw new Error('it never ends');
  };
  await loadAll();
  await loadAll();
  expect(broken).toBe(2);
  await blobs.put(`${folder}/d`, Buffer.from(events(217, 3)));
  await loadAll();
  await landing.close();
  expect(await eventIds(warehouse)).toEqual(Array.from({ length: 218 }, (_, index) => `node-a.${index + 2}`));
  expect(await select(warehouse, 'select count(*) as n from audit_events_errors')).toEqual([{ n: 0 }]);
  expect(loader.position().dataAsOf).toBe(START + 219_000 - 1_000);
}, 60_000);
