import { AppError } from '../../src/domain/errors.ts';
import type { AppendOptions, EventStream, PackedRecord } from '../../src/ports/event-stream.ts';
import { turn } from './held-stream.ts';

interface Held {
  readonly record: PackedRecord;
  readonly until: number | undefined;
  readonly end: (error: Error | null) => void;
}

/** A record that is refused may be in the stream all the same, as the answer of a remote stream can be lost. */
export type Outcome = 'durable' | 'refused' | 'lost answer';

/** A stream of buckets in memory whose appends take as long as the test wants. */
export function createHeldBuckets(buckets: number) {
  const log: PackedRecord[] = [];
  const held: Held[] = [];
  const perBucket = Array.from({ length: buckets }, () => 0);
  let most = 0;
  let calls = 0;

  const stream: Pick<EventStream, 'buckets' | 'append'> = {
    buckets,
    append: (records, { until }: AppendOptions = {}) => {
      calls += 1;
      return Promise.all(
        records.map(
          (record) =>
            new Promise<void>((resolve, reject) => {
              perBucket[record.bucket] = (perBucket[record.bucket] ?? 0) + 1;
              most = Math.max(most, perBucket[record.bucket] ?? 0);
              held.push({ record, until, end: (error) => (error ? reject(error) : resolve()) });
            }),
        ),
      ).then(() => undefined);
    },
  };
  return {
    stream,
    /** What is in the stream, in the order it came. */
    log,
    held: (): readonly Held[] => held,
    calls: (): number => calls,
    /** Records of one bucket that were ever in flight at once. */
    mostInFlight: (): number => most,
    /** Ends one that is held, the oldest unless told which, and lets what follows from it happen. */
    end: async (outcome: Outcome, which = 0): Promise<void> => {
      const [one] = held.splice(which, 1);
      if (!one) throw new Error('nothing is held');
      perBucket[one.record.bucket] = (perBucket[one.record.bucket] ?? 1) - 1;
      if (outcome !== 'refused') log.push(one.record);
      one.end(
        outcome === 'durable' ? null : new AppError('STREAM_UNAVAILABLE', 'Its shards are full.', { retryable: true }),
      );
      await turn();
    },
  };
}

export type HeldBuckets = ReturnType<typeof createHeldBuckets>;
