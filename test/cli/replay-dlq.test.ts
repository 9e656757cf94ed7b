import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { createSqsQueue } from '../../src/cli/replay-dlq/queue.ts';
import type { ApiRecord, StreamPage, TableStream } from '../../src/cli/replay-dlq/table-stream.ts';
import { replayDlqCommand, replayOnProcess } from '../../src/cli/replay-dlq.ts';
import { createSeal } from '../../src/domain/seal.ts';
import { createAppender } from '../../src/ingest/appender.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import { createDynamodbHandler } from '../../src/server/dynamodb-lambda.ts';
import { aModify, anInsert, anItem, STREAM_ARN, type StreamRecord, s } from '../ingest/dynamodb-records.ts';
import { createPlace, NOW, type Place } from '../load/pipeline.ts';
import { type SqsRig, startFauxqs } from '../rigs/fauxqs.ts';
import { Captured } from './captured.ts';

let sqs: SqsRig;
let queue: string;
let place: Place;
const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const before = Object.fromEntries(Object.keys(credentials).map((name) => [name, process.env[name]]));

beforeAll(async () => {
  Object.assign(process.env, credentials);
  sqs = await startFauxqs();
});
afterAll(async () => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await sqs.stop();
});
beforeEach(async () => {
  place = createPlace();
  queue = await sqs.createQueue();
});
afterEach(() => place.remove());

const sequenceOf = ({ dynamodb }: StreamRecord): string => dynamodb.SequenceNumber;

/** As the API gives a record: dates, bytes and its own spelling, and no name of the stream. */
function fromApi({ eventSourceARN: _, userIdentity, ...record }: StreamRecord): ApiRecord {
  const at = new Date(record.dynamodb.ApproximateCreationDateTime * 1_000);
  return {
    ...record,
    dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: at } as ApiRecord['dynamodb'],
    ...(userIdentity && { userIdentity: { PrincipalId: userIdentity.principalId, Type: userIdentity.type } }),
  };
}

interface ShardOptions {
  /** Records that were let go, from the oldest on. */
  readonly trimmed?: number;
  readonly pageRecords?: number;
  /** A shard that is closed ends; an open one has empty pages for ever. */
  readonly closed?: boolean;
}

/** One shard in memory that behaves as the service's documentation says: pages, empty ones too, and a trim point. */
function aTableStream(records: readonly StreamRecord[], options: ShardOptions = {}): TableStream {
  const { trimmed = 0, pageRecords = 2, closed = false } = options;
  return {
    cursorAt: async ({ streamArn, shardId }, at) => {
      if (streamArn !== STREAM_ARN || shardId !== 'shard-1') return null;
      if (at === 'oldest') return String(trimmed);
      const index = records.findIndex((record) => sequenceOf(record) === at.sequence);
      return index < trimmed ? null : String(index);
    },
    read: async (_shard, cursor): Promise<StreamPage> => {
      const index = Number(cursor);
      if (!Number.isInteger(index)) return { records: [], next: String(Math.ceil(index)) };
      const page = records.slice(index, index + pageRecords).map(fromApi);
      const next = index + page.length;
      if (next < records.length) return { records: page, next: String(next - 0.5) };
      return { records: page, next: closed ? null : String(next) };
    },
  };
}

/** What Lambda leaves for a batch that it gave up. */
const aDeadLetter = (batch: readonly StreamRecord[], more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    requestContext: {
      requestId: 'r',
      functionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:trailgate-dynamodb',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 11,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: null },
    version: '1.0',
    timestamp: '2024-03-20T15:00:00.000Z',
    DDBStreamBatchInfo: {
      shardId: 'shard-1',
      startSequenceNumber: sequenceOf(batch[0] as StreamRecord),
      endSequenceNumber: sequenceOf(batch.at(-1) as StreamRecord),
      approximateArrivalOfFirstRecord: '2024-03-20T14:30:05Z',
      approximateArrivalOfLastRecord: '2024-03-20T14:30:05Z',
      batchSize: batch.length,
      streamArn: STREAM_ARN,
      ...more,
    },
  });

