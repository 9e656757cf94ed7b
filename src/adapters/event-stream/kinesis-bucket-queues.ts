/** What one PutRecords call is filled to, and one record may hold. The service takes more of some; these hold everywhere. */
export const PUT_LIMITS = { records: 500, bytes: 4 * 1024 * 1024, recordBytes: 1024 * 1024 };

export interface Queued {
  readonly bucket: number;
  readonly bytes: number;
}

interface Bucket<T> {
  readonly waiting: T[];
  inFlight: boolean;
  /** Not sent before. */
  notBefore: number;
  /** In a row. */
  failures: number;
}

/**
 * Records that wait, a queue for each bucket. Only the head of a queue is sent and the next stays until the head is done
 * with: that is what keeps the order of a bucket. Times are the caller's.
 */
export function createBucketQueues<T extends Queued>(count: number) {
  const buckets = Array.from(
    { length: count },
    (): Bucket<T> => ({ waiting: [], inFlight: false, notBefore: 0, failures: 0 }),
  );
  const bucketOf = ({ bucket }: T): Bucket<T> => buckets[bucket] as Bucket<T>;
  let bytes = 0;
  let first = 0;

  const remove = (item: T): void => {
    const { waiting } = bucketOf(item);
    const at = waiting.indexOf(item);
    if (at < 0) return;
    waiting.splice(at, 1);
    bytes -= item.bytes;
  };

  return {
    /** Of everything that waits or is in flight. */
    bytes: (): number => bytes,

    add: (item: T): void => {
      bucketOf(item).waiting.push(item);
      bytes += item.bytes;
    },

    /** The next request: heads of buckets that may be sent now, which are then in flight. Begins at another bucket each time. */
    take: (now: number): T[] => {
      const taken: T[] = [];
      let size = 0;
      for (let step = 0; step < count && taken.length < PUT_LIMITS.records; step += 1) {
        const bucket = buckets[(first + step) % count] as Bucket<T>;
        const head = bucket.waiting[0];
        if (!head || bucket.inFlight || bucket.notBefore > now || size + head.bytes > PUT_LIMITS.bytes) continue;
        bucket.inFlight = true;
        taken.push(head);
        size += head.bytes;
      }
      first = (first + 1) % count;
      return taken;
    },

    /** The head came back and is done with; the next of its bucket may go. */
    finish: (item: T, taken: boolean): void => {
      const bucket = bucketOf(item);
      bucket.inFlight = false;
      if (taken) bucket.failures = 0;
      remove(item);
    },

    /** The head came back and stays: sent again at `notBefore(failures in a row)`. */
    keep: (item: T, notBefore: (failures: number) => number): void => {
      const bucket = bucketOf(item);
      bucket.inFlight = false;
      bucket.failures += 1;
      bucket.notBefore = notBefore(bucket.failures);
    },

    /** Takes out what is not in flight. */
    withdraw: (item: T): void => {
      const { inFlight, waiting } = bucketOf(item);
      if (!inFlight || waiting[0] !== item) remove(item);
    },

    /** When the next head that waits for its time may go. */
    nextAt: (): number =>
      buckets.reduce(
        (next, { waiting, inFlight, notBefore }) =>
          waiting.length > 0 && !inFlight ? Math.min(next, notBefore) : next,
        Number.POSITIVE_INFINITY,
      ),
  };
}

/** The middle of the bucket's slice of the hash keys: it stays in one shard, and most reshards cut between buckets. */
export function hashKeyOf(bucket: number, buckets: number): string {
  return (((2n * BigInt(bucket) + 1n) * 2n ** 128n) / (2n * BigInt(buckets))).toString();
}
