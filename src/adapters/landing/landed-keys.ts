import type { BlobEntry, BlobStore } from '../../ports/blob-store.ts';
import type { Clock } from '../../ports/clock.ts';

export interface LandedKeysOptions {
  readonly blobs: BlobStore;
  /** What the keys begin with; the hour follows, as Firehose's prefix writes it: `year=2024/month=03/day=20/hour=14/`. */
  readonly prefix: string;
  readonly clock: Clock;
}

const HOUR_MS = 3_600_000;
/** An object stands under the hour of its first record, and Firehose waits some minutes at most before it writes one. */
const RECENT_MS = 2 * HOUR_MS;
/** It tries for a day where it cannot write. */
const LATE_MS = 26 * HOUR_MS;
const LATE_EVERY_MS = 5 * 60_000;
const PAGE = 1_000;

/** The keys that may be new: all of them at first, then the recent hours, and now and then the whole last day. */
export function createLandedKeys({ blobs, prefix, clock }: LandedKeysOptions) {
  let lookedAtAll = false;
  let lastLate = 0;

  /** From a key on, or from the beginning; up to a key, or to the end. */
  async function* between(after: string | null, before: string | null): AsyncGenerator<readonly BlobEntry[]> {
    let from = after;
    for (;;) {
      const page = await blobs.list(prefix, { limit: PAGE, ...(from !== null && { after: from }) });
      const wanted = before === null ? page : page.filter(({ key }) => key < before);
      if (wanted.length > 0) yield wanted;
      const last = page.at(-1);
      if (!last || page.length < PAGE || wanted.length < page.length) return;
      from = last.key;
    }
  }

  const since = (at: number): string => {
    const [day, time] = new Date(at).toISOString().split('T') as [string, string];
    const [year, month, date] = day.split('-');
    return `${prefix}year=${year}/month=${month}/day=${date}/hour=${time.slice(0, 2)}/`;
  };

  return {
    /** Pages of entries, each in the order of their keys. */
    look: async function* (): AsyncGenerator<readonly BlobEntry[]> {
      const now = clock.now();
      if (!lookedAtAll) {
        yield* between(null, null);
        lookedAtAll = true;
        lastLate = now;
        return;
      }
      // What stands before every year is of no hour: a prefix that was never filled in.
      yield* between(null, `${prefix}year=1`);
      const isLate = now - lastLate >= LATE_EVERY_MS;
      yield* between(since(now - (isLate ? LATE_MS : RECENT_MS)), null);
      if (isLate) lastLate = now;
    },
  };
}
