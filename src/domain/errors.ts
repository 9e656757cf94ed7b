/** Every error that a caller may see has one of these codes (`extensions.code` in the API). */
export const ERROR_CODES = [
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'RATE_LIMITED',
  'STREAM_UNAVAILABLE',
  'WAREHOUSE_UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
  'CONFLICT',
  'TOO_COSTLY',
  'POSITION_EXPIRED',
  'SLOW_CONSUMER',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface AppErrorOptions {
  /** For us: logged, never shown. */
  readonly cause?: unknown;
  /** True when the same request may be sent again unchanged. */
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  /** Where in the request the fault lies, for example ['filter', 'timestamp']. */
  readonly inputPath?: readonly (string | number)[];
}

/** `message` is for the caller: what was wrong, where, the limit, and what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly inputPath: readonly (string | number)[] | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.inputPath = options.inputPath;
  }
}

/** BAD_USER_INPUT; `inputPath` is where in the request the fault lies. */
export const badInput = (message: string, inputPath?: readonly (string | number)[]): AppError =>
  new AppError('BAD_USER_INPUT', message, inputPath ? { inputPath } : {});

/** Ends a switch over a union, so that a new member fails to compile. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
