import { AppError } from '../../domain/errors.ts';

/** How a statement or a login failed. */
export type Failure =
  /** The session is known no more; nothing of the statement was done. */
  | 'session gone'
  /** Ended because we asked, or because its time in the engine was up. */
  | 'cancelled'
  /** The engine said no: nothing of the statement was done. */
  | 'refused'
  /** No answer, or not from the engine: the statement may have been done. */
  | 'unanswered';

/** What is kept of an error of the driver: no request, no header, no token. */
export class SnowflakeError extends Error {
  readonly failure: Failure;
  readonly code: string;
  readonly sqlState: string | undefined;
  readonly queryId: string | undefined;

  constructor(failure: Failure, message: string, found: { code?: string; sqlState?: string; queryId?: string } = {}) {
    super(message);
    this.name = 'SnowflakeError';
    this.failure = failure;
    this.code = found.code ?? '';
    this.sqlState = found.sqlState;
    this.queryId = found.queryId;
  }
}

interface DriverError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly sqlState?: unknown;
  readonly data?: { readonly queryId?: unknown } | null;
}

export function toSnowflakeError(error: unknown): SnowflakeError {
  if (error instanceof SnowflakeError) return error;
  const { code, message, sqlState, data } = (error ?? {}) as DriverError;
  return new SnowflakeError(failureOf(code), String(message ?? 'no reason given'), {
    code: String(code ?? ''),
    ...(typeof sqlState === 'string' && { sqlState }),
    ...(typeof data?.queryId === 'string' && { queryId: data.queryId }),
  });
}

/** Codes of the engine are text, the driver's own are numbers. */
function failureOf(code: unknown): Failure {
  if (SESSION_GONE.has(String(code))) return 'session gone';
  if (CANCELLED.has(String(code))) return 'cancelled';
  return typeof code === 'string' && /^\d+$/.test(code) ? 'refused' : 'unanswered';
}

/** Invalid, gone and expired tokens of the engine; then the driver's: token refused, not connected, disconnected. */
const SESSION_GONE = new Set(['390104', '390111', '390112', '390114', '401004', '405503', '407001', '407002']);
/** Cancelled by a request; the statement's timeout. */
const CANCELLED = new Set(['000604', '604', '000630', '630']);

export const unavailable = (message: string, cause?: unknown): AppError =>
  new AppError('WAREHOUSE_UNAVAILABLE', message, { cause, retryable: true });

export const couldNotAnswer = (cause: unknown): AppError =>
  unavailable('The warehouse could not answer. Try again.', cause);

export const busy = (): AppError =>
  new AppError('WAREHOUSE_UNAVAILABLE', 'The warehouse is busy with other queries. Try again.', {
    retryable: true,
    retryAfterMs: 1_000,
  });

export const didNotAnswer = (timeoutMs: number): AppError =>
  unavailable(`The warehouse did not answer within ${timeoutMs} ms. Try again.`);

export const callerLeft = (): AppError => new AppError('TOO_COSTLY', 'The caller left before the answer was ready.');

export const tookTooLong = (timeoutMs: number): AppError =>
  new AppError(
    'TOO_COSTLY',
    `The query took longer than ${timeoutMs} ms (settings.queryTimeoutMs) and was cancelled. Narrow its time range or its filter.`,
  );

export const outcomeUnknown = (cause: unknown): AppError =>
  new AppError(
    'WAREHOUSE_UNAVAILABLE',
    'The warehouse did not say whether the change was made. Look at what is there before you try again.',
    { cause },
  );
