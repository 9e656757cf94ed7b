import { AppError } from '../domain/errors.ts';
import type { Timers } from './timers.ts';

/** Lines that are answered together: durable all, or refused by their deadline. */
export interface BucketRequest {
  /** By the timers' time. */
  readonly until: number;
  /** False once it is answered: its lines that still wait are not sent any more. */
  isOpen(): boolean;
  /** So many of its lines are durable. */
  durable(lines: number, receivedAt: number): void;
  refuse(cause: unknown): void;
}

export interface RequestStart {
  readonly lines: number;
  readonly waitMs: number;
  readonly timers: Timers;
  readonly resolve: (appended: { readonly receivedAt: number }) => void;
  readonly reject: (error: AppError) => void;
}

export function createBucketRequest({ lines, waitMs, timers, resolve, reject }: RequestStart): BucketRequest {
  let missing = lines;
  let latest = 0;
  let open = true;
  const refuse = (cause: unknown): void => {
    if (!open) return;
    open = false;
    callOff();
    reject(notTaken(cause, waitMs));
  };
  const callOff = timers.after(waitMs, () => refuse(null));
  return {
    until: timers.now() + waitMs,
    isOpen: () => open,
    durable: (count, receivedAt) => {
      missing -= count;
      latest = Math.max(latest, receivedAt);
      if (missing > 0 || !open) return;
      open = false;
      callOff();
      resolve({ receivedAt: latest });
    },
    refuse,
  };
}

/** Of a request with several records some may be durable, and an answer of the stream may have been lost. */
export function notTaken(cause: unknown, waitMs: number): AppError {
  const why =
    cause instanceof AppError
      ? cause.message
      : `The stream did not take all of these events within ${Math.round(waitMs)} ms.`;
  return new AppError(
    'STREAM_UNAVAILABLE',
    `${why} Some may have been taken: the same request, with the same eventIds, may be sent again, and what was taken counts once.`,
    { cause, retryable: true, retryAfterMs: 1_000 },
  );
}
