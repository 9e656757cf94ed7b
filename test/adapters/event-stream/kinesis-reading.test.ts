import { GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import type { EventStream, TailRecord } from '../../../src/ports/event-stream.ts';
import { aStreamRecord, linesOf, readShard, readStream, seqsOf } from '../../contracts/event-stream.ts';
import { type Fault, THROTTLED } from '../../rigs/fault-proxy.ts';
import { type FaultyStream, type FaultyStreamOptions, openFaultyStream } from '../../rigs/faulty-stream.ts';
import { startKinesalite } from '../../rigs/kinesalite.ts';
import { configFor, type KinesisEndpoint } from '../../rigs/kinesis-endpoint.ts';
import { createResharder } from '../../rigs/reshard.ts';

let emulator: KinesisEndpoint;
beforeAll(async () => {
  emulator = await startKinesalite();
});
afterAll(() => emulator.stop());

let faulty: FaultyStream;
const open = async (options: FaultyStreamOptions = {}): Promise<FaultyStream> => {
  faulty = await openFaultyStream(emulator.url, options);
  return faulty;
};
afterEach(() => faulty.stop());

const FIRST = 'shardId-000000000000';
const oldest = { phase: 'oldest' } as const;

const appendTo = async (stream: EventStream, seqs: readonly number[], bucket = 0): Promise<void> => {
  for (const seq of seqs) await stream.append([aStreamRecord({ bucket, seq })]);
};

/** Ends of itself only when the shard is closed and read out. */
const readToEnd = async (stream: EventStream, shard: string): Promise<TailRecord[]> => {
  const found: TailRecord[] = [];
  const signal = AbortSignal.timeout(10_000);
  for await (const { records } of stream.tail(shard, oldest, signal)) found.push(...records);
  if (signal.aborted) throw new Error(`${shard} did not end`);
  return found;
};

const refusalOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

/** Refuses the iterator of a call for good, as the service does with one that is five minutes old. */
const createAging = () => {
  const old = new Set<unknown>();
  return (input: Readonly<Record<string, unknown>>, ages: boolean): Fault | null => {
    if (ages) old.add(input.ShardIterator);
    return old.has(input.ShardIterator) ? { kind: 'refuse', type: 'ExpiredIteratorException' } : null;
  };
};

test('a reader goes on through throttling, errors, broken connections and an iterator that grew old', async () => {
  const faults: readonly Fault[] = [
    { kind: 'refuse', type: THROTTLED },
    { kind: 'refuse', type: 'InternalFailure', status: 500 },
    { kind: 'reset' },
    { kind: 'lost' },
  ];
  const troubles: unknown[] = [];
  const age = createAging();
  const { stream, plain } = await open({
    observer: { trouble: ({ doing }) => troubles.push(doing) },
    // Every second read fails, each time in another way, and one iterator grows old.
    fault: ({ operation, index, input }) => {
      if (operation !== 'GetRecords') return null;
      return age(input, index === 2) ?? (index % 2 === 1 ? (faults[(index - 1) / 2] ?? null) : null);
    },
  });
  await appendTo(plain, [1, 2]);
  const found: number[] = [];
  const stop = new AbortController();
  for await (const { records } of stream.tail(FIRST, oldest, stop.signal)) {
    found.push(...seqsOf(records));
    if (found.length < 6) await appendTo(plain, [found.length + 1]);
    else stop.abort();
  }
  expect(found).toEqual([1, 2, 3, 4, 5, 6]);
  expect(troubles.length).toBeGreaterThanOrEqual(4);
});

test('a reader that began at the newest and has read nothing yet misses nothing when its iterator grew old', async () => {
  const { stream, plain } = await open();
  const age = createAging();
  let ages = false;
  const begun = new Promise<void>((resolve) => {
    faulty.setFault(({ operation, index, input }) => {
      if (operation !== 'GetRecords') return null;
      if (index === 2) resolve();
      const fault = age(input, ages);
      ages = false;
      return fault;
    });
  });
  const reading = readShard(stream, { shard: FIRST, from: { phase: 'newest' }, count: 1 });
  await begun;
  ages = true;
  await appendTo(plain, [1]);
  expect(seqsOf(await reading)).toEqual([1]);
});

describe('a place that is no longer kept is refused', () => {
  const places = async (): Promise<TailRecord[]> => {
    await appendTo(faulty.plain, [1, 2, 3]);
    return readShard(faulty.plain, { shard: FIRST, from: oldest, count: 3 });
  };

  test.each(['at', 'after'] as const)(
    'where the service begins at the oldest it has, without a word (%s)',
    async (phase) => {
      const { stream, streamName } = await open();
      const [gone, , kept] = await places();
      const client = new KinesisClient(configFor(emulator.url));
      const answer = await client.send(
        new GetShardIteratorCommand({
          StreamName: streamName,
          ShardId: FIRST,
          ShardIteratorType: 'AT_SEQUENCE_NUMBER',
          StartingSequenceNumber: kept?.place,
        }),
      );
      client.destroy();
      faulty.setFault(({ operation }) =>
        operation === 'GetShardIterator' ? { kind: 'answer', body: { ShardIterator: answer.ShardIterator } } : null,
      );
      const from = { phase, place: gone?.place as string };
      expect(await refusalOf(readShard(stream, { shard: FIRST, from, count: 1 }))).toMatchObject({
        code: 'POSITION_EXPIRED',
        message: expect.stringContaining('Begin at a later one'),
      });
    },
  );

  test('where the service stands still as far behind as the stream keeps its records', async () => {
    const { stream } = await open({
      fault: ({ operation, input }) =>
        operation === 'GetRecords'
          ? {
              kind: 'answer',
              body: { Records: [], MillisBehindLatest: 86_400_000, NextShardIterator: input.ShardIterator },
            }
          : null,
    });
    const [first] = await places();
    const from = { phase: 'after', place: first?.place as string } as const;
    expect(await refusalOf(readShard(stream, { shard: FIRST, from, count: 1 }))).toMatchObject({
      code: 'POSITION_EXPIRED',
    });
  });
});

test.each([
  ['AccessDeniedException', 'kinesis:GetRecords'],
  ['KMSAccessDeniedException', 'kms:Decrypt'],
])('a reader that may not read is told what is missing: %s', async (type, permission) => {
  const { stream } = await open({
    fault: ({ operation }) => (operation === 'GetRecords' ? { kind: 'refuse', type } : null),
  });
  const error = await refusalOf(readShard(stream, { shard: FIRST, from: oldest, count: 1 }));
  expect(error).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: false, cause: { name: type } });
  expect(error).toHaveProperty('message', expect.stringContaining(permission));
});

