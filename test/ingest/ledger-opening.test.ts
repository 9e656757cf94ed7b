import { createBucketAppender } from '../../src/ingest/bucket-appender.ts';
import { createLedger } from '../../src/ingest/ledger.ts';
import { createHeldBuckets } from './held-buckets.ts';
import { aDraft, linesOf } from './held-stream.ts';
import { createManualTimers } from './manual-timers.ts';

function start() {
  const held = createHeldBuckets(2);
  const time = createManualTimers();
  const { timers, clock, pass } = time;
  const ledger = createLedger({
    appender: createBucketAppender({ stream: held.stream, clock, timers, node: 'node-a' }),
    clock,
    timers,
    isNeeded: true,
    onFailure: () => undefined,
  });
  /** Ticks every second; what is sent ends at once in the way told, or by its bucket. */
  const live = async (seconds: number, refused: readonly number[] = []): Promise<void> => {
    for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
      if (tenth % 10 === 0) void ledger.tick();
      await pass(100);
      while (held.held().length > 0) {
        await held.end(refused.includes(held.held()[0]?.record.bucket as number) ? 'refused' : 'durable');
      }
    }
  };
  const states = (): unknown[] =>
    held.log.flatMap(linesOf).map((line) => (line as unknown as { ledger?: { state: string } }).ledger?.state);
  return { held, time, clock, ledger, live, states };
}
const REFUSES = { code: 'STREAM_UNAVAILABLE', retryable: true };

describe('a ledger that could not be opened', () => {
  test('is opened by its ticks as soon as every bucket takes its line', async () => {
    const { ledger, live } = start();
    const opening = ledger.open().catch((error: unknown) => error);
    await live(1, [0, 1]);
    expect(await opening).toMatchObject(REFUSES);
    await live(3, [1]);
    expect(ledger.isOpen()).toBe(false);
    await expect(ledger.append([aDraft('early')])).rejects.toMatchObject(REFUSES);
    await live(2);
    expect(ledger.isOpen()).toBe(true);
    await Promise.all([ledger.append([aDraft('a')]), live(1)]);
  });

  test('is not opened by them once it was closed', async () => {
    const { held, ledger, live } = start();
    const opening = ledger.open().catch((error: unknown) => error);
    await live(1, [0, 1]);
    await opening;
    await Promise.all([ledger.close(), live(1)]);
    const lines = held.log.length;
    await live(3);
    expect(held.log).toHaveLength(lines);
    expect(ledger.isOpen()).toBe(false);
  });
});

describe('a ledger of which nothing was durable for 45 s', () => {
  test('takes no line before it is opened anew, and says so', async () => {
    const { ledger, live, states } = start();
    await Promise.all([ledger.open(), live(2)]);
    await live(46, [0, 1]);
    await expect(ledger.append([aDraft('early')])).rejects.toMatchObject({
      ...REFUSES,
      message: expect.stringContaining('takes nothing at the moment'),
    });
    const before = states().length;
    // One bucket that hears of it is not enough.
    await live(2, [1]);
    expect(ledger.isOpen()).toBe(false);
    await live(2);
    expect(ledger.isOpen()).toBe(true);
    expect(states()[before]).toBe('OPEN');
  });

  test('may have been asleep: no line is taken before it has looked', async () => {
    const { clock, ledger, live } = start();
    await Promise.all([ledger.open(), live(2)]);
    clock.offset += 120_000;
    await expect(ledger.append([aDraft('early')])).rejects.toMatchObject(REFUSES);
    await live(2);
    await Promise.all([ledger.append([aDraft('a')]), live(1)]);
  });

  test('goes on where one bucket took its opening line late: a function has no time to open twice', async () => {
    const { held, clock, ledger, time } = start();
    const opening = ledger.open({ until: clock.now() + 55_000 });
    await time.pass(10);
    await held.end('durable');
    await time.pass(40_000);
    await held.end('durable');
    await opening;
    const appending = ledger.append([aDraft('a')]);
    await time.pass(100);
    await held.end('durable');
    await appending;
  });
});
