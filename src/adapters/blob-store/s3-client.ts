import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Of one request: the first, and what the SDK sends again with growing pauses. */
const ATTEMPTS = 4;

/**
 * A client whose requests all come to an end. Credentials come from the SDK's default chain unless `config` holds some;
 * `endpoint` with `forcePathStyle` reaches what speaks S3 elsewhere.
 */
export const createS3Client = (config: S3ClientConfig = {}): S3Client =>
  new S3Client({
    maxAttempts: ATTEMPTS,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 5_000,
      // Until the answer begins: a part of 8 MiB must have gone up by then.
      requestTimeout: 60_000,
      throwOnRequestTimeout: true,
      socketTimeout: 60_000,
    }),
    ...config,
  });
