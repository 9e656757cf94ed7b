import { createBucketAppender } from '../../src/ingest/bucket-appender.ts';
import { hashOf } from '../../src/ingest/bucket-choice.ts';
import type { PackedRecord } from '../../src/ports/event-stream.ts';
import { createHeldBuckets } from './held-buckets.ts';
import { aDraft, linesOf } from './held-stream.ts';
import { createManualTimers } from './manual-timers.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

function start(buckets = 4) {
  const held = createHeldBuckets(buckets);
  const time = createManualTimers();
  const appender = createBucketAppender({
    stream: held.stream,
    clock: time.clock,
    timers: time.timers,
    node: 'node-a',
  });
  return { held, time, appender };
}

/** A user whose lines go into this bucket; another one for each `nth`. */
function userOf(bucket: number, nth = 0, buckets = 4): string {
  for (let n = nth * 1_000; n < nth * 1_000 + 1_000; n += 1) {
    if (hashOf(`usr-${n}`) % buckets === bucket) return `usr-${n}`;
  }
  throw new Error('no user');
}

const of = (bucket: number, name: string, bytes = 0, nth = 0) => aDraft(name, bytes, 'x', userOf(bucket, nth));
const namesOf = (records: readonly PackedRecord[]): string[] =>
  records.flatMap(linesOf).flatMap(({ event }) => (event ? [event.name] : []));
const seqsOf = (records: readonly PackedRecord[]): number[] =>
  records
    .flatMap(linesOf)
    .map(({ seq }) => seq)
    .sort((a, b) => a - b);

/** What became of a promise so far. */
function watch<T>(promise: Promise<T>) {
  const seen: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => {
      seen.value = value;
    },
    (error: unknown) => {
      seen.error = error;
    },
  );
  return seen;
}

