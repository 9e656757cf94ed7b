import fc from 'fast-check';
import type { LineDraft } from '../../src/domain/envelope.ts';
import { createBucketAppender } from '../../src/ingest/bucket-appender.ts';
import { createLedger } from '../../src/ingest/ledger.ts';
import type { PackedRecord } from '../../src/ports/event-stream.ts';
import { createHeldBuckets, type Outcome } from './held-buckets.ts';
import { aDraft, linesOf } from './held-stream.ts';
import { createManualTimers } from './manual-timers.ts';

const BUCKETS = 3;
const USERS = ['usr-1', 'usr-2', 'usr-3', 'usr-4', 'usr-5'];

type Step =
  | { readonly do: 'append'; readonly users: readonly number[]; readonly size: number; readonly waitMs: number | null }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'clock'; readonly by: number }
  | { readonly do: 'end'; readonly which: number; readonly outcome: Outcome }
  /** A second passes, ledgers are due, and all that is in flight comes to its end. */
  | { readonly do: 'second'; readonly outcomes: readonly Outcome[] };

const anOutcome = fc.constantFrom<Outcome>('durable', 'durable', 'durable', 'refused', 'lost answer');

const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      users: fc.array(fc.nat(USERS.length), { maxLength: 5 }),
      size: fc.constantFrom(0, 0, 9_000, 90_000),
      waitMs: fc.constantFrom(null, null, null, 50, 500),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 10, 20, 100, 300, 2_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('clock' as const), by: fc.integer({ min: -5_000, max: 5_000 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(BUCKETS),
      outcome: anOutcome,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('second' as const),
      outcomes: fc.array(anOutcome, { minLength: 1, maxLength: 2 * BUCKETS }),
    }),
  },
);

interface Asked {
  readonly names: readonly string[];
  answer: 'durable' | 'refused' | null;
}

interface Line {
  readonly seq: number;
  readonly event?: { readonly name: string };
  readonly ledger?: {
    readonly firstSeq: number | null;
    readonly lastSeq: number | null;
    readonly count: number;
    readonly refused: readonly (number | readonly [number, number])[];
    readonly state: string;
  };
}
const read = (record: PackedRecord): Line[] => linesOf(record) as unknown as Line[];
const numbersOf = ({ firstSeq, lastSeq }: PackedRecord): number[] =>
  Array.from({ length: lastSeq - firstSeq + 1 }, (_, index) => firstSeq + index);

/** Runs the steps on the real appender, lets all that is left come to an end, and closes. */
async function run(steps: readonly Step[]) {
  const held = createHeldBuckets(BUCKETS);
  const { clock, timers, pass } = createManualTimers();
  const appender = createBucketAppender({ stream: held.stream, clock, timers, node: 'node-a' });
  const ledger = createLedger({ appender, clock, timers, isNeeded: true, onFailure: () => undefined });
  const asked: Asked[] = [];
  const ended: { readonly record: PackedRecord; readonly outcome: Outcome }[] = [];
  const end = async (outcome: Outcome, which = 0): Promise<void> => {
    const one = held.held()[which];
    if (!one) return;
    ended.push({ record: one.record, outcome });
    await held.end(outcome, which);
  };
  const finish = async (promise: Promise<void>): Promise<void> => {
    let done = false;
    const watched = promise.finally(() => {
      done = true;
    });
    for (let rounds = 0; !done; rounds += 1) {
      if (rounds > 2_000) throw new Error('it does not come to an end');
      while (held.held().length > 0) await end('durable');
      await pass(50);
    }
    await watched;
  };

  await finish(ledger.open());
  const take = async (step: Step): Promise<void> => {
    switch (step.do) {
      case 'append': {
        const one: Asked = { names: step.users.map((_, index) => `${asked.length}.${index}`), answer: null };
        asked.push(one);
        const drafts = step.users.map(
          (user, index): LineDraft => aDraft(one.names[index] as string, step.size, 'x', USERS[user] ?? null),
        );
        const options = step.waitMs === null ? {} : { until: clock.now() + step.waitMs };
        ledger.append(drafts, options).then(
          () => {
            one.answer = 'durable';
          },
          () => {
            one.answer = 'refused';
          },
        );
        return;
      }
      case 'pass':
        return pass(step.ms);
      case 'clock':
        clock.offset += step.by;
        return;
      case 'end':
        return end(step.outcome, step.which % Math.max(1, held.held().length));
      case 'second':
        await pass(1_000);
        void ledger.tick();
        await pass(100);
        for (const outcome of step.outcomes) await end(outcome);
        return;
    }
  };
  for (const step of steps) await take(step);
  await finish(ledger.close());
  return { held, asked, ended };
}

