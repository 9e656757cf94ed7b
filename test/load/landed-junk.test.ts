import { createMemoryLanding, landedEvent, landedLedger, START, startLandedLoader } from './landed-place.ts';
import { createPlace, eventIds, type Place, select } from './pipeline.ts';

let place: Place;
beforeEach(() => {
  place = createPlace();
});
afterEach(() => place.remove());

async function open() {
  const { warehouse, sql } = await place.openWarehouse('warehouse');
  const files = createMemoryLanding(warehouse);
  return { warehouse, files, loader: await startLandedLoader({ landing: files.landing, warehouse, sql }) };
}

/** More than a call may have arguments. */
const MANY = 130_000;

test('a file of very many lines that are none of ours leaves a hundred errors, says how many more, and holds nobody up', async () => {
  const { warehouse, files, loader } = await open();
  files.put(Array.from({ length: MANY }, (_, index) => `${index}\n`).join(''), landedLedger({ seq: 1 }, 'OPEN'));
  files.put(landedEvent({ seq: 2 }));
  await loader.loadNext();
  expect(await eventIds(warehouse)).toEqual(['node-a.2']);
  const errors = await select(warehouse, 'select message from audit_events_errors');
  expect(errors).toHaveLength(100);
  expect(
    errors.filter(({ message }) => String(message).includes(`(and ${MANY - 100} more lines of this file)`)),
  ).toEqual([{ message: expect.stringContaining('Row 100 of ') }]);
  expect(loader.position().dataAsOf).toBe(START + 1_000);
});

test('every unreadable line that says its place is kept, however many there are', async () => {
  const { warehouse, files, loader } = await open();
  const spoiled = Array.from({ length: 250 }, (_, index) =>
    landedEvent({ seq: index + 2 }).replace('"userId"', '"user"'),
  );
  files.put(landedLedger({ seq: 1 }, 'OPEN'), ...spoiled, landedEvent({ seq: 252 }));
  await loader.loadNext();
  expect(
    await select(warehouse, 'select count(*) as n, count(distinct ingest_seq) as m from audit_events_errors'),
  ).toEqual([{ n: 250, m: 250 }]);
  // Nobody waits for their numbers.
  expect(loader.position().dataAsOf).toBe(START + 251_000);
});

test('errors that are there stay as they are, and those beside them are added', async () => {
  const { warehouse, files, loader } = await open();
  const bad = (seq: number): string => landedEvent({ seq }).replace('"userId"', '"user"');
  files.put(landedLedger({ seq: 1 }, 'OPEN'), bad(2));
  await loader.loadNext();
  await warehouse.write('metrics', (writer) =>
    writer.run({ sql: `update audit_events_errors set status = 'IGNORED'` }),
  );
  await warehouse.write('metrics', (writer) => writer.run({ sql: 'delete from landed_files' }));
  files.put(bad(3));
  await loader.loadNext();
  expect(await select(warehouse, 'select status, ingest_seq as seq from audit_events_errors order by seq')).toEqual([
    { status: 'IGNORED', seq: 2 },
    { status: 'NEW', seq: 3 },
  ]);
});