test('listing shards survives what is temporary, and says when it does not end', async () => {
  const { stream } = await open({
    fault: ({ operation, index }) =>
      operation === 'ListShards' && index < 2 ? { kind: 'refuse', type: 'LimitExceededException' } : null,
  });
  expect(await stream.shards()).toHaveLength(2);
  faulty.setFault(({ operation }) => (operation === 'ListShards' ? { kind: 'reset' } : null));
  expect(await refusalOf(stream.shards())).toMatchObject({
    code: 'STREAM_UNAVAILABLE',
    retryable: true,
    message: expect.stringContaining('cannot be read: it cannot be reached'),
  });
});

test('through a split and a merge every bucket keeps its order, when parents are read before their children', async () => {
  const { stream, streamName } = await open();
  const resharder = createResharder(emulator.url, streamName);
  const live = readToEnd(stream, FIRST);
  const appendAll = async (seqs: readonly number[]) => {
    await Promise.all([0, 1, 2, 3].map((bucket) => appendTo(stream, seqs, bucket)));
  };
  await appendAll([1, 2]);
  await resharder.split(FIRST);
  await appendAll([3, 4]);
  // The half of the first shard and the second shard become one.
  await resharder.merge('shardId-000000000003', 'shardId-000000000001');
  await appendAll([5, 6]);
  resharder.close();

  const shards = await stream.shards();
  expect(shards).toEqual([
    { id: 'shardId-000000000000', parents: [] },
    { id: 'shardId-000000000001', parents: [] },
    { id: 'shardId-000000000002', parents: ['shardId-000000000000'] },
    { id: 'shardId-000000000003', parents: ['shardId-000000000000'] },
    { id: 'shardId-000000000004', parents: ['shardId-000000000003', 'shardId-000000000001'] },
  ]);
  expect(await live).toHaveLength(4);

  const parents = new Set(shards.flatMap((shard) => shard.parents));
  const found: TailRecord[] = [];
  for (const { id } of shards) if (parents.has(id)) found.push(...(await readToEnd(stream, id)));
  const openShards = shards.filter(({ id }) => !parents.has(id));
  found.push(...(await readStream({ ...stream, shards: async () => openShards }, 24 - found.length)));
  for (const bucket of [0, 1, 2, 3]) {
    const seqs = found.flatMap(linesOf).filter((line) => line.bucket === bucket);
    expect(seqs.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  }
});

describe('a reader that is to have fan-out polls', () => {
  const readsBy = async (fault: FaultyStreamOptions['fault']): Promise<{ how: Set<string>; troubles: string[] }> => {
    const how = new Set<string>();
    const troubles: string[] = [];
    const { stream, plain } = await open({
      consumerName: 'trailgate',
      observer: { read: (read) => how.add(read.how), trouble: ({ doing }) => troubles.push(doing) },
      ...(fault ? { fault } : {}),
    });
    const reading = readShard(stream, { shard: FIRST, from: oldest, count: 3 });
    await appendTo(plain, [1, 2, 3]);
    expect(seqsOf(await reading)).toEqual([1, 2, 3]);
    return { how, troubles };
  };

  test('where the endpoint knows no fan-out', async () => {
    expect(await readsBy(undefined)).toEqual({ how: new Set(['POLLING']), troubles: ['REGISTER'] });
    // Asked once, not before every read.
    expect(faulty.calls.filter(({ operation }) => operation === 'DescribeStreamConsumer')).toHaveLength(1);
  });

  test('where the stream has as many consumers as it may have', async () => {
    const found = await readsBy(({ operation }) => {
      if (operation === 'DescribeStreamConsumer') return { kind: 'refuse', type: 'ResourceNotFoundException' };
      return operation === 'RegisterStreamConsumer' ? { kind: 'refuse', type: 'LimitExceededException' } : null;
    });
    expect(found).toEqual({ how: new Set(['POLLING']), troubles: ['REGISTER'] });
  });
});

test('closing the stream ends its readers', async () => {
  const { stream } = await open();
  const reading = readToEnd(stream, FIRST);
  await stream.close();
  expect(await reading).toEqual([]);
});
