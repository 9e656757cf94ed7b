import { createAppender } from '../../src/ingest/appender.ts';
import { createBucketAppender } from '../../src/ingest/bucket-appender.ts';
import { createLedger } from '../../src/ingest/ledger.ts';
import { makeNodeName } from '../../src/ingest/ledger-node.ts';
import { ledgersOf, startBucketLedger, statesOf } from './bucket-ledger.ts';
import { createHeldBuckets } from './held-buckets.ts';
import { aDraft, createHeldStream, linesOf } from './held-stream.ts';
import { createManualTimers } from './manual-timers.ts';

describe('the ledger of a stream of buckets', () => {
  test('opens every bucket before it takes a line', async () => {
    const { held, time, ledger } = startBucketLedger();
    await expect(ledger.append([aDraft('early')])).rejects.toMatchObject({
      code: 'STREAM_UNAVAILABLE',
      retryable: true,
    });
    let opened = false;
    const opening = ledger.open().then(() => {
      opened = true;
    });
    await time.pass(1);
    await held.end('durable');
    expect(opened).toBe(false);
    await expect(ledger.append([aDraft('early')])).rejects.toMatchObject({ code: 'STREAM_UNAVAILABLE' });
    await held.end('durable');
    await opening;
    expect(ledgersOf(held.log)).toMatchObject([
      {
        seq: 1,
        kind: 'LEDGER',
        origin: 'GATEWAY',
        ledger: { bucket: 0, firstSeq: null, lastSeq: null, count: 0, refused: [], state: 'OPEN' },
      },
      { seq: 2, ledger: { bucket: 1, state: 'OPEN' } },
    ]);
  });

  test('tells each bucket every second what went into it', async () => {
    const { held, ledger, settle } = startBucketLedger(1);
    await Promise.all([ledger.open(), settle(20)]);
    const second = async (...names: string[]): Promise<void> => {
      if (names.length > 0) void ledger.append(names.map((name) => aDraft(name)));
      await settle(500);
      // Not yet due.
      await ledger.tick();
      await settle(500);
      await Promise.all([ledger.tick(), settle(50)]);
    };
    await second('a', 'b', 'c');
    await second('d');
    await second();
    expect(
      ledgersOf(held.log).map(({ seq, ledger: { firstSeq, lastSeq, count, state } }) => [
        seq,
        firstSeq,
        lastSeq,
        count,
        state,
      ]),
    ).toEqual([
      [1, null, null, 0, 'OPEN'],
      [5, 2, 4, 3, 'LIVE'],
      [7, 6, 6, 1, 'LIVE'],
      [8, null, null, 0, 'LIVE'],
    ]);
  });

  test('tells every bucket which numbers the stream refused, each until it has taken it', async () => {
    const { held, ledger, settle, failures } = startBucketLedger();
    await Promise.all([ledger.open(), settle(20)]);
    const lost = ledger.append([aDraft('a'), aDraft('b')]).catch(() => 'refused');
    await settle(100, () => true);
    expect(await lost).toBe('refused');
    await settle(1_000);
    // Bucket 1 does not take its line.
    await Promise.all([ledger.tick(), settle(500, ({ bucket }) => bucket === 1)]);
    expect(failures).toHaveLength(1);
    await settle(1_000);
    await Promise.all([ledger.tick(), settle(500)]);
    await settle(1_000);
    await Promise.all([ledger.tick(), settle(500)]);
    const told = (bucket: number) =>
      ledgersOf(held.log.filter((record) => record.bucket === bucket)).map(({ ledger: { refused } }) => refused);
    // 1 and 2 opened, 3 and 4 were refused, 5 told bucket 0 of it, 6 was to tell bucket 1.
    expect(told(0)).toEqual([[], [[3, 4]], [6], []]);
    expect(told(1)).toEqual([[], [[3, 4], 6], []]);
  });

  test('closes behind the last line, takes none afterwards, and can be opened again with numbers that go on', async () => {
    const { held, ledger, settle } = startBucketLedger();
    await Promise.all([ledger.open(), settle(20)]);
    const last = ledger.append([aDraft('last')]);
    const closing = ledger.close();
    await expect(ledger.append([aDraft('late')])).rejects.toMatchObject({ code: 'STREAM_UNAVAILABLE' });
    await settle(100);
    await Promise.all([last, closing]);
    expect(statesOf(held.log)).toEqual(['OPEN 0', 'OPEN 1', 'CLOSED 0', 'CLOSED 1']);
    expect(ledgersOf(held.log).at(-1)?.seq).toBe(5);
    await Promise.all([ledger.open(), settle(20)]);
    expect(statesOf(held.log).slice(4)).toEqual(['OPEN 0', 'OPEN 1']);
    expect(ledgersOf(held.log).at(-1)?.seq).toBe(7);
  });

  test('numbers no closing line before the last line of any bucket', async () => {
    const { held, time, ledger, settle } = startBucketLedger();
    await Promise.all([ledger.open(), settle(20)]);
    const refused = ledger.append([aDraft('a')]).catch(() => undefined);
    await time.pass(30);
    await held.end('refused');
    await refused;
    // Its bucket makes a pause now.
    const last = ledger.append([aDraft('b')]);
    const closing = ledger.close();
    await settle(100);
    expect(statesOf(held.log)).toEqual(['OPEN 0', 'OPEN 1']);
    await settle(500);
    await Promise.all([last, closing]);
    expect(held.log.flatMap(linesOf).map(({ seq, event }) => [seq, event?.name])).toEqual([
      [1, undefined],
      [2, undefined],
      [4, 'b'],
      [5, undefined],
      [6, undefined],
    ]);
  });

  test('tries to close again where a bucket refuses, then says that it did not', async () => {
    const { held, ledger, settle } = startBucketLedger();
    await Promise.all([ledger.open(), settle(20)]);
    let refusals = 1;
    await Promise.all([ledger.close(), settle(1_000, () => refusals-- > 0)]);
    const closed = ledgersOf(held.log).filter(({ ledger: { state } }) => state === 'CLOSED');
    // One bucket closed at once; then both, which tell the number that was refused.
    expect(closed).toHaveLength(3);
    expect(closed.slice(1).every(({ ledger: { refused } }) => refused.length === 1)).toBe(true);
    await Promise.all([ledger.open(), settle(300)]);
    const failing = ledger.close().catch((error: unknown) => error);
    await settle(2_000, () => true);
    expect(await failing).toMatchObject({ code: 'STREAM_UNAVAILABLE' });
  });

  test('opens again after it could not', async () => {
    const { held, ledger, settle } = startBucketLedger();
    const first = ledger.open().catch((error: unknown) => error);
    await settle(50, () => true);
    expect(await first).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true });
    await expect(ledger.append([aDraft('early')])).rejects.toMatchObject({ code: 'STREAM_UNAVAILABLE' });
    await Promise.all([ledger.open(), settle(500)]);
    expect(ledgersOf(held.log).map(({ ledger: { refused } }) => refused)).toEqual([[[1, 2]], [[1, 2]]]);
  });

  test('ticks by itself between start and close', async () => {
    const held = createHeldBuckets(1);
    const appender = createBucketAppender({
      stream: held.stream,
      clock: { now: () => Date.now() },
      node: makeNodeName(),
    });
    const ledger = createLedger({
      appender,
      clock: { now: () => Date.now() },
      everyMs: 5,
      isNeeded: true,
      onFailure: () => undefined,
    });
    const end = async (states: number): Promise<void> => {
      for (let turns = 0; statesOf(held.log).length < states; turns += 1) {
        if (turns > 5_000) throw new Error('no ledger line');
        if (held.held().length > 0) await held.end('durable');
        else await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await Promise.all([ledger.open(), end(1)]);
    ledger.start();
    await end(4);
    await Promise.all([ledger.close(), end(5)]);
    expect(statesOf(held.log).slice(0, 4)).toEqual(['OPEN 0', 'LIVE 0', 'LIVE 0', 'LIVE 0']);
    expect(statesOf(held.log).at(-1)).toBe('CLOSED 0');
  });
});

