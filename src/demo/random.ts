import { createHash } from 'node:crypto';

/** Numbers that are the same for the same key, on every machine. */
export interface Random {
  /** 0 included, 1 not. */
  fraction(): number;
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  /** @throws RangeError when there is nothing to pick from. */
  pick<T>(items: readonly T[]): T;
  /** As `pick`, in proportion to the weights. */
  pickWeighted<T extends { readonly weight: number }>(items: readonly T[]): T;
  /** Eight hexadecimal digits. */
  hex(): string;
}

/** One stream for each key: xoshiro128**, whose 128 bits of state make overlaps between thousands of streams unthinkable. */
export function createRandom(...key: readonly (string | number)[]): Random {
  const seed = digestOf(key);
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => seed.readInt32LE(at)) as [number, number, number, number];

  const word = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const carried = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= carried;
    d = rotate(d, 11);
    return result;
  };
  const fraction = (): number => word() / 2 ** 32;

  return {
    fraction,
    between: (low, high) => low + Math.floor(fraction() * (high - low + 1)),
    chance: (probability) => fraction() < probability,
    pick: (items) => at(items, Math.floor(fraction() * items.length)),
    pickWeighted: (items) => {
      let left = fraction() * items.reduce((sum, item) => sum + item.weight, 0);
      for (const item of items) {
        left -= item.weight;
        if (left < 0) return item;
      }
      return at(items, items.length - 1);
    },
    hex: () => word().toString(16).padStart(8, '0'),
  };
}

/** A UUID (version 8: its bits are ours) that stands for the key. */
export function uuidOf(...key: readonly (string | number)[]): string {
  const bytes = digestOf(key).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const digestOf = (key: readonly (string | number)[]): Buffer =>
  createHash('sha256').update(JSON.stringify(key)).digest();

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

function at<T>(items: readonly T[], index: number): T {
  if (index < 0 || index >= items.length) throw new RangeError('there is nothing to pick from');
  return items[index] as T; // within bounds, which the compiler cannot see
}
