import { createHeavyKeys } from './bucket-heavy-keys.ts';

/** A quarter of what a shard takes: a user above it has more than one bucket, and then no order but by time. */
const HEAVY_BYTES_PER_SECOND = 250_000;
/** What is spread stays in one bucket for about a record. */
const RUN_BYTES = 25_000;

/** Says into which bucket a line goes: a user's always into the same one, whichever node takes it. */
export function createBucketChoice(buckets: number) {
  const heavyKeys = createHeavyKeys();
  let spreadBytes = 0;
  let freeBytes = 0;

  return {
    of: (orderKey: string | null, bytes: number, now: number): number => {
      if (buckets === 1) return 0;
      if (orderKey === null) {
        freeBytes += bytes;
        return Math.floor(freeBytes / RUN_BYTES) % buckets;
      }
      const key = hashOf(orderKey);
      const rate = heavyKeys.add(key, bytes, now);
      const width = Math.min(buckets, Math.ceil(rate / HEAVY_BYTES_PER_SECOND));
      if (width <= 1) return key % buckets;
      spreadBytes += bytes;
      return (key + (Math.floor(spreadBytes / RUN_BYTES) % width)) % buckets;
    },
  };
}

/** 32 bits of a text: FNV-1a over its UTF-16 units, mixed once more, as the low bits are what chooses. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
