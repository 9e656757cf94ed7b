import { createLandedLoader } from '../../src/load/landed-loader.ts';
import { createMemoryLanding, landedEvent, landedLedger, START } from './landed-place.ts';
import { createPlace, eventIds, type Place, select } from './pipeline.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MARGIN = 1_000;
let place: Place;
beforeEach(() => {
  place = createPlace();
});
afterEach(() => place.remove());

async function open(now: number) {
  const { warehouse, sql } = await place.openWarehouse('warehouse');
  const files = createMemoryLanding(warehouse);
  const clock = { at: now, now: () => clock.at };
  const loader = await createLandedLoader({ landing: files.landing, warehouse, sql, clock });
  return {
    warehouse,
    clock,
    load: async (...lines: string[]): Promise<number> => {
      files.put(...lines);
      await loader.loadNext();
      return loader.position().dataAsOf;
    },
    errors: () =>
      select(
        warehouse,
        'select code, ingest_node as node, ingest_seq as seq, occurred_at, message from audit_events_errors order by code, seq',
      ),
  };
}

describe('a node whose clock is far ahead', () => {
  const AHEAD = START + 70 * 365 * 24 * HOUR;
  const ahead = (seq: number) => landedLedger({ node: 'node-z', seq, receivedAt: AHEAD + seq }, 'OPEN');

  test('moves no moment on, and makes nobody else silent', async () => {
    const { load, errors } = await open(START + HOUR);
    expect(await load(landedLedger({ seq: 1 }, 'OPEN'), landedEvent({ seq: 2 }), ahead(1))).toBe(
      START + 2_000 - MARGIN,
    );
    expect(await load(landedEvent({ seq: 3 }))).toBe(START + 3_000 - MARGIN);
    expect(await load(ahead(2), landedEvent({ node: 'node-z', seq: 3, receivedAt: AHEAD + 3 }))).toBe(
      START + 3_000 - MARGIN,
    );
    expect(await errors()).toEqual([]);
  });

  test('keeps nobody from being called silent', async () => {
    const { load, errors } = await open(START + HOUR);
    await load(landedLedger({ seq: 1 }, 'OPEN'), landedLedger({ node: 'node-b', seq: 1 }, 'OPEN'), ahead(1));
    await load(landedLedger({ node: 'node-b', seq: 2, receivedAt: START + 2 * MINUTE }));
    expect(await errors()).toMatchObject([{ code: 'NODE_LOST', node: 'node-a' }]);
  });

  test('alone takes the moment no further than the clock of the loader', async () => {
    const { load, clock } = await open(START + HOUR);
    expect(await load(ahead(1))).toBeLessThan(clock.at);
    // A little ahead, it is a node as any other.
    const little = landedLedger({ seq: 1, receivedAt: clock.at + 20_000 }, 'OPEN');
    expect(await load(little)).toBe(clock.at - MARGIN);
  });

  test('is heard again once its time has come', async () => {
    const { load, clock } = await open(START + HOUR);
    const soon = clock.at + 10 * MINUTE;
    await load(landedLedger({ seq: 1, receivedAt: clock.at }, 'OPEN'));
    await load(landedLedger({ node: 'node-z', seq: 1, receivedAt: soon }, 'OPEN'));
    clock.at += 10 * MINUTE;
    expect(await load(landedLedger({ seq: 2, receivedAt: soon + 5_000 }))).toBe(soon - MARGIN);
  });
});

describe('a line that is lost for good', () => {
  const at = (seq: number, receivedAt: number) => landedLedger({ seq, receivedAt });

  test('is told while its node lives on, once', async () => {
    const { load, errors } = await open(START + 40 * HOUR);
    await load(landedLedger({ seq: 1 }, 'OPEN'), landedEvent({ seq: 2 }), landedEvent({ seq: 4 }));
    await load(at(6, START + 20 * MINUTE));
    expect(await errors()).toEqual([]);
    expect(await load(at(7, START + 21 * MINUTE))).toBe(START + 2_000 - MARGIN);
    await load(at(8, START + 22 * MINUTE));
    expect(await errors()).toMatchObject([
      {
        code: 'LINES_MISSING',
        node: 'node-a',
        seq: 3,
        occurred_at: START + 2_000,
        message: expect.stringMatching(/^2 numbers of node-a \(epoch 1\) have not come .*: 3, 5\. /),
      },
    ]);
  });

  test('holds everything back for a day and two hours of the time in the lines, and is loaded when it comes after all', async () => {
    const { warehouse, load, errors } = await open(START + 40 * HOUR);
    await load(landedLedger({ seq: 1 }, 'OPEN'), landedEvent({ seq: 2 }));
    const end = START + 2_000 + 26 * HOUR;
    expect(await load(at(4, end))).toBe(START + 2_000 - MARGIN);
    expect(await load(at(5, end + 1_000))).toBe(end + 1_000 - MARGIN);
    expect(await load(landedEvent({ seq: 3 }))).toBe(end + 1_000 - MARGIN);
    expect(await eventIds(warehouse)).toEqual(['node-a.2', 'node-a.3']);
    expect(await errors()).toMatchObject([{ code: 'LINES_MISSING', seq: 3 }]);
  });

  test('at the beginning of a node is told too', async () => {
    const { load, errors } = await open(START + 40 * HOUR);
    await load(landedLedger({ node: 'node-b', seq: 1 }, 'OPEN'));
    await load(landedLedger({ seq: 2 }), landedLedger({ seq: 3 }));
    expect(await errors()).toEqual([]);
    await load(landedLedger({ node: 'node-b', seq: 2, receivedAt: START + 21 * MINUTE }), at(4, START + 21 * MINUTE));
    expect(await errors()).toMatchObject([{ code: 'LINES_MISSING', node: 'node-a', seq: 1 }]);
  });
});
