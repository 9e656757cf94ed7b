import fc from 'fast-check';
import { createAppender, type LogAppended } from '../../src/ingest/appender.ts';
import type { PackedRecord } from '../../src/ports/event-stream.ts';
import { aDraft, createHeldStream, linesOf, turn } from './held-stream.ts';

const MIB = 1024 * 1024;
const MAX_RECORD_BYTES = 960 * 1024;

const manualClock = (at = 1_000_000) => {
  const clock = { at, now: () => clock.at };
  return clock;
};

async function start({ at = 1_000_000, ...head }: { at?: number; seq?: number; receivedAt?: number } = {}) {
  const stream = createHeldStream(head);
  const clock = manualClock(at);
  return { stream, clock, appender: await createAppender({ stream, clock }) };
}

const namesOf = (log: readonly PackedRecord[]): string[] => log.flatMap(linesOf).map(({ event }) => event.name);

describe('an appender', () => {
  test('answers only when the lines are durable', async () => {
    const { stream, appender } = await start();
    let answer: LogAppended | undefined;
    const request = appender.append([aDraft('a')]).then((appended) => {
      answer = appended;
    });
    await turn();
    expect(stream.held).toBe(1);
    expect(answer).toBeUndefined();
    await stream.end('durable');
    await request;
    expect(answer).toEqual({ firstSeq: 1, receivedAt: 1_000_000 });
  });

  test('gathers what comes during a commit into the next one, in order', async () => {
    const { stream, clock, appender } = await start();
    const first = appender.append([aDraft('a'), aDraft('b')]);
    await turn();
    const later = ['c', 'd', 'e'].map((name) => appender.append([aDraft(name)]));
    await turn();
    expect(stream.held).toBe(1);
    clock.at += 5;
    await stream.end('durable');
    expect(stream.held).toBe(1);
    await stream.end('durable');
    expect(await first).toEqual({ firstSeq: 1, receivedAt: 1_000_000 });
    expect(await Promise.all(later)).toEqual([3, 4, 5].map((firstSeq) => ({ firstSeq, receivedAt: 1_000_005 })));
    expect(stream.log.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([
      [1, 2],
      [3, 5],
    ]);
    expect(namesOf(stream.log)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('goes on behind the last line of the log, and writes its name into every line', async () => {
    const { stream, appender } = await start({ seq: 41, receivedAt: 2_000_000 });
    const request = appender.append([aDraft('a')]);
    await turn();
    await stream.end('durable');
    expect(await request).toEqual({ firstSeq: 42, receivedAt: 2_000_001 });
    expect(stream.log.flatMap(linesOf)).toMatchObject([
      { node: 'node-test', epoch: 3, seq: 42, receivedAt: new Date(2_000_001).toISOString() },
    ]);
  });

  test('receives nothing before a moment that was called settled before a restart', async () => {
    const stream = createHeldStream({ receivedAt: 500 });
    const appender = await createAppender({ stream, clock: manualClock(600), notBefore: 9_000 });
    const request = appender.append([aDraft('a')]);
    await turn();
    await stream.end('durable');
    expect((await request).receivedAt).toBe(9_000);
  });

  test('refuses all of a commit that the log refuses, and gives its numbers to the next', async () => {
    const { stream, appender } = await start();
    const refused = [appender.append([aDraft('a')]), appender.append([aDraft('b'), aDraft('c')])];
    const settled = Promise.allSettled(refused);
    await turn();
    const next = appender.append([aDraft('d')]);
    await stream.end('refused');
    for (const result of await settled) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STREAM_UNAVAILABLE', retryable: true } });
    }
    await stream.end('durable');
    expect(await next).toMatchObject({ firstSeq: 1 });
    expect(namesOf(stream.log)).toEqual(['d']);
  });

  test('answers in the order it was asked', async () => {
    const { stream, appender } = await start();
    const order: number[] = [];
    const requests = [0, 1, 2, 3].map((index) => appender.append([aDraft(`${index}`)]).then(() => order.push(index)));
    await turn();
    await stream.end('durable');
    await Promise.all(requests);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  test('never goes back in time: each record is later than the one before it, whatever the clock does', async () => {
    const { stream, clock, appender } = await start();
    for (const at of [1_000_000, 1_000_000, 900_000, 10, 1_000_001, 5_000_000, 4_000_000]) {
      clock.at = at;
      const request = appender.append([aDraft('a')]);
      await turn();
      await stream.end('durable');
      await request;
    }
    expect(stream.log.map(({ receivedAt }) => receivedAt)).toEqual([
      1_000_000, 1_000_001, 1_000_002, 1_000_003, 1_000_004, 5_000_000, 5_000_001,
    ]);
  });

  test('splits a request that is larger than a record, and answers with the time of its last', async () => {
    const { stream, appender } = await start();
    const request = appender.append(Array.from({ length: 10 }, (_, index) => aDraft(`${index}`, 250_000)));
    const behind = appender.append([aDraft('behind')]);
    await turn();
    await stream.end('durable');
    expect(stream.log.map(({ firstSeq, lastSeq, receivedAt }) => [firstSeq, lastSeq, receivedAt])).toEqual([
      [1, 3, 1_000_000],
      [4, 6, 1_000_001],
      [7, 9, 1_000_002],
      [10, 11, 1_000_003],
    ]);
    expect(await request).toEqual({ firstSeq: 1, receivedAt: 1_000_003 });
    expect(await behind).toEqual({ firstSeq: 11, receivedAt: 1_000_003 });
    for (const record of stream.log) {
      const times = new Set(linesOf(record).map(({ receivedAt }) => receivedAt));
      expect([...times]).toEqual([new Date(record.receivedAt).toISOString()]);
    }
  });

  test('counts bytes, not characters, so that no record is larger than Kinesis takes', async () => {
    const { stream, appender } = await start();
    void appender.append(Array.from({ length: 40 }, (_, index) => aDraft(`${index}`, 100_000, '→')));
    await turn();
    await stream.end('durable');
    expect(Math.max(...stream.log.map(({ lines }) => lines.length))).toBeLessThanOrEqual(MAX_RECORD_BYTES);
    expect(namesOf(stream.log)).toHaveLength(40);
  });

  test('refuses more than it may hold while a commit takes long: retryable, and takes it once there is room', async () => {
    const { stream, appender } = await start();
    const first = appender.append([aDraft('first')]);
    await turn();
    const waiting = Array.from({ length: 15 }, () => appender.append([aDraft('big', 4 * MIB)]));
    await expect(appender.append([aDraft('more', 8 * MIB)])).rejects.toMatchObject({
      code: 'STREAM_UNAVAILABLE',
      retryable: true,
    });
    // One that fits is taken all the same.
    waiting.push(appender.append([aDraft('small')]));
    while (stream.held > 0) await stream.end('durable');
    await Promise.all([first, ...waiting]);
    expect(namesOf(stream.log)).not.toContain('more');
    const again = appender.append([aDraft('more', 8 * MIB)]);
    await turn();
    await stream.end('durable');
    await again;
    expect(namesOf(stream.log).at(-1)).toBe('more');
  });

  test('goes on after a request that cannot be written at all', async () => {
    const { stream, clock, appender } = await start();
    clock.at = Number.NaN;
    await expect(appender.append([aDraft('never')])).rejects.toThrow();
    clock.at = 2_000_000;
    const request = appender.append([aDraft('a')]);
    await turn();
    await stream.end('durable');
    expect(await request).toEqual({ firstSeq: 1, receivedAt: 2_000_000 });
  });

  test('is drained when everything is answered, also what comes meanwhile', async () => {
    const { stream, appender } = await start();
    await appender.drain();
    const first = appender.append([aDraft('a')]);
    await turn();
    const requests = Promise.allSettled([first, appender.append([aDraft('b')])]);
    let drained = false;
    const drain = appender.drain().then(() => {
      drained = true;
    });
    await stream.end('durable');
    expect(drained).toBe(false);
    await stream.end('refused');
    await drain;
    expect((await requests).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});

type Step =
  | { readonly do: 'append'; readonly sizes: readonly number[] }
  | { readonly do: 'clock'; readonly by: number }
  | { readonly do: 'end'; readonly outcome: 'durable' | 'refused' }
  | { readonly do: 'settle' };

const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      sizes: fc.array(fc.constantFrom(0, 10, 400_000), { maxLength: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('clock' as const), by: fc.integer({ min: -50, max: 50 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      outcome: fc.constantFrom('durable' as const, 'durable' as const, 'refused' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
);

/** What became of one request. */
interface Asked {
  readonly names: readonly string[];
  answer: LogAppended | 'refused' | null;
}

test('whatever is asked, refused or delayed, and however the clock steps: numbers have no gap, times only rise, answers are true, and nothing is received before a settled moment', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { maxLength: 40 }), async (steps) => {
      const { stream, clock, appender } = await start();
      const asked: Asked[] = [];
      const settled: { readonly moment: number; readonly logged: number }[] = [];
      const take = async (step: Step): Promise<void> => {
        switch (step.do) {
          case 'append': {
            const one: Asked = { names: step.sizes.map((_, index) => `${asked.length}.${index}`), answer: null };
            asked.push(one);
            appender.append(step.sizes.map((size, index) => aDraft(one.names[index] as string, size))).then(
              (answer) => {
                one.answer = answer;
              },
              () => {
                one.answer = 'refused';
              },
            );
            return turn();
          }
          case 'clock':
            clock.at += step.by;
            return;
          case 'end':
            expect(stream.held).toBeLessThanOrEqual(1);
            return stream.held > 0 ? stream.end(step.outcome) : undefined;
          case 'settle':
            settled.push({ moment: appender.settledBefore(), logged: stream.log.length });
        }
      };
      for (const step of steps) await take(step);
      while (stream.held > 0) await stream.end('durable');
      await appender.drain();

      const { log } = stream;
      const lines = log.flatMap(linesOf);
      expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
      log.forEach((record, index) => {
        expect(record.receivedAt).toBeGreaterThan(log[index - 1]?.receivedAt ?? 0);
        expect(record.lines.length).toBeLessThanOrEqual(MAX_RECORD_BYTES);
        expect(linesOf(record).map(({ seq }) => seq)).toEqual(
          Array.from({ length: record.lastSeq - record.firstSeq + 1 }, (_, place) => record.firstSeq + place),
        );
      });
      const kept = asked.filter(({ answer }) => answer !== 'refused');
      expect(lines.map(({ event }) => event.name)).toEqual(kept.flatMap(({ names }) => names));
      for (const { names, answer } of kept) {
        const { firstSeq, receivedAt } = answer as LogAppended;
        if (names.length === 0) continue;
        expect(lines[firstSeq - 1]?.event.name).toBe(names[0]);
        const last = firstSeq + names.length - 1;
        expect(log.find((record) => record.firstSeq <= last && last <= record.lastSeq)?.receivedAt).toBe(receivedAt);
      }
      let before = 0;
      for (const { moment, logged } of settled) {
        expect(moment).toBeGreaterThanOrEqual(before);
        before = moment;
        for (const record of log.slice(logged)) expect(record.receivedAt).toBeGreaterThanOrEqual(moment);
      }
    }),
    { numRuns: 300 },
  );
});
