/** How long to wait before a retry. */
export interface BackoffOptions {
  /** Retries so far. */
  readonly retry: number;
  /** What the server asked for, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** From 0 up to 1, so that many importers do not come back in step. */
  readonly random: () => number;
}

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
/** A server that asks for more is asked again sooner than it wants; nobody should watch an import stand still for hours. */
const LONGEST_ASKED_MS = 120_000;

/** Doubles from 500 ms to 30 s, between half and all of it at random. What the server asked for, up to two minutes, comes first. */
export function backoffMs({ retry, retryAfterMs = 0, random }: BackoffOptions): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** retry);
  const jittered = ceiling / 2 + (ceiling / 2) * random();
  return Math.round(Math.min(LONGEST_ASKED_MS, retryAfterMs) + (retryAfterMs > 0 ? jittered / 4 : jittered));
}

/** A Retry-After header, in seconds or as an HTTP date; undefined when it is neither. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
