import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeStreamConsumerCommand, KinesisClient, RegisterStreamConsumerCommand } from '@aws-sdk/client-kinesis';
import { createKinesisEventStream } from '../../../src/adapters/event-stream/kinesis-event-stream.ts';
import type { EventStream } from '../../../src/ports/event-stream.ts';
import { aStreamRecord, describeEventStream, readShard, seqsOf } from '../../contracts/event-stream.ts';
import { type FaultyStream, type FaultyStreamOptions, openFaultyStream } from '../../rigs/faulty-stream.ts';
import { configFor, createStream, type KinesisEndpoint } from '../../rigs/kinesis-endpoint.ts';
import { startKinesisLocal } from '../../rigs/kinesis-local.ts';
import { createResharder } from '../../rigs/reshard.ts';

let emulator: KinesisEndpoint;
let made = 0;
beforeAll(async () => {
  emulator = await startKinesisLocal();
}, 60_000);
afterAll(() => emulator.stop());

// Readers poll until their consumer is active, and are pushed to from then on.
describeEventStream('KinesisEventStream over kinesis-local', async () => {
  made += 1;
  const streamName = `stream-${made}`;
  await createStream(emulator.url, streamName, 2);
  const clientConfig = configFor(emulator.url);
  const consumerName = 'trailgate';
  const stream = createKinesisEventStream({ streamName, buckets: 4, clientConfig, pollMs: 20, consumerName });
  return { stream, remove: () => stream.close() };
});

describe('by fan-out', () => {
  const FIRST = 'shardId-000000000000';
  const oldest = { phase: 'oldest' } as const;
  let faulty: FaultyStream;
  let how: string[];
  afterEach(() => faulty.stop());

  const CONSUMER = 'trailgate';
  const open = async (options: FaultyStreamOptions = {}): Promise<EventStream> => {
    how = [];
    faulty = await openFaultyStream(emulator.url, {
      consumerName: CONSUMER,
      observer: { read: (read) => read.records > 0 && how.push(read.how) },
      ...options,
    });
    return faulty.stream;
  };

  /** The same with a consumer that was registered before. */
  const openKnown = async (options: FaultyStreamOptions = {}): Promise<EventStream> => {
    const stream = await open(options);
    const client = new KinesisClient(configFor(emulator.url));
    const StreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${faulty.streamName}`;
    await client.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: CONSUMER }));
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const found = await client.send(new DescribeStreamConsumerCommand({ StreamARN, ConsumerName: CONSUMER }));
      if (found.ConsumerDescription?.ConsumerStatus === 'ACTIVE') break;
      await sleep(20);
    }
    client.destroy();
    return stream;
  };

  const append = async (from: number, to: number): Promise<void> => {
    for (let seq = from; seq <= to; seq += 1) await faulty.plain.append([aStreamRecord({ bucket: 0, seq })]);
  };

  const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

  test('records are pushed over HTTP/2, while calls go by HTTP/1.1, when the adapter chooses', async () => {
    const stream = await openKnown({ ownHandlers: true });
    const reading = readShard(stream, { shard: FIRST, from: oldest, count: 6 });
    await append(1, 6);
    expect(seqsOf(await reading)).toEqual(upTo(6));
    expect(new Set(how)).toEqual(new Set(['FAN_OUT']));
  });

  /** Appends and reads on until `isEnough`; resolves with what was read and how much was appended. */
  const readWhileAppending = async (stream: EventStream, isEnough: () => boolean) => {
    const found: number[] = [];
    const stop = new AbortController();
    let last = 2;
    await append(1, last);
    for await (const { records } of stream.tail(FIRST, oldest, stop.signal)) {
      found.push(...seqsOf(records));
      if (found.length < last) continue;
      if (isEnough()) stop.abort();
      else {
        last += 2;
        await append(last - 1, last);
      }
    }
    return { found, last };
  };

  test('a reader registers its consumer and polls until that is active, none missing and none twice', async () => {
    const { found, last } = await readWhileAppending(await open(), () => how.includes('FAN_OUT'));
    expect(found).toEqual(upTo(last));
    expect(how[0]).toBe('POLLING');
    expect(faulty.calls.filter(({ operation }) => operation === 'RegisterStreamConsumer')).toHaveLength(1);
  });

  test('a subscription that breaks off is gone on from where it stood, none missing and none twice', async () => {
    const stream = await openKnown({
      ownHandlers: true,
      fault: ({ operation, index }) =>
        operation === 'SubscribeToShard' && index === 0 ? { kind: 'cut', ms: 1_300 } : null,
    });
    const { found, last } = await readWhileAppending(stream, () => how.includes('POLLING'));
    expect(found).toEqual(upTo(last));
    expect(how[0]).toBe('FAN_OUT');
  });

  test('a shard that was split ends for its reader, whose children then stand behind it', async () => {
    const stream = await openKnown({ subscriptionMs: 1_500 });
    const resharder = createResharder(emulator.url, faulty.streamName);
    await append(1, 2);
    const found: number[] = [];
    for await (const { records } of stream.tail(FIRST, oldest, AbortSignal.timeout(15_000))) {
      found.push(...seqsOf(records));
      if (records.length > 0) await resharder.split(FIRST);
    }
    resharder.close();
    await append(3, 4);
    const [, , child] = await stream.shards();
    expect(child).toEqual({ id: 'shardId-000000000002', parents: [FIRST] });
    found.push(...seqsOf(await readShard(stream, { shard: 'shardId-000000000002', from: oldest, count: 2 })));
    expect(found).toEqual(upTo(4));
  });
});
