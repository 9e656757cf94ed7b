import type { AppError } from '../../../src/domain/errors.ts';
import type { PackedRecord, TailRecord } from '../../../src/ports/event-stream.ts';
import { aStreamRecord, linesOf, readStream, seqsOf } from '../../contracts/event-stream.ts';
import { type Fault, type ProxiedCall, THROTTLED } from '../../rigs/fault-proxy.ts';
import { type FaultyStream, type FaultyStreamOptions, openFaultyStream } from '../../rigs/faulty-stream.ts';
import { startKinesalite } from '../../rigs/kinesalite.ts';
import type { KinesisEndpoint } from '../../rigs/kinesis-endpoint.ts';
import { createRandomFaults } from '../../rigs/random-faults.ts';
import { createRandom } from '../../rigs/seeded-random.ts';

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

const putsOf = ({ calls }: FaultyStream): string[][] =>
  calls
    .filter(({ operation }) => operation === 'PutRecords')
    .map(({ input }) => (input.Records as { PartitionKey: string }[]).map(({ PartitionKey }) => PartitionKey));

const onPut =
  (fault: (index: number) => Fault | null) =>
  ({ operation, index }: ProxiedCall): Fault | null =>
    operation === 'PutRecords' ? fault(index) : null;

const refusalOf = (work: Promise<unknown>): Promise<AppError> =>
  work.then(
    () => Promise.reject(new Error('was taken')),
    (error: AppError) => error,
  );

const oneOf = (buckets: readonly number[], seq = 1): PackedRecord[] =>
  buckets.map((bucket) => aStreamRecord({ bucket, seq }));

describe('what was appended through faults', () => {
  const ROUNDS = 15;
  const BUCKETS = [0, 1, 2, 3];
  const shares = { throttled: 0.25, partial: 0.2, failed: 0.08, reset: 0.05, lost: 0.08, slow: 0.1, slowMs: 50 };

  test('is in the stream, in the order of its bucket, and doubled at most where an answer was lost', async () => {
    const { stream, plain } = await open({ fault: createRandomFaults(shares, createRandom(7)), appendMs: 15_000 });
    await Promise.all(
      BUCKETS.map(async (bucket) => {
        for (let seq = 1; seq <= ROUNDS; seq += 1) await stream.append(oneOf([bucket], seq));
      }),
    );
    const found = await readStream(plain, BUCKETS.length * ROUNDS);
    for (const bucket of BUCKETS) {
      const seqs = found.flatMap(linesOf).filter((line) => line.bucket === bucket);
      // The first time each is seen; a copy of the gateway's own comes later.
      const order = [...new Set(seqs.map(({ seq }) => seq))];
      expect(order).toEqual(Array.from({ length: ROUNDS }, (_, index) => index + 1));
    }
  });

  test('is appended twice, byte for byte, where the answer was lost', async () => {
    const { stream, plain } = await open({ fault: onPut((index) => (index === 0 ? { kind: 'lost' } : null)) });
    await stream.append(oneOf([2]));
    const found = (await readStream(plain, 2)) as [TailRecord, TailRecord];
    expect(found[0].lines.equals(found[1].lines)).toBe(true);
  });
});

test('callers of one moment travel together, a record of each bucket', async () => {
  const { stream } = await open();
  await Promise.all([stream.append(oneOf([0, 1])), stream.append(oneOf([1, 2], 2)), stream.append(oneOf([3], 3))]);
  expect(putsOf(faulty)).toEqual([['0', '1', '2', '3'], ['1']]);
});

test('only the record that failed is sent again, and nobody waits for it but its own bucket', async () => {
  let failing = true;
  const { stream, plain } = await open({
    fault: ({ operation, input }) => {
      const keys = ((input.Records as { PartitionKey: string }[] | undefined) ?? []).map(
        (record) => record.PartitionKey,
      );
      const failed = keys.indexOf('1');
      if (operation !== 'PutRecords' || !failing || failed < 0) return null;
      return { kind: 'partial', fails: (index) => index === failed, code: 'InternalFailure' };
    },
  });
  const order: string[] = [];
  const append = (bucket: number, seq: number) =>
    stream.append(oneOf([bucket], seq)).then(() => order.push(`${bucket}:${seq}`));
  const held = [append(1, 1), append(1, 2)];
  await Promise.all([append(0, 1), append(2, 1)]);
  await append(0, 2);
  await append(2, 2);
  expect(order.sort()).toEqual(['0:1', '0:2', '2:1', '2:2']);
  failing = false;
  await Promise.all(held);
  expect(putsOf(faulty)[0]?.sort()).toEqual(['0', '1', '2']);
  // The failed one was put into later calls by itself; what was taken was in none again.
  const sent = putsOf(faulty).flat();
  expect(sent.filter((key) => key === '0')).toHaveLength(2);
  expect(sent.filter((key) => key === '2')).toHaveLength(2);
  expect(sent.filter((key) => key === '1').length).toBeGreaterThanOrEqual(3);
  const bucket1 = (await readStream(plain, 6)).flatMap(linesOf).filter(({ bucket }) => bucket === 1);
  expect(bucket1.map(({ seq }) => seq)).toEqual([1, 2]);
});