const send = (body: string) => sqs.client.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: body }));
/** How many a reader would get now. */
const visible = async (): Promise<number> => {
  const { Messages: messages = [] } = await sqs.client.send(
    new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
  );
  return messages.length;
};

const idsOf = async (log: EventLog): Promise<unknown[]> =>
  (await log.read(0, 64 * 1024 * 1024)).flatMap(({ lines }) =>
    lines
      .toString()
      .trimEnd()
      .split('\n')
      .map((text) => (JSON.parse(text) as { event: { eventId: string } }).event.eventId),
  );

async function replayDlq(stream: TableStream, log: EventLog, { args = [] as string[], refuse = '' } = {}) {
  const [out, err] = [new Captured(), new Captured()];
  let exitCode = 0;
  const command = replayDlqCommand({
    out,
    err,
    setExitCode: (code) => {
      exitCode = code;
    },
    openQueue: async (url) => createSqsQueue(url, 0),
    openStream: async () => stream,
    openHandler: async (write) => ({
      handler: createDynamodbHandler({
        openAppender: async () => {
          const { append } = await createAppender({ stream: log, clock: { now: () => NOW } });
          return {
            append: (drafts) =>
              refuse !== '' && drafts.some(({ body }) => body.includes(`"eventId":"${refuse}"`))
                ? Promise.reject(new Error('the stream takes nothing'))
                : append(drafts),
            close: async () => undefined,
          };
        },
        clock: { now: () => NOW },
        mapping: null,
        pseudonymOf: createSeal(Buffer.alloc(32, 7)).pseudonymOf,
        ignoredAttributes: new Set(),
        write,
      }),
      close: async () => undefined,
    }),
  });
  command.exitOverride().configureOutput({ writeErr: (text) => err.write(text) });
  await command.parseAsync(['--queue', queue, ...args], { from: 'user' });
  return { out: out.text, err: err.text, exitCode };
}

const insertOf = (id: string): StreamRecord => anInsert(anItem({ event_id: s(id) }));
const inserts = (...ids: string[]): StreamRecord[] => ids.map(insertOf);

