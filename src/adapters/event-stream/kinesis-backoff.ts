export interface BackoffLimits {
  readonly firstMs: number;
  readonly mostMs: number;
}

export const PUT_BACKOFF: BackoffLimits = { firstMs: 50, mostMs: 1_000 };
export const READ_BACKOFF: BackoffLimits = { firstMs: 200, mostMs: 5_000 };

/** Half of the doubling wait is fixed and half is chance, so that many callers do not come back at once. */
export function backoffMs(failures: number, { firstMs, mostMs }: BackoffLimits, random = Math.random): number {
  const wait = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return wait / 2 + (random() * wait) / 2;
}
