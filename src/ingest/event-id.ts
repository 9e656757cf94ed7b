import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 10 * 512;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** UUIDv7 (RFC 9562): ordered by its millisecond, random after it. Random bytes are drawn in bulk; one draw is dear. */
export function makeEventId(now: number): string {
  if (used + 10 > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + 10);
  used += 10;
  const time = now.toString(16).padStart(12, '0');
  const hex = random.toString('hex');
  const variant = ((Number.parseInt(hex[3] as string, 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${hex.slice(7, 19)}`;
}
