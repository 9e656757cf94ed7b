import type { PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import { AppError } from '../../domain/errors.ts';

export type FailureKind =
  /** Go by: the same call may succeed. */
  | 'THROTTLED'
  | 'TIMEOUT'
  | 'UNREACHABLE'
  | 'FAULT'
  | 'SIGNATURE'
  | 'NO_CREDENTIALS'
  /** Stay until somebody changes something. */
  | 'NO_STREAM'
  | 'DENIED'
  | 'CREDENTIALS'
  | 'KEY'
  | 'REFUSED';

/** For people: why the stream did not do what it was asked. */
const REASONS: Partial<Record<FailureKind, string>> = {
  THROTTLED: 'its shards are at their limit',
  TIMEOUT: 'it did not answer in time',
  UNREACHABLE: 'it cannot be reached',
  FAULT: 'it answered with an error of its own',
  SIGNATURE: 'AWS refused the signature; look at the clock and the secret key of the gateway',
  NO_CREDENTIALS: 'the gateway found no credentials for AWS',
};

const KINDS: Readonly<Record<string, FailureKind>> = {
  ProvisionedThroughputExceededException: 'THROTTLED',
  LimitExceededException: 'THROTTLED',
  ThrottlingException: 'THROTTLED',
  Throttling: 'THROTTLED',
  TooManyRequestsException: 'THROTTLED',
  RequestLimitExceeded: 'THROTTLED',
  SlowDown: 'THROTTLED',
  KMSThrottlingException: 'THROTTLED',
  TimeoutError: 'TIMEOUT',
  RequestTimeout: 'TIMEOUT',
  InternalFailure: 'FAULT',
  InternalFailureException: 'FAULT',
  ServiceUnavailable: 'FAULT',
  // A stream or consumer that is being changed.
  ResourceInUseException: 'FAULT',
  // The SDK corrects its clock by the answer, so that the next attempt may be signed well.
  InvalidSignatureException: 'SIGNATURE',
  SignatureDoesNotMatch: 'SIGNATURE',
  RequestExpired: 'SIGNATURE',
  RequestTimeTooSkewed: 'SIGNATURE',
  RequestInTheFuture: 'SIGNATURE',
  // Roles of containers and machines are fetched anew: not finding them may be a moment's fault.
  CredentialsProviderError: 'NO_CREDENTIALS',
  ProviderError: 'NO_CREDENTIALS',
  TokenProviderError: 'NO_CREDENTIALS',
  ResourceNotFoundException: 'NO_STREAM',
  AccessDeniedException: 'DENIED',
  AccessDenied: 'DENIED',
  NotAuthorized: 'DENIED',
  UnrecognizedClientException: 'CREDENTIALS',
  InvalidClientTokenId: 'CREDENTIALS',
  MissingAuthenticationTokenException: 'CREDENTIALS',
  ExpiredTokenException: 'CREDENTIALS',
  ExpiredToken: 'CREDENTIALS',
  OptInRequired: 'CREDENTIALS',
  SubscriptionRequiredException: 'CREDENTIALS',
  KMSAccessDeniedException: 'KEY',
  KMSDisabledException: 'KEY',
  KMSInvalidStateException: 'KEY',
  KMSNotFoundException: 'KEY',
  KMSOptInRequired: 'KEY',
};

const FINAL: ReadonlySet<FailureKind> = new Set(['NO_STREAM', 'DENIED', 'CREDENTIALS', 'KEY', 'REFUSED']);

export const isFinal = (kind: FailureKind): boolean => FINAL.has(kind);

export interface Failure {
  readonly kind: FailureKind;
  readonly cause: unknown;
}

/** Of one record of a PutRecords answer; null when it was taken, which only a sequence number says. */
export function failureOf(result: PutRecordsResultEntry | undefined): Failure | null {
  if (result?.SequenceNumber && !result.ErrorCode) return null;
  const { ErrorCode = 'InternalFailure', ErrorMessage } = result ?? {};
  return { kind: KINDS[ErrorCode] ?? 'FAULT', cause: Object.assign(new Error(ErrorMessage), { name: ErrorCode }) };
}

/** Of a call that threw: by the name the service gave it, else by how far the call came. */
export function kindOf(error: unknown): FailureKind {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const known = name === undefined ? undefined : KINDS[name];
  if (known) return known;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return 'UNREACHABLE';
  if (status === 429) return 'THROTTLED';
  return status >= 400 && status < 500 ? 'REFUSED' : 'FAULT';
}

/** The name that the service, or the runtime, gave an error. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

export interface StreamUse {
  readonly streamName: string;
  readonly doing: 'write' | 'read';
}

/** `kind` is null where nothing failed: others were before it until its time was over. */
export function temporaryError({ streamName, doing }: StreamUse, kind: FailureKind | null, cause: unknown): AppError {
  const reason = kind === null ? 'events before these are still on their way' : REASONS[kind];
  const what =
    doing === 'write'
      ? `The Kinesis stream "${streamName}" did not take these events in time`
      : `The Kinesis stream "${streamName}" cannot be read`;
  return new AppError('STREAM_UNAVAILABLE', `${what}: ${reason}. Send the same request again.`, {
    cause,
    retryable: true,
    retryAfterMs: 1_000,
  });
}

export const finalError = (use: StreamUse, kind: FailureKind, cause: unknown): AppError =>
  new AppError('STREAM_UNAVAILABLE', advice(use, kind), { cause });

function advice({ streamName, doing }: StreamUse, kind: FailureKind): string {
  const stream = `the Kinesis stream "${streamName}"`;
  const permissions =
    doing === 'write'
      ? 'kinesis:PutRecords'
      : 'kinesis:ListShards, kinesis:DescribeStreamSummary, kinesis:GetShardIterator and kinesis:GetRecords';
  if (kind === 'NO_STREAM') {
    return `There is no Kinesis stream "${streamName}" in the account and region of the gateway. Create it, or correct the configured name or region.`;
  }
  if (kind === 'DENIED') return `The gateway may not ${doing} ${stream}. Grant its role ${permissions} on the stream.`;
  if (kind === 'CREDENTIALS') {
    return `AWS does not accept the credentials with which the gateway tries to ${doing} ${stream}. Renew or correct them.`;
  }
  if (kind === 'KEY') {
    const action = doing === 'write' ? 'kms:GenerateDataKey' : 'kms:Decrypt';
    return `The key that encrypts ${stream} cannot be used to ${doing} it. Enable the key and grant the gateway's role ${action}.`;
  }
  return `AWS refused to let the gateway ${doing} ${stream}. The log of the gateway has the reason.`;
}
