import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Of one request, with pauses that grow: throttling of a second or two passes unseen. */
const ATTEMPTS = 6;

/** A client whose requests all come to an end. Credentials come from the SDK's default chain unless `config` holds some. */
export const createDynamodbClient = (config: DynamoDBClientConfig = {}): DynamoDBClient =>
  new DynamoDBClient({
    maxAttempts: ATTEMPTS,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 2_000,
      requestTimeout: 5_000,
      throwOnRequestTimeout: true,
      socketTimeout: 5_000,
    }),
    ...config,
  });
