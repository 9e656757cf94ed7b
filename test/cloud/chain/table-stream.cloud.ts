import { randomBytes } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { createDynamodbTableStream } from '../../../src/cli/replay-dlq/dynamodb-table-stream.ts';
import type { ApiRecord, StreamShard } from '../../../src/cli/replay-dlq/table-stream.ts';
import { type Ministack, startMinistack } from '../../rigs/ministack.ts';

/** Whatever reads an open shard to its end: pages without records come for ever. */
const MOST_PAGES = 50;

describe('the client that a replay reads a table’s stream with', () => {
  let ministack: Ministack;
  let stream: ReturnType<typeof createDynamodbTableStream>;
  let shard: StreamShard;
  let records: readonly ApiRecord[];

  beforeAll(async () => {
    ministack = await startMinistack();
    stream = createDynamodbTableStream(ministack.client);
    const streamArn = await makeTable(ministack);
    const streams = new DynamoDBStreamsClient(ministack.client);
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    streams.destroy();
    shard = { streamArn, shardId: StreamDescription?.Shards?.[0]?.ShardId as string };
    records = await readFrom(await stream.cursorAt(shard, 'oldest'), 4);
  });
  afterAll(async () => {
    stream?.close();
    await ministack?.stop();
  });

  async function readFrom(cursor: string | null, least: number): Promise<ApiRecord[]> {
    const found: ApiRecord[] = [];
    for (let pages = 0; cursor !== null && pages < MOST_PAGES && found.length < least; pages += 1) {
      const page = await stream.read(shard, cursor);
      found.push(...(page?.records ?? []));
      cursor = page?.next ?? null;
    }
    return found;
  }
  const sequences = (of: readonly ApiRecord[]) => of.map(({ dynamodb }) => dynamodb?.SequenceNumber);

  test('reads every change of the table, with its images and in its order', () => {
    expect(records).toMatchObject([
      { eventName: 'INSERT', dynamodb: { NewImage: { id: { S: 'a' }, n: { N: '1' } } } },
      { eventName: 'MODIFY', dynamodb: { OldImage: { n: { N: '1' } }, NewImage: { n: { N: '2' } } } },
      { eventName: 'INSERT', dynamodb: { NewImage: { id: { S: 'b' } } } },
      { eventName: 'REMOVE', dynamodb: { OldImage: { id: { S: 'a' }, n: { N: '2' } } } },
    ]);
    const numbers = sequences(records).map((text) => BigInt(text as string));
    expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)));
  });

  test('begins at the very record that it is told', async () => {
    const third = records[2]?.dynamodb?.SequenceNumber as string;
    const read = await readFrom(await stream.cursorAt(shard, { sequence: third }), 2);
    expect(sequences(read)).toEqual(sequences(records.slice(2)));
  });

  test('has no cursor in a stream that is gone', async () => {
    const gone = { ...shard, streamArn: `${shard.streamArn.split('/stream/')[0]}/stream/2020-01-01T00:00:00.000` };
    expect(await stream.cursorAt(gone, 'oldest')).toBeNull();
  });
});

/** A table with four changes; answers the name of its stream. */
async function makeTable({ client }: Ministack): Promise<string> {
  const dynamodb = new DynamoDBClient(client);
  const TableName = `replay-${randomBytes(4).toString('hex')}`;
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  const put = (id: string, n: number) =>
    dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: id }, n: { N: String(n) } } }));
  await put('a', 1);
  await put('a', 2);
  await put('b', 3);
  await dynamodb.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'a' } } }));
  dynamodb.destroy();
  return Table?.LatestStreamArn as string;
}
