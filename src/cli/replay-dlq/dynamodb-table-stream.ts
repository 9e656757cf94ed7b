import {
  DynamoDBStreamsClient,
  type DynamoDBStreamsClientConfig,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { TableStream } from './table-stream.ts';

/** Of one request, with pauses that grow: a shard answers five reads a second for everybody. */
const ATTEMPTS = 6;

/** DynamoDB Streams. Each stream is asked in its own region; credentials come from the SDK's default chain. */
export function createDynamodbTableStream(config: DynamoDBStreamsClientConfig = {}): TableStream & { close(): void } {
  const clients = new Map<string, DynamoDBStreamsClient>();
  const clientOf = (streamArn: string): DynamoDBStreamsClient => {
    const region = streamArn.split(':')[3] as string;
    const client = clients.get(region) ?? createClient({ ...config, region });
    clients.set(region, client);
    return client;
  };

  return {
    cursorAt: ({ streamArn, shardId }, place) =>
      nullWhere(['TrimmedDataAccessException', 'ResourceNotFoundException'], async () => {
        const { ShardIterator } = await clientOf(streamArn).send(
          new GetShardIteratorCommand({
            StreamArn: streamArn,
            ShardId: shardId,
            ...(place === 'oldest'
              ? { ShardIteratorType: 'TRIM_HORIZON' }
              : { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: place.sequence }),
          }),
        );
        return ShardIterator ?? null;
      }),
    read: ({ streamArn }, cursor) =>
      nullWhere(['TrimmedDataAccessException'], async () => {
        const { Records = [], NextShardIterator } = await clientOf(streamArn).send(
          new GetRecordsCommand({ ShardIterator: cursor }),
        );
        return { records: Records, next: NextShardIterator ?? null };
      }),
    close: () => {
      for (const client of clients.values()) client.destroy();
    },
  };
}

/** Every request comes to an end. */
const createClient = (config: DynamoDBStreamsClientConfig): DynamoDBStreamsClient =>
  new DynamoDBStreamsClient({
    maxAttempts: ATTEMPTS,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 2_000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
      socketTimeout: 10_000,
    }),
    ...config,
  });

/** What was let go is an answer; everything else stays an error. */
async function nullWhere<T>(gone: readonly string[], ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && gone.includes(error.name)) return null;
    throw error;
  }
}
