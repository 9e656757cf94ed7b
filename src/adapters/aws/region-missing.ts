/** The SDK says so by a plain error, before it asks anybody. */
export const isRegionMissing = (cause: unknown): boolean =>
  cause instanceof Error && cause.message === 'Region is missing';
