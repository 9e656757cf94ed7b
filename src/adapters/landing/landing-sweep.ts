import type { BlobEntry, BlobStore } from '../../ports/blob-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { isInFolderOfTime, timePrefixes, yearFolderOf } from './time-prefixes.ts';

export interface LandingSweepDeps {
  readonly blobs: Pick<BlobStore, 'list'>;
  /** What every key begins with. */
  readonly prefix: string;
  readonly clock: Clock;
  /** How late an object may come, by the hour that its key is named after: as long as the stream keeps what waits. */
  readonly lateHours: number;
  /** Those of which not everything is loaded. */
  readonly onlyNew: (entries: readonly BlobEntry[]) => Promise<readonly BlobEntry[]>;
}

const PAGE = 1_000;
const HOUR_MS = 3_600_000;
const SWEEP_EVERY_MS = 5 * 60_000;
/** What one sweep looks through; all of `lateHours` every hour. */
const SWEEP_HOURS = 26;
const LONG_SWEEP_EVERY_MS = HOUR_MS;
/** Firehose gathers for a quarter of an hour at most, and an object is named after its first line. */
const GATHERING_MS = 20 * 60_000;

/**
 * Finds objects that are not loaded. At the start everything below the prefix is looked through once, page by page, so that
 * nothing is missed whatever had happened before. Then, with each call, what is named after the present hour, and what
 * stands before all folders of a time (a prefix that was never filled in); and every few minutes what is named after the
 * last day, as an object that could not be delivered comes late under its old name, and all other keys. What may come days
 * late is looked for every hour.
 */
export function createLandingSweep({ blobs, prefix, clock, lateHours, onlyNew }: LandingSweepDeps) {
  let first: AsyncGenerator<readonly BlobEntry[]> | null = pagesOf(blobs, prefix);
  let sweptAt = 0;
  let sweptLongAt = 0;

  /** The first page with something new; null when all were looked through. */
  const findFirst = async (): Promise<readonly BlobEntry[] | null> => {
    for (;;) {
      const page = await first?.next().catch((error: unknown) => {
        // Begun again: what is loaded by then is passed over.
        first = pagesOf(blobs, prefix);
        throw error;
      });
      if (!page || page.done) {
        first = null;
        sweptAt = clock.now();
        sweptLongAt = sweptAt;
        return null;
      }
      const found = await onlyNew(page.value);
      if (found.length > 0) return found;
    }
  };

  const newOf = async (pages: AsyncIterable<readonly BlobEntry[]>): Promise<BlobEntry[]> => {
    const found: BlobEntry[] = [];
    for await (const page of pages) found.push(...(await onlyNew(page)));
    return found;
  };

  const findIn = async (folders: readonly string[]): Promise<BlobEntry[]> => {
    const found: BlobEntry[] = [];
    for (const folder of folders) found.push(...(await newOf(pagesOf(blobs, `${prefix}${folder}`))));
    return found;
  };

  return {
    /** False while the first look is under way: more may have landed than was found. */
    hasSeenAll: (): boolean => first === null,
    /** The next of them, oldest first. */
    find: async (): Promise<readonly BlobEntry[]> => {
      const earlier = first && (await findFirst());
      if (earlier) return earlier;
      const now = clock.now();
      const isSweep = isDue(now, sweptAt, SWEEP_EVERY_MS);
      const isLong = isSweep && isDue(now, sweptLongAt, LONG_SWEEP_EVERY_MS);
      const hours = isLong ? lateHours : SWEEP_HOURS;
      const found = isSweep
        ? await findIn(timePrefixes({ from: now - hours * HOUR_MS, to: now + HOUR_MS, unit: 'day' }))
        : await findIn(timePrefixes({ from: now - GATHERING_MS, to: now, unit: 'hour' }));
      found.push(...(await newOf(otherPages(blobs, prefix, isSweep))));
      if (isSweep) sweptAt = now;
      if (isLong) sweptLongAt = now;
      return found.sort(byTime);
    },
  };
}

/** Also after the clock was set back. */
const isDue = (now: number, before: number, everyMs: number): boolean => now - before >= everyMs || now < before;

const byTime = (one: BlobEntry, other: BlobEntry): number =>
  one.modifiedAt - other.modifiedAt || Buffer.compare(Buffer.from(one.key), Buffer.from(other.key));

async function* pagesOf(
  blobs: Pick<BlobStore, 'list'>,
  prefix: string,
  start = '',
): AsyncGenerator<readonly BlobEntry[]> {
  for (let after = start; ; ) {
    const page = await blobs.list(prefix, { limit: PAGE, ...(after !== '' && { after }) });
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = (page.at(-1) as BlobEntry).key;
  }
}

/**
 * Entries that lie in no folder of a time; all of them, or those that stand before the first such folder. Folders of a time
 * are jumped over, a year at once.
 */
async function* otherPages(
  blobs: Pick<BlobStore, 'list'>,
  prefix: string,
  isSweep: boolean,
): AsyncGenerator<readonly BlobEntry[]> {
  for (let after = '', limit = 1; ; limit = PAGE) {
    // One tells whether there are any, mostly.
    const page = await blobs.list(prefix, { limit, ...(after !== '' && { after }) });
    const at = page.findIndex(({ key }) => isInFolderOfTime(key.slice(prefix.length)));
    const others = at === -1 ? page : page.slice(0, at);
    if (others.length > 0) yield others;
    if (at === -1 ? page.length < limit : !isSweep) return;
    const next = page[at === -1 ? page.length - 1 : at] as BlobEntry;
    // A slash is followed by "0": behind everything in the folder.
    after = at === -1 ? next.key : `${prefix}${yearFolderOf(next.key.slice(prefix.length))}0`;
  }
}