test('whatever is asked, refused, delayed or lost, and however the clock steps: numbers have no gap, times only rise, answers and ledgers are true', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { maxLength: 60 }), async (steps) => {
      const { held, asked, ended } = await run(steps);
      expect(held.mostInFlight()).toBe(1);

      // Every number is given once, and those later given are received no earlier.
      const byNumber = ended.map(({ record }) => record).sort((a, b) => a.firstSeq - b.firstSeq);
      expect(byNumber.flatMap(numbersOf)).toEqual(
        Array.from({ length: byNumber.at(-1)?.lastSeq ?? 0 }, (_, n) => n + 1),
      );
      for (const [index, { receivedAt }] of byNumber.entries()) {
        expect(receivedAt).toBeGreaterThanOrEqual(byNumber[index - 1]?.receivedAt ?? 0);
      }
      for (const record of byNumber) {
        expect(record.lines.length).toBeLessThanOrEqual(240 * 1024);
        expect(read(record).map(({ seq }) => seq)).toEqual(numbersOf(record));
      }

      // What is acknowledged is in the stream once; what is refused at most once; nothing is left unanswered.
      const landed = held.log.flatMap(read).flatMap(({ event }) => (event ? [event.name] : []));
      expect(new Set(landed).size).toBe(landed.length);
      for (const { names, answer } of asked) {
        expect(answer).not.toBeNull();
        if (answer === 'durable') expect(landed).toEqual(expect.arrayContaining([...names]));
      }

      const refused = ended.filter(({ outcome }) => outcome !== 'durable').flatMap(({ record }) => numbersOf(record));
      for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
        const own = held.log.filter((record) => record.bucket === bucket);
        // A user's lines keep their order: of one request, and of one after another.
        for (const user of USERS.keys()) {
          const names = own.flatMap(read).flatMap(({ event }) => (event ? [event.name] : []));
          const places = names
            .map((name) => name.split('.').map(Number) as [number, number])
            .filter(([request, index]) => USERS[stepUsers(steps, request)[index] as number] === USERS[user])
            .map(([request, index]) => request * 100 + index);
          expect([...places].sort((a, b) => a - b)).toEqual(places);
        }
        checkLedgers(ended.filter(({ record }) => record.bucket === bucket));
        const told = own.flatMap(read).flatMap(({ ledger }) => ledger?.refused ?? []);
        const numbers = told.flatMap((item) =>
          typeof item === 'number' ? [item] : numbersOf({ firstSeq: item[0], lastSeq: item[1] } as PackedRecord),
        );
        expect(new Set(numbers)).toEqual(new Set(refused));
      }
    }),
    { numRuns: Number(process.env.TRAILGATE_PROPERTY_RUNS ?? 250) },
  );
}, 120_000);

const stepUsers = (steps: readonly Step[], request: number): readonly number[] =>
  steps.filter((step) => step.do === 'append')[request]?.users ?? [];

/** Each durable ledger line counts the durable lines since the one before it. */
function checkLedgers(records: readonly { readonly record: PackedRecord; readonly outcome: Outcome }[]): void {
  let since: number[] = [];
  for (const { record, outcome } of records) {
    if (outcome !== 'durable') continue;
    for (const { seq, ledger } of read(record)) {
      if (!ledger) {
        since.push(seq);
        continue;
      }
      const { firstSeq, lastSeq, count } = ledger;
      expect({ firstSeq, lastSeq, count }).toEqual({
        firstSeq: since[0] ?? null,
        lastSeq: since.at(-1) ?? null,
        count: since.length,
      });
      since = [];
    }
  }
}
