import { AppError } from '../../domain/errors.ts';
import { isRegionMissing } from '../aws/region-missing.ts';

/** What went wrong at S3, in words that say what to do; S3's own words, which name accounts, stay in the cause. */
export function translateS3Error(cause: unknown, bucket: string, key: string): AppError {
  if (cause instanceof AppError) return cause;
  const { name = 'unknown error', $metadata } = cause as VendorError;
  if (isRegionMissing(cause)) return new AppError('WAREHOUSE_UNAVAILABLE', noRegion(bucket), { cause });
  if (name === 'NoSuchKey') return new AppError('NOT_FOUND', `There is no object ${key}.`, { cause });
  // Every error of a request has metadata; the status is missing where there was no answer.
  const status = $metadata && ($metadata.httpStatusCode ?? 'none');
  const [message, retryable] = explain(bucket, name, status);
  return new AppError('WAREHOUSE_UNAVAILABLE', message, { cause, retryable });
}

const noRegion = (bucket: string): string =>
  `The bucket ${bucket} was not asked: no region is set. Set AWS_REGION to the one that it was created in.`;

interface VendorError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const CREDENTIALS = [
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'TokenProviderError',
];
const BUSY = ['SlowDown', 'RequestTimeout', 'Throttling', 'ThrottlingException', 'TooManyRequestsException'];
const REPLACED = ['InvalidRange', 'PreconditionFailed'];
const ELSEWHERE = ['AuthorizationHeaderMalformed', 'IllegalLocationConstraintException', 'PermanentRedirect'];

/** Whether the same request may go better later stands behind the message. */
function explain(bucket: string, name: string, status: number | 'none' | undefined): [string, boolean] {
  if (name === 'NoSuchBucket') {
    return [`The bucket ${bucket} does not exist. Create it, or correct its name in the settings.`, false];
  }
  if (CREDENTIALS.includes(name)) {
    return [`The bucket ${bucket} was not asked: AWS credentials are missing, wrong or expired. Renew them.`, false];
  }
  if (ELSEWHERE.includes(name) || status === 301) {
    return [`The bucket ${bucket} is in another region. Set the region that it was created in.`, false];
  }
  if (name.startsWith('KMS.')) {
    return [
      `The key that encrypts the bucket ${bucket} cannot be used. Enable it, and allow this role its use.`,
      false,
    ];
  }
  if (name === 'RequestTimeTooSkewed') {
    return [`The bucket ${bucket} refused: the clock of this machine is wrong. Set it.`, false];
  }
  if (REPLACED.includes(name))
    return [`An object of the bucket ${bucket} was replaced while it was read. Read it again.`, true];
  if (status === 403) {
    return [
      `Access to the bucket ${bucket} is denied. Allow this role to list the bucket, and to get, put and delete its objects.`,
      false,
    ];
  }
  if (BUSY.includes(name) || (typeof status === 'number' && status >= 500)) {
    return [`The bucket ${bucket} does not answer requests at the moment. Try again later.`, true];
  }
  if (status === 'none') {
    return [`The bucket ${bucket} cannot be reached. Check the network, the region and the endpoint.`, true];
  }
  return [`The bucket ${bucket} refused a request (${name}). The server's log says why.`, false];
}
