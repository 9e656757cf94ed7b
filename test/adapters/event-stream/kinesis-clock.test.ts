import { KinesisClient, ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { createKinesisClock } from '../../../src/adapters/event-stream/kinesis-clock.ts';
import { aStreamRecord } from '../../contracts/event-stream.ts';
import { type FaultyStream, openFaultyStream } from '../../rigs/faulty-stream.ts';
import { startKinesalite } from '../../rigs/kinesalite.ts';
import { configFor, type KinesisEndpoint } from '../../rigs/kinesis-endpoint.ts';

let emulator: KinesisEndpoint;
beforeAll(async () => {
  emulator = await startKinesalite();
});
afterAll(() => emulator.stop());

let faulty: FaultyStream;
const clock = { aheadMs: 0, now: () => Date.now() + clock.aheadMs };
beforeEach(async () => {
  clock.aheadMs = 0;
  faulty = await openFaultyStream(emulator.url, { clock });
});
afterEach(() => faulty.stop());

let seq = 0;
const append = (): Promise<void> => {
  seq += 1;
  return faulty.stream.append([aStreamRecord({ bucket: 0, seq })]);
};

test.each([
  [600_000, /is (599|60\d) s ahead of that of the Kinesis stream/],
  [-90_000, /is (89|9\d) s behind that of the Kinesis stream/],
])(
  'a clock that was set %i ms off refuses events from the first answer on, until it is set',
  async (aheadMs, words) => {
    await append();
    clock.aheadMs = aheadMs;
    const puts = faulty.calls.length;
    await expect(append()).rejects.toMatchObject({
      code: 'STREAM_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(words),
    });
    expect(faulty.calls.slice(puts).filter(({ operation }) => operation === 'PutRecords')).toEqual([]);
    clock.aheadMs = 0;
    await append();
  },
);

test('a clock that is a few seconds off is none of its business', async () => {
  clock.aheadMs = 20_000;
  await append();
  await append();
});

test('nothing is refused before the service was asked again: a machine that slept may not have counted the hours', async () => {
  const client = new KinesisClient(configFor(emulator.url));
  let asleepMs = 0;
  let asked = 0;
  const ask = async (): Promise<void> => {
    asked += 1;
    await client.send(new ListStreamsCommand());
  };
  const { check } = createKinesisClock({
    client,
    streamName: 'events',
    clock,
    ask,
    steadyNow: () => Date.now() - asleepMs,
  });
  await ask();
  await check();
  asleepMs = 3_600_000;
  await check();
  await check();
  expect(asked).toBe(2);
  client.destroy();
});

test('without an answer nothing is refused: what is sent has none to hope for either', async () => {
  const client = new KinesisClient(configFor(emulator.url));
  const { check } = createKinesisClock({
    client,
    streamName: 'events',
    clock,
    ask: () => Promise.reject(new Error('down')),
  });
  await client.send(new ListStreamsCommand());
  clock.aheadMs = 600_000;
  await check();
  client.destroy();
});

test('what it says is asked for now and then, not with every event', async () => {
  await append();
  clock.aheadMs = 600_000;
  for (let times = 0; times < 5; times += 1)
    await expect(append()).rejects.toMatchObject({ code: 'STREAM_UNAVAILABLE' });
  expect(faulty.calls.filter(({ operation }) => operation === 'DescribeStreamSummary')).toHaveLength(1);
});
