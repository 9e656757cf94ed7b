import { createBucketChoice, hashOf } from '../../src/ingest/bucket-choice.ts';
import { createHeavyKeys } from '../../src/ingest/bucket-heavy-keys.ts';

const BUCKETS = 16;

describe('the bucket of a line', () => {
  test('spreads users evenly', () => {
    const counts = new Array<number>(BUCKETS).fill(0);
    for (let n = 0; n < 32_000; n += 1) {
      const bucket = hashOf(`arn:aws:iam::${n}:root`) % BUCKETS;
      counts[bucket] = (counts[bucket] as number) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(1_800);
    expect(Math.max(...counts)).toBeLessThan(2_200);
  });

  /** Buckets that a user's lines went to in `ms`, a line of `bytes` every `everyMs`. */
  const sendFor = (
    choice: ReturnType<typeof createBucketChoice>,
    { user = 'usr-1', from = 0, ms = 5_000, bytes = 1_000, everyMs = 10 },
  ): number[] => Array.from({ length: ms / everyMs }, (_, index) => choice.of(user, bytes, from + index * everyMs));

  test('is one for a user below a quarter of a shard, whatever others send', () => {
    const choice = createBucketChoice(BUCKETS);
    for (let second = 0; second < 5; second += 1) {
      const from = second * 1_000;
      // 150 KB/s, in one burst a second.
      expect(new Set(sendFor(choice, { from, ms: 150, everyMs: 1 }))).toEqual(new Set([hashOf('usr-1') % BUCKETS]));
      sendFor(choice, { user: 'usr-busy', from, ms: 200, bytes: 50_000, everyMs: 1 });
    }
  });

  test('is one of several for a user above it, more of them the more comes, each for about a record', () => {
    const buckets = (bytesPerSecond: number): number[] =>
      sendFor(createBucketChoice(BUCKETS), { ms: 6_000, bytes: bytesPerSecond / 1_000, everyMs: 1 }).slice(3_000);
    const spread = [200_000, 400_000, 950_000, 20_000_000].map((rate) => new Set(buckets(rate)).size);
    expect(spread).toEqual([1, 2, 4, 16]);
    const heavy = buckets(950_000);
    const runs = heavy.filter((bucket, index) => index > 0 && bucket !== heavy[index - 1]).length;
    // 2.85 MB in runs of 25 KB.
    expect(runs).toBeGreaterThan(100);
    expect(runs).toBeLessThan(140);
  });

  test('is the first one again once a user has calmed down', () => {
    const choice = createBucketChoice(BUCKETS);
    sendFor(choice, { ms: 3_000, bytes: 1_000, everyMs: 1 });
    expect(new Set(sendFor(choice, { from: 7_000, ms: 5_000 }))).toEqual(new Set([hashOf('usr-1') % BUCKETS]));
  });

  test('is any for a line without an order, each for about a record', () => {
    const choice = createBucketChoice(BUCKETS);
    const chosen = Array.from({ length: 400 }, () => choice.of(null, 1_000, 0));
    expect(new Set(chosen).size).toBe(BUCKETS);
    expect(new Set(chosen.slice(0, 24))).toEqual(new Set([0]));
  });
});

describe('keys counted by what they send', () => {
  test('are few, however many there are, and the heavy ones stay', () => {
    const heavy = createHeavyKeys();
    let rate = 0;
    let most = 0;
    // A million keys of 100 bytes each in 4 s, 25 MB/s, and one of 1 MB/s among them.
    for (let n = 0; n < 1_000_000; n += 1) {
      heavy.add(1_000 + n, 100, n / 250);
      if (n % 250 === 0) rate = heavy.add(7, 1_000, n / 250);
      most = Math.max(most, heavy.keys());
    }
    expect(most).toBeLessThanOrEqual(2 * 1_025);
    expect(rate).toBeGreaterThan(900_000);
    expect(rate).toBeLessThanOrEqual(1_010_000);
  });

  test('slide: half a window later half of what was sent counts', () => {
    const heavy = createHeavyKeys();
    heavy.add(1, 1_000_000, 0);
    expect(heavy.add(1, 0, 2_000)).toBe(500_000);
    expect(heavy.add(1, 0, 3_000)).toBe(250_000);
    expect(heavy.add(1, 0, 4_000)).toBe(0);
    expect(heavy.add(1, 0, 90_000)).toBe(0);
  });
});
