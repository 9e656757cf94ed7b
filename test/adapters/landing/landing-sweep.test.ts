import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDirectoryBlobStore } from '../../../src/adapters/blob-store/directory-blob-store.ts';
import { createLandingSweep } from '../../../src/adapters/landing/landing-sweep.ts';
import type { BlobStore } from '../../../src/ports/blob-store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2024, 2, 21, 14, 5);

const keyAt = (at: number, name: string): string => {
  const [year, month, day, hour] = new Date(at).toISOString().split(/[-T:]/);
  return `events/year=${year}/month=${month}/day=${day}/hour=${hour}/${name}`;
};

describe('looking for objects that are not loaded', () => {
  let directory: string;
  let blobs: BlobStore;
  let listings: string[];
  let clock: { at: number; now(): number };
  const loaded = new Set<string>();
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trailgate-sweep-'));
    const store = createDirectoryBlobStore({ path: directory });
    listings = [];
    blobs = {
      ...store,
      list: (prefix, options) => {
        listings.push(prefix);
        return store.list(prefix, options);
      },
    };
    clock = { at: NOW, now: () => clock.at };
    loaded.clear();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const put = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await blobs.put(key, Buffer.from('x'));
  };
  const createSweep = () =>
    createLandingSweep({
      blobs,
      prefix: 'events/',
      clock,
      lateHours: 26,
      onlyNew: async (entries) => entries.filter(({ key }) => !loaded.has(key)),
    });
  /** Finds and takes everything that there is to find now. */
  const takeAll = async (sweep: ReturnType<typeof createSweep>): Promise<string[]> => {
    const taken: string[] = [];
    for (;;) {
      const found = await sweep.find();
      if (found.length === 0) return taken;
      for (const { key } of found) {
        taken.push(key);
        loaded.add(key);
      }
    }
  };

  test('finds all there is at the start, whatever it is named after, in the order of the keys', async () => {
    const keys = [
      'events/!{timestamp:yyyy}/a',
      'events/2023/01/02/03/b',
      keyAt(NOW - 900 * 24 * HOUR, 'c'),
      keyAt(NOW, 'd'),
      'events/zone/e',
    ];
    await put(...[...keys].reverse(), 'other/f');
    const sweep = createSweep();
    expect(sweep.hasSeenAll()).toBe(false);
    expect(await takeAll(sweep)).toEqual(keys);
    expect(sweep.hasSeenAll()).toBe(true);
  });

  test('goes page by page at the start, past what is loaded', async () => {
    const keys = Array.from({ length: 2_050 }, (_, n) => keyAt(NOW - HOUR, String(n).padStart(4, '0')));
    // As a store answers, without writing so many files.
    blobs.list = async (_prefix, { after = '', limit = 1_000 } = {}) =>
      keys
        .filter((key) => key > after)
        .slice(0, limit)
        .map((key) => ({ key, bytes: 1, modifiedAt: NOW }));
    for (const key of keys.slice(0, 1_500)) loaded.add(key);
    const sweep = createSweep();
    expect((await sweep.find()).map(({ key }) => key)).toEqual(keys.slice(1_500, 2_000));
    for (const key of keys.slice(1_500, 2_000)) loaded.add(key);
    expect(sweep.hasSeenAll()).toBe(false);
    expect(await takeAll(sweep)).toEqual(keys.slice(2_000));
    expect(sweep.hasSeenAll()).toBe(true);
  });

  test('begins again at the start after it could not look', async () => {
    await put(keyAt(NOW, 'a'));
    const list = blobs.list;
    blobs.list = () => Promise.reject(new Error('no answer'));
    const sweep = createSweep();
    await expect(sweep.find()).rejects.toThrow('no answer');
    expect(sweep.hasSeenAll()).toBe(false);
    blobs.list = list;
    expect(await takeAll(sweep)).toEqual([keyAt(NOW, 'a')]);
  });

  test('finds with each look what is named after this hour, or the one before while it may still be written, oldest first', async () => {
    const sweep = createSweep();
    await takeAll(sweep);
    // A key that sorts behind the other was written before it.
    await put(keyAt(NOW, 'b'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await put(keyAt(NOW, 'a'), keyAt(NOW - HOUR, 'z'), keyAt(NOW - 2 * HOUR, 'late'));
    expect(await takeAll(sweep)).toEqual([keyAt(NOW, 'b'), keyAt(NOW, 'a'), keyAt(NOW - HOUR, 'z')]);
  });

  test('finds with each look what lies under a prefix that was never filled in', async () => {
    await put(keyAt(NOW, 'a'));
    const sweep = createSweep();
    await takeAll(sweep);
    const keys = ['events/!{timestamp:yyyy/MM}/b', 'events/year=!{timestamp:yyyy}/month=!{timestamp:MM}/c'];
    await put(...keys);
    expect((await takeAll(sweep)).sort()).toEqual(keys);
  });

  test('asks for little with each look', async () => {
    await put(keyAt(NOW - 50 * HOUR, 'a'), keyAt(NOW, 'b'));
    const sweep = createSweep();
    await takeAll(sweep);
    clock.at += 30 * MINUTE - 26 * MINUTE;
    listings.length = 0;
    await sweep.find();
    // This hour, the one before, and one that says that nothing stands in front.
    expect(listings).toHaveLength(3);
  });

  test('finds every five minutes what comes late under the name of the last day, and every other key', async () => {
    await put(keyAt(NOW - 50 * HOUR, 'a'));
    const sweep = createSweep();
    await takeAll(sweep);
    const late = [keyAt(NOW - 26 * HOUR, 'b'), keyAt(NOW - 3 * HOUR, 'c')];
    const others = ['events/2024/03/21/14/d', 'events/year=2024_old/e', 'events/zone/f'];
    await put(...late, ...others);
    clock.at += 4 * MINUTE;
    expect(await takeAll(sweep)).toEqual(['events/2024/03/21/14/d']);
    clock.at += MINUTE;
    expect((await takeAll(sweep)).sort()).toEqual([...late, ...others.slice(1)].sort());
    // Later than late is found at the next start.
    await put(keyAt(NOW - 60 * HOUR, 'g'));
    clock.at += 6 * MINUTE;
    expect(await takeAll(sweep)).toEqual([]);
    expect(await takeAll(createSweep())).toEqual([keyAt(NOW - 60 * HOUR, 'g')]);
  });

  test('looks also when the clock was set back', async () => {
    const sweep = createSweep();
    await takeAll(sweep);
    await put(keyAt(NOW - 5 * HOUR, 'a'));
    clock.at -= HOUR;
    expect(await takeAll(sweep)).toEqual([keyAt(NOW - 5 * HOUR, 'a')]);
  });
});
