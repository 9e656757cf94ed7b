import { createBucketAppender } from '../../src/ingest/bucket-appender.ts';
import { createLedger } from '../../src/ingest/ledger.ts';
import { createHeldBuckets } from '../ingest/held-buckets.ts';
import { createManualTimers } from '../ingest/manual-timers.ts';
import { anEvent, contentHash, eventJson } from '../marts/delivery.ts';
import { createMemoryLanding, START, startLandedLoader } from './landed-place.ts';
import { createPlace, type Place, select } from './pipeline.ts';

const BUCKETS = 2;
let place: Place;
beforeEach(() => {
  place = createPlace();
});
afterEach(() => place.remove());

/** Two nodes on one stream, of which node-b can be cut off, and the loader of what is in the stream. */
async function startTwoNodes() {
  const held = createHeldBuckets(BUCKETS);
  const { timers, clock, pass } = createManualTimers(START);
  let cutOff: readonly number[] = [];
  const startNode = (node: string) =>
    createLedger({
      appender: createBucketAppender({ stream: held.stream, clock, timers, node }),
      clock,
      timers,
      isNeeded: true,
      onFailure: () => undefined,
    });
  const [steady, cut] = [startNode('node-a'), startNode('node-b')];
  const { warehouse, sql } = await place.openWarehouse('warehouse');
  const files = createMemoryLanding(warehouse);
  const loader = await startLandedLoader({ landing: files.landing, warehouse, sql });
  let landed = 0;
  /** What is on its way is durable within a tenth of a second; of a node that is cut off it is tried until its time is over. */
  const live = async (seconds: number): Promise<void> => {
    for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
      if (tenth % 10 === 0) for (const ledger of [steady, cut]) void ledger.tick();
      await pass(100);
      for (let which = 0; which < held.held().length; ) {
        const { record, until = 0 } = held.held()[which] as ReturnType<typeof held.held>[number];
        const isStuck = cutOff.includes(record.bucket) && record.lines.includes('"node":"node-b"');
        if (isStuck && clock.now() < until) which += 1;
        else await held.end(isStuck ? 'refused' : 'durable', which);
      }
    }
  };
  const opened = Promise.all([steady.open(), cut.open()]);
  await live(1);
  await opened;
  return {
    warehouse,
    cut,
    clock,
    live,
    load: async (): Promise<number> => {
      const fresh = held.log.slice(landed);
      files.put(fresh.map(({ lines }) => lines.toString()).join(''));
      landed += fresh.length;
      await loader.loadNext();
      return loader.position().dataAsOf;
    },
    /** From these buckets. */
    setCutOff: (buckets: readonly number[]): void => {
      cutOff = buckets;
    },
  };
}

const draftOf = (eventId: string) => {
  const event = anEvent({ eventId });
  const body = `"sha256":"${contentHash(event)}","event":${eventJson(event)}`;
  return { orderKey: 'usr-1', kind: 'EVENT', origin: 'API', ingestedBy: 'svc', trace: null, body } as const;
};

test('a node that was cut off until it was called silent brings no event that was received before what is answered', async () => {
  const { warehouse, cut, live, load, setCutOff } = await startTwoNodes();
  await live(2);
  setCutOff([0, 1]);
  await live(70);
  const sending = cut.append([draftOf('e-1')]).catch(() => undefined);
  await live(5);
  const dataAsOf = await load();
  setCutOff([]);
  await live(5);
  await sending;
  await load();
  expect(
    await select(warehouse, `select event_id from audit_events_raw where received_at < make_timestamp(${dataAsOf}000)`),
  ).toEqual([]);
  // It goes on once every bucket knows of it.
  const again = cut.append([draftOf('e-2')]);
  await live(1);
  await again;
  await load();
  expect(await select(warehouse, `select event_id from audit_events_raw where event_id = 'e-2'`)).toHaveLength(1);
});

test('a node of which one bucket takes nothing goes on in the others', async () => {
  const { cut, live, setCutOff } = await startTwoNodes();
  await live(2);
  setCutOff([1]);
  await live(70);
  expect(cut.isOpen()).toBe(true);
  const users = ['usr-1', 'usr-2', 'usr-3', 'usr-4', 'usr-5'];
  const sent = users.map((user) =>
    cut.append([{ ...draftOf(`e-${user}`), orderKey: user }]).then(Boolean, () => false),
  );
  await live(12);
  const taken = await Promise.all(sent);
  expect(taken).toContain(true);
  expect(taken).toContain(false);
});
