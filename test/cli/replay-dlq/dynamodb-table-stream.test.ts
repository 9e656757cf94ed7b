import { createDynamodbTableStream } from '../../../src/cli/replay-dlq/dynamodb-table-stream.ts';
import { STREAM_ARN } from '../../ingest/dynamodb-records.ts';
import { type AwsAnswers, refused, startAwsAnswers, type Told, told } from '../../rigs/aws-answers.ts';

/** No emulator on npm has DynamoDB Streams; on MiniStack the same client reads a real one (test/cloud/chain). */
let aws: AwsAnswers;
beforeEach(async () => {
  aws = await startAwsAnswers();
});
afterEach(() => aws.stop());

const shard = { streamArn: STREAM_ARN, shardId: 'shard-1' };
type Stream = ReturnType<typeof createDynamodbTableStream>;

async function asking<T>(work: (stream: Stream) => Promise<T>, ...answers: Told[]): Promise<T> {
  aws.answer(() => answers.shift() ?? refused('InternalServerError', 500));
  const { endpoint, credentials } = aws.client;
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
      told({ ShardIterator: 'at-42' }),
      told({ ShardIterator: 'at-oldest' }),
    );
    expect(cursors).toEqual(['at-42', 'at-oldest']);
    const place = { StreamArn: STREAM_ARN, ShardId: 'shard-1' };
    expect(aws.asked).toMatchObject([
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
      told({ ShardIterator: 'one' }),
      told({ ShardIterator: 'two' }),
      told({ Records: [] }),
    );
    expect(aws.asked.map(({ region }) => region)).toEqual(['eu-central-1', 'us-west-2', 'eu-central-1']);
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
      told({ Records: [record], NextShardIterator: 'last' }),
      told({ Records: [] }),
    );
    const at = new Date(1_710_945_005_000);
    expect(pages).toEqual([
      { records: [{ ...record, dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: at } }], next: 'last' },
      { records: [], next: null },
    ]);
    expect(aws.asked.map(({ body }) => body.ShardIterator)).toEqual(['first', 'last']);
  });

  test.each(['TrimmedDataAccessException', 'ResourceNotFoundException'])(
    'has no cursor where it says %s',
    async (name) => {
      expect(await asking((stream) => stream.cursorAt(shard, { sequence: '1' }), refused(name))).toBeNull();
    },
  );

  test('has nothing to read where its records were let go meanwhile', async () => {
    expect(await asking((stream) => stream.read(shard, 'c'), refused('TrimmedDataAccessException'))).toBeNull();
  });

  test('asks again when it is throttled, or fails for a moment', async () => {
    const cursor = await asking(
      (stream) => stream.cursorAt(shard, 'oldest'),
      refused('LimitExceededException'),
      refused('InternalServerError', 500),
      told({ ShardIterator: 'third' }),
    );
    expect(cursor).toBe('third');
  });

  test.each<[string, (stream: Stream) => Promise<unknown>]>([
    ['a cursor', (stream) => stream.cursorAt(shard, 'oldest')],
    ['records', (stream) => stream.read(shard, 'c')],
  ])('takes a refusal of %s for no answer', async (_what, work) => {
    await expect(asking(work, refused('AccessDeniedException'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  test('takes a cursor that is too old for no answer', async () => {
    await expect(asking((stream) => stream.read(shard, 'c'), refused('ExpiredIteratorException'))).rejects.toThrow();
  });
});