test('nothing counts as taken without a sequence number', async () => {
  const answers = [
    { FailedRecordCount: 0, Records: [{ ShardId: 'shardId-000000000000' }] },
    { FailedRecordCount: 0, Records: [] },
    { FailedRecordCount: 0 },
  ];
  const { stream, plain } = await open({
    fault: onPut((index) => (index < answers.length ? { kind: 'answer', body: answers[index] } : null)),
  });
  await stream.append(oneOf([0]));
  expect(putsOf(faulty)).toHaveLength(answers.length + 1);
  expect(seqsOf(await readStream(plain, 1))).toEqual([1]);
});

describe('an append that is not taken in time', () => {
  const appendFor = async (ms: number, stream = faulty.stream): Promise<{ error: AppError; tookMs: number }> => {
    const startedAt = performance.now();
    const error = await refusalOf(stream.append(oneOf([0]), { until: Date.now() + ms }));
    return { error, tookMs: performance.now() - startedAt };
  };

  test.each<[string, Fault]>([
    ['its shards are at their limit', { kind: 'refuse', type: THROTTLED }],
    ['an error of its own', { kind: 'refuse', type: 'InternalFailure', status: 500 }],
    ['cannot be reached', { kind: 'reset' }],
    ['its shards are at their limit', { kind: 'partial', fails: () => true }],
    ['are still on their way', { kind: 'slow', ms: 1_000 }],
  ])('is refused at its time, to be sent again, and says why: %s', async (why, fault) => {
    await open({ fault: onPut(() => fault) });
    const { error, tookMs } = await appendFor(250);
    expect(error).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true, retryAfterMs: 1_000 });
    expect(error.message).toContain(faulty.streamName);
    expect(error.message).toContain(why);
    expect(tookMs).toBeGreaterThanOrEqual(245);
    expect(tookMs).toBeLessThan(2_000);
  });

  test('is not sent any more, and what comes after it is', async () => {
    const { stream, plain } = await open({ fault: onPut(() => ({ kind: 'refuse', type: THROTTLED })) });
    await appendFor(100);
    faulty.setFault(() => null);
    await stream.append(oneOf([0], 2));
    expect(seqsOf(await readStream(plain, 1))).toEqual([2]);
  });

  test('is refused by the time that the adapter sets, when its caller sets none', async () => {
    const { stream } = await open({ appendMs: 100, fault: onPut(() => ({ kind: 'reset' })) });
    expect(await refusalOf(stream.append(oneOf([0])))).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true });
  });

  test('is not sent at all when its time is over', async () => {
    await open();
    expect((await appendFor(-1)).error).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true });
    expect(putsOf(faulty)).toEqual([]);
  });
});

test('an attempt without an answer is given up and made again', async () => {
  const { stream } = await open({
    attemptMs: 150,
    fault: onPut((index) => (index === 0 ? { kind: 'slow', ms: 2_000 } : null)),
  });
  const startedAt = performance.now();
  await stream.append(oneOf([0]));
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});

test('more bytes than may wait are refused at once, and taken again when there is room', async () => {
  const { stream } = await open({
    maxWaitingBytes: 25_000,
    fault: onPut((index) => (index === 0 ? { kind: 'slow', ms: 300 } : null)),
  });
  const waiting = [1, 2].map((seq) => stream.append([aStreamRecord({ bucket: 0, seq, bytes: 10_000 })]));
  const startedAt = performance.now();
  const error = await refusalOf(stream.append([aStreamRecord({ bucket: 1, seq: 3, bytes: 10_000 })]));
  expect(performance.now() - startedAt).toBeLessThan(100);
  expect(error).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true, retryAfterMs: 1_000 });
  await Promise.all(waiting);
  await stream.append([aStreamRecord({ bucket: 1, seq: 3, bytes: 20_000 })]);
});

