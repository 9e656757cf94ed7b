import fc from 'fast-check';
import { advanceWatermark } from '../../src/load/watermark.ts';
import { aDelivery, aHistory, deliver, linesOfRecord, runHistory } from './landed-history.ts';
import { createMemoryLanding, startLandedLoader } from './landed-place.ts';
import { createPlace, type Place, select } from './pipeline.ts';

const TABLES = ['audit_events_raw', 'audit_events_errors', 'landed_files', 'ingest_nodes', 'ingest_numbers'];

describe('random histories, cut into files that come in any order, some twice', () => {
  let place: Place;
  beforeAll(() => {
    place = createPlace();
  });
  afterAll(() => place.remove());

  test('are in the warehouse once, and are as of what has come', async () => {
    const { warehouse, sql } = await place.openWarehouse('warehouse');
    const property = fc.asyncProperty(
      aHistory,
      aDelivery(false),
      fc.integer({ min: 1, max: 6 }),
      async (steps, delivery, filesInChunk) => {
        await warehouse.write('load', async (writer) => {
          for (const table of TABLES) await writer.run({ sql: `delete from ${table}` });
          await writer.run({
            sql: `update pipeline_positions set load_id = 0, data_as_of = timestamp '1970-01-01 00:00:00'`,
          });
        });
        const { records } = await runHistory(steps);
        const all = records.flatMap(linesOfRecord);
        const files = createMemoryLanding(warehouse);
        files.limitTo(filesInChunk);
        const loader = await startLandedLoader({ landing: files.landing, warehouse, sql });
        for (const file of deliver(records, delivery)) files.put(...file.records.map(({ lines }) => lines.toString()));

        for (let caughtUp = false; !caughtUp; ) {
          const before = loader.position().dataAsOf;
          ({ caughtUp } = await loader.loadNext());
          expect(loader.position().dataAsOf).toBeGreaterThanOrEqual(before);
        }
        const raw = await select(
          warehouse,
          'select ingest_node as node, ingest_seq as seq, event_id from audit_events_raw',
        );
        const errors = await select(
          warehouse,
          'select code, ingest_node as node, ingest_seq as seq from audit_events_errors',
        );
        const late = new Set(errors.flatMap(({ code, node, seq }) => (code === 'LATE_LINE' ? [`${node}:${seq}`] : [])));
        const expected = all.filter(({ kind, node, seq }) => kind === 'EVENT' && !late.has(`${node}:${seq}`));
        expect(raw.map(({ node, seq, event_id }) => `${node}:${seq}:${event_id}`).sort()).toEqual(
          expected.map(({ node, seq, eventId }) => `${node}:${seq}:${eventId}`).sort(),
        );
        // Only a line that its node gave up may be kept beside the rows.
        const givenUp = new Set(all.filter(({ isGivenUp }) => isGivenUp).map(({ node, seq }) => `${node}:${seq}`));
        expect([...late].filter((line) => !givenUp.has(line))).toEqual([]);
        expect(errors.filter(({ code }) => code !== 'LATE_LINE' && code !== 'NODE_LOST')).toEqual([]);
        // What is kept of the numbers is what came, and the moment follows from it.
        const kept = await select(
          warehouse,
          'select ingest_node as node, sum(last_seq - first_seq + 1) as numbers from ingest_numbers where is_loaded group by ingest_node',
        );
        const counts = new Map<string, number>();
        for (const { node } of all) counts.set(node, (counts.get(node) ?? 0) + 1);
        expect(new Map(kept.map(({ node, numbers }) => [String(node), Number(numbers)]))).toEqual(counts);
        const newest = Math.max(...all.map(({ receivedAt }) => receivedAt));
        expect(loader.position().dataAsOf).toBeGreaterThanOrEqual(newest - 3_000);
        expect(loader.position().dataAsOf).toBeLessThanOrEqual(
          advanceWatermark({ nodes: [], newestAt: newest, dataAsOf: 0, mayBeSilent: true, now: newest }).dataAsOf,
        );
      },
    );
    await fc.assert(property, { numRuns: Number(process.env.TRAILGATE_PROPERTY_RUNS ?? 12) });
  }, 180_000);
});
