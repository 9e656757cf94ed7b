import { backoffMs } from '../../../src/adapters/event-stream/kinesis-backoff.ts';
import { hashKeyOf } from '../../../src/adapters/event-stream/kinesis-bucket-queues.ts';
import { parentsFirst } from '../../../src/adapters/event-stream/kinesis-shards.ts';

const aShard = (ShardId: string, ParentShardId?: string, AdjacentParentShardId?: string) => ({
  ShardId,
  ParentShardId,
  AdjacentParentShardId,
  HashKeyRange: undefined,
  SequenceNumberRange: undefined,
});

test('every bucket has its slice of the hash keys, and stands in the middle of it', () => {
  for (const buckets of [1, 2, 3, 16, 500]) {
    const keys = Array.from({ length: buckets }, (_, bucket) => BigInt(hashKeyOf(bucket, buckets)));
    const width = 2n ** 128n / BigInt(buckets);
    for (const [bucket, key] of keys.entries()) {
      const middle = width * BigInt(bucket) + width / 2n;
      expect(key - middle < BigInt(buckets) && middle - key < BigInt(buckets)).toBe(true);
      expect(key < 2n ** 128n).toBe(true);
    }
  }
});

test('a stream whose shards are halved keeps every bucket whole', () => {
  // 16 buckets on 8 even shards, then on 16: the same two, then the same one.
  const shardOf = (bucket: number, shards: number) => Number((BigInt(hashKeyOf(bucket, 16)) * BigInt(shards)) >> 128n);
  const buckets = Array.from({ length: 16 }, (_, bucket) => bucket);
  expect(buckets.map((bucket) => shardOf(bucket, 8))).toEqual(buckets.map((bucket) => bucket >> 1));
  expect(buckets.map((bucket) => shardOf(bucket, 16))).toEqual(buckets);
});

test('parents stand before children, however they are listed', () => {
  const listed = [aShard('5', '3', '4'), aShard('4', '1'), aShard('3', '1'), aShard('1', '0'), aShard('2')];
  const shards = parentsFirst(listed);
  expect(shards.map(({ id }) => id)).toEqual(['1', '3', '4', '5', '2']);
  expect(shards.find(({ id }) => id === '5')?.parents).toEqual(['3', '4']);
});

test('a parent that is no longer listed is none', () => {
  expect(parentsFirst([aShard('1', '0')])).toEqual([{ id: '1', parents: [] }]);
});

test('waits double up to the longest, half of each by chance', () => {
  const limits = { firstMs: 100, mostMs: 1_000 };
  const waits = (random: number) => [1, 2, 4, 5, 1_000].map((failures) => backoffMs(failures, limits, () => random));
  expect(waits(0)).toEqual([50, 100, 400, 500, 500]);
  expect(waits(1)).toEqual([100, 200, 800, 1_000, 1_000]);
});