describe('an appender of many buckets', () => {
  test('answers when every line is durable, in whatever bucket it lies, with the latest time', async () => {
    const { held, time, appender } = start();
    const answer = watch(appender.append([of(0, 'a'), of(1, 'b'), of(0, 'c')]));
    await time.pass(20);
    expect(held.held().map(({ record }) => [record.bucket, namesOf([record])])).toEqual([
      [0, ['a', 'c']],
      [1, ['b']],
    ]);
    await held.end('durable');
    expect(answer.value).toBeUndefined();
    await held.end('durable');
    expect(answer.value).toEqual({ receivedAt: held.log[1]?.receivedAt });
  });

  test('writes each line with the name of the process, numbers over all buckets and its bucket’s time', async () => {
    const { held, time, appender } = start();
    void appender.append([of(2, 'a'), of(3, 'b'), of(2, 'c')]);
    await time.pass(20);
    const [first, second] = held.held().map(({ record }) => record);
    expect(first && linesOf(first)).toMatchObject([
      { node: 'node-a', epoch: 1, seq: 1, receivedAt: new Date(first?.receivedAt ?? 0).toISOString() },
      { seq: 2 },
    ]);
    expect(first).toMatchObject({ bucket: 2, firstSeq: 1, lastSeq: 2 });
    expect(second).toMatchObject({ bucket: 3, firstSeq: 3, lastSeq: 3 });
  });

  test('keeps one record of a bucket in flight, while the next gathers and other buckets go on', async () => {
    const { held, time, appender } = start();
    void appender.append([of(0, 'a')]);
    await time.pass(20);
    for (const name of ['b', 'c', 'd']) void appender.append([of(0, name)]);
    void appender.append([of(1, 'other')]);
    await time.pass(500);
    expect(held.held().map(({ record }) => namesOf([record]))).toEqual([['a'], ['other']]);
    await held.end('durable');
    await time.pass(0);
    expect(held.held().map(({ record }) => namesOf([record]))).toEqual([['other'], ['b', 'c', 'd']]);
    expect(held.mostInFlight()).toBe(1);
  });

  test('puts a user into the same bucket in every process and version', () => {
    expect(['usr-0042', 'Prüfer', 'arn:aws:iam::123456789012:user/backup', ''].map(hashOf)).toEqual([
      3078854312, 323323145, 1182164234, 2872998923,
    ]);
  });

  test('waits 20 ms for company while there is little, and sends what fills a record at once', async () => {
    const { held, time, appender } = start();
    void appender.append([of(0, 'alone')]);
    await time.pass(19);
    expect(held.held()).toHaveLength(0);
    await time.pass(1);
    expect(held.held()).toHaveLength(1);
    void appender.append(Array.from({ length: 30 }, (_, n) => of(1, `${n}`, 1_000)));
    await time.pass(0);
    expect(held.held()[1]?.record).toMatchObject({ bucket: 1, firstSeq: 2, lastSeq: 31 });
  });

  test('fills no record of a backlog above a quarter of a shard’s second, and sends a larger line alone', async () => {
    const { held, time, appender } = start(1);
    const sizes = { small: 0, large: 900, 1: 200, 2: 200, 3: 200 };
    const drafts = ['small', 'large', '1', '2', '3'] as const;
    void appender.append(drafts.map((name) => aDraft(name, sizes[name] * KIB)));
    for (const expected of [['small'], ['large'], ['1'], ['2'], ['3']]) {
      await time.pass(0);
      expect(held.held().map(({ record }) => namesOf([record]))).toEqual([expected]);
      await held.end('durable');
    }
    await expect(appender.append([aDraft('too large', MIB)])).rejects.toThrow('the limit is 983040');
  });

  test('counts bytes, not characters', async () => {
    const { held, time, appender } = start(1);
    const sent = appender.append(Array.from({ length: 8 }, (_, n) => aDraft(`${n}`, 100_000, '→')));
    for (let n = 0; n < 4; n += 1) {
      await time.pass(0);
      expect(held.held()[0]?.record.lines.length).toBeLessThanOrEqual(240 * KIB);
      await held.end('durable');
    }
    await sent;
  });

  test('never goes back in time over all buckets, whatever the clock does', async () => {
    const { held, time, appender } = start();
    for (const [bucket, step] of [0, -500_000, 100, -3_600_000, 7, 0].entries()) {
      time.clock.offset += step;
      void appender.append([of(bucket % 4, `${bucket}`)]);
      await time.pass(20);
      await held.end('durable');
    }
    const times = held.log.map(({ receivedAt }) => receivedAt);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(seqsOf(held.log)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('refuses what is not durable in ten seconds: retryable, some may have been taken, and the rest is not sent', async () => {
    const { held, time, appender } = start();
    const first = watch(appender.append([of(0, 'a')]));
    await time.pass(20);
    const late = watch(appender.append([of(0, 'b'), of(1, 'c')]));
    await time.pass(20);
    await held.end('durable', 1);
    await time.pass(10_000);
    expect(first.error).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true });
    expect(late.error).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true });
    expect((late.error as Error).message).toMatch(/within 10000 ms.*Some may have been taken.*same eventIds/);
    await held.end('durable');
    await time.pass(1_000);
    expect(held.held()).toHaveLength(0);
    expect(namesOf(held.log)).toEqual(['c', 'a']);
  });

  test('gives up when the request says so, and asks the stream no longer', async () => {
    const { held, time, appender } = start();
    const until = time.clock.now() + 300;
    const request = watch(appender.append([of(0, 'a')], { until }));
    await time.pass(20);
    expect(held.held()[0]?.until).toBe(until);
    await time.pass(280);
    expect(request.error).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true });
    await expect(appender.append([of(0, 'b')], { until })).rejects.toMatchObject({ code: 'STREAM_UNAVAILABLE' });
  });

  test('a step of the clock ends no wait and begins none', async () => {
    const { held, time, appender } = start();
    const request = watch(appender.append([of(0, 'a')]));
    time.clock.offset += 3_600_000;
    await time.pass(20);
    time.clock.offset -= 7_200_000;
    await time.pass(9_000);
    expect(request.error).toBeUndefined();
    await held.end('durable');
    expect(request.value).toBeDefined();
  });

  test('refuses the requests of a record that the stream refuses, with its reason, and goes on after a pause', async () => {
    const { held, time, appender } = start();
    const refused = [appender.append([of(0, 'a')]), appender.append([of(0, 'b'), of(1, 'c')])].map(watch);
    await time.pass(20);
    const next = watch(appender.append([of(0, 'd')]));
    await held.end('refused');
    for (const { error } of refused) {
      expect(error).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true });
      expect((error as Error).message).toMatch(/^Its shards are full\. Some may have been taken/);
    }
    await time.pass(249);
    expect(held.held().map(({ record }) => record.bucket)).toEqual([1]);
    await time.pass(1);
    await held.end('durable');
    await held.end('durable');
    expect(next.value).toBeDefined();
    // The numbers of the refused record are used up.
    expect(seqsOf(held.log)).toEqual([3, 4]);
  });

  test('refuses more than it may hold, and one bucket that takes nothing does not stop the others', async () => {
    const { held, time, appender } = start();
    void appender.append([of(0, 'first')]);
    await time.pass(20);
    // 17 MiB for a bucket that may hold 16.
    const waiting = Array.from({ length: 17 }, (_, n) =>
      watch(appender.append(Array.from({ length: 8 }, (_, i) => of(0, `${n}.${i}`, 128 * KIB - 600, n * 8 + i)))),
    );
    await time.pass(0);
    expect(waiting.filter(({ error }) => error)).toHaveLength(1);
    expect(waiting.at(-1)?.error).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true });
    const other = watch(appender.append([of(1, 'other')]));
    await time.pass(20);
    await held.end('durable', 1);
    expect(other.value).toBeDefined();
    for (let n = 0; n < 2_000 && held.held().length > 0; n += 1) {
      await held.end('durable');
      await time.pass(0);
    }
    expect(waiting.filter(({ value }) => value)).toHaveLength(16);
    const again = watch(appender.append([of(0, 'again', 128 * KIB)]));
    await time.pass(20);
    await held.end('durable');
    expect(again.value).toBeDefined();
  });

  test('goes on after a record that cannot be written at all, and uses no number up for it', async () => {
    const { held, time, appender } = start();
    time.clock.offset = Number.NaN;
    const never = watch(appender.append([of(0, 'never')], {}));
    await time.pass(20);
    expect(never.error).toMatchObject({ code: 'STREAM_UNAVAILABLE' });
    time.clock.offset = 2_000_000;
    const request = watch(appender.append([of(0, 'a')]));
    await time.pass(300);
    await held.end('durable');
    expect(request.value).toBeDefined();
    expect(seqsOf(held.log)).toEqual([1]);
  });

  test('is drained at once when told to, also of what comes meanwhile', async () => {
    const { held, time, appender } = start();
    await Promise.all([appender.drain(), time.pass(0)]);
    const requests = [of(0, 'a'), of(1, 'b')].map((draft) => watch(appender.append([draft])));
    let drained = false;
    void appender.drain().then(() => {
      drained = true;
    });
    await time.pass(1);
    expect(held.held()).toHaveLength(2);
    requests.push(watch(appender.append([of(0, 'c')])));
    await held.end('durable');
    await held.end('refused');
    expect(drained).toBe(false);
    await time.pass(300);
    await held.end('durable');
    await time.pass(0);
    expect(drained).toBe(true);
    expect(requests.map(({ error }) => error === undefined)).toEqual([true, false, true]);
  });

  test('refuses a name that would break its lines', () => {
    const { held, time } = start();
    expect(() => createBucketAppender({ stream: held.stream, clock: time.clock, node: 'a"b' })).toThrow('letters');
  });
});