test('a call holds at most 500 records and 4 MiB, and at most one record of a bucket', async () => {
  const { stream, plain } = await open({ buckets: 600, maxRequests: 1 });
  const buckets = Array.from({ length: 600 }, (_, bucket) => bucket);
  await stream.append(oneOf(buckets));
  const large = [0, 1, 2, 3, 4, 5].map((bucket) => aStreamRecord({ bucket, seq: 2, bytes: 1_000_000 }));
  await stream.append(large);
  const puts = putsOf(faulty);
  expect(puts.map((keys) => keys.length)).toEqual([500, 100, 4, 2]);
  expect(puts.every((keys) => new Set(keys).size === keys.length)).toBe(true);
  expect(seqsOf(await readStream(plain, 606))).toHaveLength(606);
});

test('a record that Kinesis cannot hold is refused before anything is sent', async () => {
  const { stream } = await open();
  const records = [...oneOf([0]), aStreamRecord({ bucket: 1, seq: 2, bytes: 1024 * 1024 + 100 })];
  expect(await refusalOf(stream.append(records))).toMatchObject({
    code: 'BAD_USER_INPUT',
    retryable: false,
    message: expect.stringContaining('1048576 bytes'),
  });
  expect(putsOf(faulty)).toEqual([]);
});

describe('what only people can put right is said at once, to them', () => {
  test('a stream that does not exist', async () => {
    const { stream } = await open({ streamName: 'no-such-stream' });
    const error = await refusalOf(stream.append(oneOf([0])));
    expect(error).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: false });
    expect(error.message).toBe(
      'There is no Kinesis stream "no-such-stream" in the account and region of the gateway. Create it, or correct the configured name or region.',
    );
    expect(await refusalOf(stream.shards())).toMatchObject({ message: error.message });
  });

  test.each([
    ['AccessDeniedException', 'Grant its role kinesis:PutRecords'],
    ['ExpiredTokenException', 'AWS does not accept the credentials'],
    ['UnrecognizedClientException', 'AWS does not accept the credentials'],
    ['KMSDisabledException', 'The key that encrypts'],
    ['SomethingNewException', 'The log of the gateway has the reason'],
  ])('%s', async (type, advice) => {
    const { stream, streamName } = await open({ fault: onPut(() => ({ kind: 'refuse', type })) });
    const error = await refusalOf(stream.append(oneOf([0])));
    expect(error).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: false, cause: { name: type } });
    expect(error.message).toContain(advice);
    expect(error.message).toContain(streamName);
    expect(error.message).not.toContain('Exception');
    expect(putsOf(faulty)).toHaveLength(1);
  });

  test('a key that one record cannot be encrypted with; the others of the call are taken', async () => {
    const { stream, plain } = await open({
      fault: onPut(() => ({ kind: 'partial', fails: (index) => index === 0, code: 'KMSInvalidStateException' })),
    });
    const [refused] = await Promise.all([refusalOf(stream.append(oneOf([0]))), stream.append(oneOf([1], 2))]);
    expect(refused.message).toContain('The key that encrypts');
    expect(seqsOf(await readStream(plain, 1))).toEqual([2]);
  });
});

test('tells what it sent, what was sent again, and what was at its limit', async () => {
  const puts: { records: number; retried: number; throttled: number; failed: number; bytes: number }[] = [];
  const { stream } = await open({
    observer: { put: (figures) => puts.push(figures) },
    fault: onPut((index) => (index === 0 ? { kind: 'partial', fails: (at) => at === 1 } : null)),
  });
  await stream.append(oneOf([0, 1]));
  const size = (oneOf([0])[0] as PackedRecord).lines.length + 1;
  expect(puts).toEqual([
    { records: 2, bytes: 2 * size, retried: 0, throttled: 1, failed: 1, seconds: expect.any(Number) },
    { records: 1, bytes: size, retried: 1, throttled: 0, failed: 0, seconds: expect.any(Number) },
  ]);
});

test('closing waits for what was appended before, and refuses what comes after', async () => {
  const { stream, plain } = await open({ fault: onPut((index) => (index < 2 ? { kind: 'reset' } : null)) });
  const appending = stream.append(oneOf([0]));
  await stream.close();
  await appending;
  expect(seqsOf(await readStream(plain, 1))).toEqual([1]);
  expect(await refusalOf(stream.append(oneOf([0], 2)))).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true });
});
