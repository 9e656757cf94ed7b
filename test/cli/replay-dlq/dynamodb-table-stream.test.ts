import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createDynamodbTableStream } from '../../../src/cli/replay-dlq/dynamodb-table-stream.ts';
import { STREAM_ARN } from '../../ingest/dynamodb-records.ts';

/** No emulator on npm has DynamoDB Streams; on MiniStack the same client reads a real one (test/cloud/chain). */
interface Asked {
  readonly operation: string;
  readonly region: string;
  readonly body: Record<string, unknown>;
}
type Answer = { readonly status: number; readonly body: Record<string, unknown> };

const found = (body: Record<string, unknown>): Answer => ({ status: 200, body });
const fault = (name: string, status = 400): Answer => ({
  status,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'as told' },
});

let server: Server;
let asked: Asked[];
let answers: Answer[];
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };

beforeEach(async () => {
  asked = [];
  answers = [];
  server = createServer(async (request, response) => {
    const region = /\/\d{8}\/([\w-]+)\/dynamodb\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const operation = String(request.headers['x-amz-target']).replace('DynamoDBStreams_20120810.', '');
    asked.push({ operation, region, body: (await json(request)) as Record<string, unknown> });
    const { status, body } = answers.shift() ?? fault('InternalServerError', 500);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const shard = { streamArn: STREAM_ARN, shardId: 'shard-1' };

async function asking<T>(
  work: (stream: ReturnType<typeof createDynamodbTableStream>) => Promise<T>,
  ...given: Answer[]
): Promise<T> {
  answers = given;
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stream = createDynamodbTableStream({ endpoint, credentials });
  try {
    return await work(stream);
  } finally {
    stream.close();
  }
}

describe('the stream of a table', () => {
  test('is asked for the very record, and for its oldest', async () => {
    const cursors = await asking(
      async (stream) => [await stream.cursorAt(shard, { sequence: '42' }), await stream.cursorAt(shard, 'oldest')],
      found({ ShardIterator: 'at-42' }),
      found({ ShardIterator: 'at-oldest' }),
    );
    expect(cursors).toEqual(['at-42', 'at-oldest']);
    const place = { StreamArn: STREAM_ARN, ShardId: 'shard-1' };
    expect(asked).toMatchObject([
      {
        operation: 'GetShardIterator',
        body: { ...place, ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: '42' },
      },
      { operation: 'GetShardIterator', body: { ...place, ShardIteratorType: 'TRIM_HORIZON' } },
    ]);
  });

  test('is asked in the region that its name says', async () => {
    const there = { ...shard, streamArn: STREAM_ARN.replace('eu-central-1', 'us-west-2') };
    await asking(
      async (stream) => {
        await stream.cursorAt(shard, 'oldest');
        await stream.cursorAt(there, 'oldest');
        await stream.read(shard, 'cursor');
      },
      found({ ShardIterator: 'one' }),
      found({ ShardIterator: 'two' }),
      found({ Records: [] }),
    );
    expect(asked.map(({ region }) => region)).toEqual(['eu-central-1', 'us-west-2', 'eu-central-1']);
  });

  test('gives its records in their spelling and where the next begin; null where a closed shard ends', async () => {
    const record = {
      eventID: 'e',
      eventName: 'REMOVE',
      userIdentity: { PrincipalId: 'someone', Type: 'Role' },
      dynamodb: { SequenceNumber: '7', Keys: { id: { S: 'x' } }, ApproximateCreationDateTime: 1_710_945_005 },
    };
    const pages = await asking(
      async (stream) => [await stream.read(shard, 'first'), await stream.read(shard, 'last')],
      found({ Records: [record], NextShardIterator: 'last' }),
      found({ Records: [] }),
    );
    const at = new Date(1_710_945_005_000);
    expect(pages).toEqual([
      { records: [{ ...record, dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: at } }], next: 'last' },
      { records: [], next: null },
    ]);
    expect(asked.map(({ body }) => body.ShardIterator)).toEqual(['first', 'last']);
  });

  test.each(['TrimmedDataAccessException', 'ResourceNotFoundException'])(
    'has no cursor where it says %s',
    async (name) => {
      expect(await asking((stream) => stream.cursorAt(shard, { sequence: '1' }), fault(name))).toBeNull();
    },
  );

  test('has nothing to read where its records were let go meanwhile', async () => {
    expect(await asking((stream) => stream.read(shard, 'c'), fault('TrimmedDataAccessException'))).toBeNull();
  });

  test('asks again when it is throttled, or fails for a moment', async () => {
    const cursor = await asking(
      (stream) => stream.cursorAt(shard, 'oldest'),
      fault('LimitExceededException'),
      fault('InternalServerError', 500),
      found({ ShardIterator: 'third' }),
    );
    expect(cursor).toBe('third');
  });

  test.each([
    ['a cursor', (stream: ReturnType<typeof createDynamodbTableStream>) => stream.cursorAt(shard, 'oldest')],
    ['records', (stream: ReturnType<typeof createDynamodbTableStream>) => stream.read(shard, 'c')],
  ])('takes a refusal of %s for no answer', async (_what, work) => {
    await expect(asking(work, fault('AccessDeniedException'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('takes a cursor that is too old for no answer', async () => {
    await expect(asking((stream) => stream.read(shard, 'c'), fault('ExpiredIteratorException'))).rejects.toThrow();
  });
});