describe('the ledger of the embedded log', () => {
  async function startEmbedded() {
    const stream = createHeldStream();
    const time = createManualTimers();
    const appender = await createAppender({ stream, clock: time.clock });
    const failures: unknown[] = [];
    const ledger = createLedger({
      appender,
      clock: time.clock,
      timers: time.timers,
      idleMs: 10_000,
      isNeeded: false,
      onFailure: (error) => failures.push(error),
    });
    const end = async (outcome: 'durable' | 'refused' = 'durable'): Promise<void> => {
      await time.pass(0);
      if (stream.held > 0) await stream.end(outcome);
    };
    return { stream, time, ledger, failures, end };
  }

  test('is written every second while lines are, every ten while none are, and at both ends', async () => {
    const { stream, time, ledger, end } = await startEmbedded();
    await Promise.all([ledger.open(), end()]);
    const ticks = async (seconds: number): Promise<number> => {
      const before = statesOf(stream.log).length;
      for (let second = 0; second < seconds; second += 1) {
        await time.pass(1_000);
        await Promise.all([ledger.tick(), end()]);
      }
      return statesOf(stream.log).length - before;
    };
    expect(await ticks(30)).toBe(3);
    for (let n = 0; n < 3; n += 1) {
      await Promise.all([ledger.append([aDraft(`${n}`)]), end()]);
      expect(await ticks(1)).toBe(1);
    }
    expect(await ticks(9)).toBe(0);
    await Promise.all([ledger.close(), end()]);
    const told = ledgersOf(stream.log);
    expect(told.map(({ ledger: { state } }) => state)).toEqual(['OPEN', ...new Array(6).fill('LIVE'), 'CLOSED']);
    expect(told[4]).toMatchObject({ seq: 6, ledger: { bucket: 0, firstSeq: 5, lastSeq: 5, count: 1, refused: [] } });
    expect(stream.log.flatMap(linesOf).map(({ seq }) => seq)).toEqual(Array.from({ length: 11 }, (_, n) => n + 1));
  });

  test('does not keep a log that is full from starting, and is opened once there is room', async () => {
    const { stream, time, ledger, failures, end } = await startEmbedded();
    await Promise.all([ledger.open(), end('refused')]);
    expect(failures).toHaveLength(1);
    await Promise.all([ledger.append([aDraft('a')]), end()]);
    await time.pass(1_000);
    await Promise.all([ledger.tick(), end()]);
    expect(ledgersOf(stream.log)).toMatchObject([
      { seq: 2, ledger: { firstSeq: 1, lastSeq: 1, count: 1, state: 'OPEN' } },
    ]);
    await Promise.all([
      ledger.close(),
      end('refused')
        .then(() => end('refused'))
        .then(() => end('refused')),
    ]);
    expect(failures).toHaveLength(2);
  });

  test('counts nothing of a commit that was refused', async () => {
    const { stream, time, ledger, end } = await startEmbedded();
    await Promise.all([ledger.open(), end()]);
    await Promise.all([ledger.append([aDraft('lost')]).catch(() => undefined), end('refused')]);
    await Promise.all([ledger.append([aDraft('a')]), end()]);
    await time.pass(1_000);
    await Promise.all([ledger.tick(), end()]);
    expect(ledgersOf(stream.log).at(-1)).toMatchObject({ seq: 3, ledger: { firstSeq: 2, lastSeq: 2, count: 1 } });
  });
});
