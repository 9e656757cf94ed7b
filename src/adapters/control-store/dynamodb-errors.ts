import { AppError } from '../../domain/errors.ts';
import { isRegionMissing } from '../aws/region-missing.ts';

/** What went wrong at DynamoDB, in words that say what to do; its own, which name accounts, stay in the cause. */
export function translateDynamodbError(cause: unknown, table: string): AppError {
  if (cause instanceof AppError) return cause;
  const { name = 'unknown error', $metadata } = cause as VendorError;
  if (isRegionMissing(cause)) return new AppError('WAREHOUSE_UNAVAILABLE', noRegion(table), { cause });
  // Every error of a request has metadata; the status is missing where there was no answer.
  const status = $metadata && ($metadata.httpStatusCode ?? 'none');
  const [message, retryable] = explain(table, name, status);
  return new AppError('WAREHOUSE_UNAVAILABLE', message, {
    cause,
    retryable,
    ...(retryable && { retryAfterMs: 1_000 }),
  });
}

const noRegion = (table: string): string =>
  `The DynamoDB table ${table} was not asked: no region is set. Set AWS_REGION to the one that it is in.`;

/** The condition of a write did not hold. */
export const isRefused = (cause: unknown): boolean => (cause as VendorError).name === 'ConditionalCheckFailedException';

/** An attempt before this one may have reached the table, and its answer been lost. */
export const wasSentAgain = (cause: unknown): boolean => ((cause as VendorError).$metadata?.attempts ?? 1) > 1;

interface VendorError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

const CREDENTIALS = [
  'CredentialsProviderError',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'TokenProviderError',
  'UnrecognizedClientException',
];
const BUSY = [
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
];

/** Whether the same request may go better later stands behind the message. */
function explain(table: string, name: string, status: number | 'none' | undefined): [string, boolean] {
  if (name === 'ResourceNotFoundException') {
    return [
      `The DynamoDB table ${table} does not exist in this region, or is still being made. Create it, or correct its name or the region in the settings.`,
      false,
    ];
  }
  if (CREDENTIALS.includes(name)) {
    return [
      `The DynamoDB table ${table} was not asked: AWS credentials are missing, wrong or expired. Renew them.`,
      false,
    ];
  }
  if (name === 'AccessDeniedException') {
    return [
      `Access to the DynamoDB table ${table} is denied. Allow this role GetItem, PutItem, UpdateItem, DeleteItem, Query and DescribeTable on it.`,
      false,
    ];
  }
  if (name === 'ValidationException') {
    return [
      `The DynamoDB table ${table} does not fit: its partition key must be the string pk and its sort key the string sk. Make it anew, or name another.`,
      false,
    ];
  }
  if (BUSY.includes(name)) {
    return [`The DynamoDB table ${table} is asked more than its capacity allows. Raise it, or try again later.`, true];
  }
  if (typeof status === 'number' && status >= 500) {
    return [`The DynamoDB table ${table} does not answer requests at the moment. Try again later.`, true];
  }
  if (status === 'none') {
    return [`The DynamoDB table ${table} cannot be reached. Check the network, the region and the endpoint.`, true];
  }
  return [`The DynamoDB table ${table} refused a request (${name}). The server's log says why.`, false];
}