describe('trailgate replay-dlq', () => {
  test('makes durable what was given up, in its order and nothing else, and deletes the message', async () => {
    const log = place.openLog('log');
    const records = [insertOf('before'), insertOf('a'), aModify(), insertOf('b'), insertOf('c'), insertOf('behind')];
    const changed = records[2] as StreamRecord;
    await send(aDeadLetter(records.slice(1, 5)));
    const { out, err, exitCode } = await replayDlq(aTableStream(records), log);
    expect(await idsOf(log)).toEqual(['a', changed.eventID, 'b', 'c']);
    expect(err).toContain('4 records are durable');
    expect(out).toMatch(/messages +1\nreplayed +1\nrecords +4\ngone +0 records in 0 messages\nfailed +0\nforeign +0\n/);
    expect(exitCode).toBe(0);
    expect(await visible()).toBe(0);
  });

  test('gives the events that the Lambda would have given', async () => {
    const log = place.openLog('log');
    const changed = { ...aModify(), userIdentity: { type: 'Role', principalId: 'AROA:someone' } };
    await send(aDeadLetter([changed]));
    await replayDlq(aTableStream([changed]), log);
    const handler = createDynamodbHandler({
      openAppender: async () => ({
        append: (await createAppender({ stream: log, clock: { now: () => NOW } })).append,
        close: async () => undefined,
      }),
      clock: { now: () => NOW },
      mapping: null,
      pseudonymOf: createSeal(Buffer.alloc(32, 7)).pseudonymOf,
      ignoredAttributes: new Set(),
      write: () => undefined,
    });
    await handler({ Records: [changed] }, { awsRequestId: 'r', getRemainingTimeInMillis: () => 10_000 });
    const lines = (await log.read(0, 1_000_000)).map(({ lines }) => JSON.parse(lines.toString()) as { sha256: string });
    expect(lines).toHaveLength(2);
    expect(lines[0]?.sha256).toBe(lines[1]?.sha256);
  });

  test('goes through every message, however many', async () => {
    const log = place.openLog('log');
    const records = Array.from({ length: 25 }, (_, index) => insertOf(`e${index}`));
    for (const record of records) await send(aDeadLetter([record]));
    const { out } = await replayDlq(aTableStream(records), log);
    expect(out).toMatch(/messages +25\nreplayed +25\nrecords +25\n/);
    expect(new Set(await idsOf(log)).size).toBe(25);
    expect(await visible()).toBe(0);
  });

  test('keeps a message whose records are not all durable, and the next run ends it', async () => {
    const log = place.openLog('log');
    const records = inserts('a', 'b', 'c');
    await send(aDeadLetter(records));
    const { err, exitCode } = await replayDlq(aTableStream(records), log, { refuse: 'b' });
    expect(exitCode).toBe(1);
    expect(err).toContain(`not durable from record ${sequenceOf(records[1] as StreamRecord)} on`);
    expect(err).toContain('the stream takes nothing');
    expect(await visible()).toBe(1);
    expect((await replayDlq(aTableStream(records), log)).exitCode).toBe(0);
    expect(await idsOf(log)).toEqual(['a', 'c', 'a', 'b', 'c']);
    expect(await visible()).toBe(0);
  });

  test('says by number what the stream no longer has, keeps what it has, and the message', async () => {
    const log = place.openLog('log');
    const records = inserts('a', 'b', 'c', 'd', 'behind');
    await send(aDeadLetter(records.slice(0, 4)));
    const { out, err, exitCode } = await replayDlq(aTableStream(records, { trimmed: 3 }), log);
    expect(err).toContain('3 of 4 records are gone: a stream keeps them for 24 hours; the other 1 are durable.');
    expect(err).toContain(`${sequenceOf(records[0] as StreamRecord)} to ${sequenceOf(records[3] as StreamRecord)}`);
    expect(out).toMatch(/gone +3 records in 1 messages/);
    expect(exitCode).toBe(1);
    expect(await idsOf(log)).toEqual(['d']);
    expect(await visible()).toBe(1);
  });

  test('says so when the whole batch, or its shard, is gone', async () => {
    const log = place.openLog('log');
    const records = inserts('a', 'b', 'behind');
    await send(aDeadLetter(records.slice(0, 2)));
    await send(aDeadLetter(records.slice(0, 2), { shardId: 'shard-0' }));
    const { out, exitCode } = await replayDlq(aTableStream(records, { trimmed: 2 }), log);
    expect(out).toMatch(/replayed +0\nrecords +0\ngone +4 records in 2 messages/);
    expect(exitCode).toBe(1);
    expect(await idsOf(log)).toEqual([]);
  });

  test.each([
    ['a closed shard', { closed: true }],
    ['an open shard, which never ends', { closed: false }],
  ])('ends at the end of %s, also when the last record is missing there', async (_what, options) => {
    const log = place.openLog('log');
    const [a, b, c] = inserts('a', 'b', 'c') as [StreamRecord, StreamRecord, StreamRecord];
    await send(aDeadLetter([a, b, c]));
    const { out, exitCode } = await replayDlq(aTableStream([a, b], options), log);
    expect(out).toMatch(/records +2\ngone +1 records/);
    expect(exitCode).toBe(1);
  });

  test('asks an open shard a bounded number of times', async () => {
    const [a, b] = inserts('a', 'b') as [StreamRecord, StreamRecord];
    await send(aDeadLetter([a, b]));
    const stream = aTableStream([a]);
    let reads = 0;
    const counting: TableStream = {
      ...stream,
      read: (shard, cursor) => {
        reads += 1;
        return stream.read(shard, cursor);
      },
    };
    await replayDlq(counting, place.openLog('log'));
    expect(reads).toBeLessThan(60);
  });

  test('begins again at the oldest record when the place is let go while it reads', async () => {
    const log = place.openLog('log');
    const records = inserts('before', 'a', 'b');
    await send(aDeadLetter(records.slice(1)));
    const stream = aTableStream(records);
    let reads = 0;
    const letGo: TableStream = {
      ...stream,
      read: async (shard, cursor) => {
        reads += 1;
        return reads === 1 ? null : stream.read(shard, cursor);
      },
    };
    expect((await replayDlq(letGo, log)).exitCode).toBe(0);
    expect(await idsOf(log)).toEqual(['a', 'b']);
  });

  test('--dry-run says what is there, and writes, deletes and hides nothing', async () => {
    const log = place.openLog('log');
    const records = inserts('a', 'b', 'c');
    await send(aDeadLetter(records.slice(0, 1)));
    await send(aDeadLetter(records.slice(1)));
    const { out, err, exitCode } = await replayDlq(aTableStream(records), log, { args: ['--dry-run'] });
    expect(out).toMatch(/messages +2\nreplayed +2 \(dry run: nothing was written or deleted\)\nrecords +3\n/);
    expect(err).toContain('2 records can be replayed');
    expect(exitCode).toBe(0);
    expect(await idsOf(log)).toEqual([]);
    expect(await visible()).toBe(2);
  });

  test('--max ends after so many messages, and hides no other', async () => {
    const log = place.openLog('log');
    const records = inserts('a', 'b', 'c');
    for (const record of records) await send(aDeadLetter([record]));
    const { out, exitCode } = await replayDlq(aTableStream(records), log, { args: ['--max', '2'] });
    expect(out).toMatch(/messages +2\n/);
    expect(exitCode).toBe(0);
    expect(await visible()).toBe(1);
  });

  test.each([
    ['text', 'hello', 'it is no JSON'],
    ['a letter of a queue', '{"requestPayload":{}}', 'DDBStreamBatchInfo'],
    ['a number that is none', aDeadLetter(inserts('a'), { endSequenceNumber: 'x' }), 'is no sequence number'],
    ['a stream that is none', aDeadLetter(inserts('a'), { streamArn: 'arn:aws:kinesis:x' }), 'is no stream of a table'],
  ])('leaves %s where it is, and says why', async (_what, body, why) => {
    await send(body);
    const { err, out, exitCode } = await replayDlq(aTableStream([]), place.openLog('log'));
    expect(err).toContain(why);
    expect(out).toMatch(/foreign +1/);
    expect(exitCode).toBe(1);
    expect(await visible()).toBe(1);
  });

  test('keeps the message when the table’s stream cannot be read', async () => {
    const records = inserts('a');
    await send(aDeadLetter(records));
    const stream: TableStream = { ...aTableStream(records), read: () => Promise.reject(new Error('access denied')) };
    const { err, exitCode } = await replayDlq(stream, place.openLog('log'));
    expect(err).toContain('failed: access denied');
    expect(exitCode).toBe(1);
    expect(await visible()).toBe(1);
  });

  test('ends at once with exit code 1 when there is no such queue', async () => {
    queue = `${queue}-missing`;
    const { err, exitCode } = await replayDlq(aTableStream([]), place.openLog('log'));
    expect(err).toMatch(/^error: /);
    expect(exitCode).toBe(1);
  });

  test('opens the queue, and the Lambda’s own handler by the same variables, which it names when they are wrong', async () => {
    const { openQueue, openHandler } = replayOnProcess();
    const opened = await openQueue(queue);
    expect(await opened.receive(1)).toEqual([]);
    opened.close();
    await expect(openHandler(() => undefined)).rejects.toThrow(/TRAILGATE_KINESIS_STREAM: is missing/);
  });

  test.each([
    [['--queue', 'my-queue'], 'must be the URL'],
    [['--max', '0'], 'must be a whole number'],
  ])('refuses %j', async (args, why) => {
    await expect(replayDlq(aTableStream([]), place.openLog('log'), { args })).rejects.toThrow(why);
  });
});
