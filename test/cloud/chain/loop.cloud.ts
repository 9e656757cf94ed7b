import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { type Ministack, startMinistack } from '../../rigs/ministack.ts';
import { deployLambda, mapTableStream, zipOne } from './lambda.ts';
import { readLandedLines } from './landed-objects.ts';
import { createProductionParts, EVENTS_PREFIX, type ProductionParts } from './production-parts.ts';

/** What the other suites of this folder stand on: that the rig's loop works without any part of ours. */
describe('MiniStack', () => {
  let ministack: Ministack;
  let parts: ProductionParts;

  beforeAll(async () => {
    ministack = await startMinistack();
    parts = await createProductionParts(ministack);
  });
  afterAll(async () => {
    parts?.close();
    await ministack?.stop();
  });

  test('carries a change of the table through a Lambda, Kinesis and Firehose into objects', async () => {
    await deployLambda(ministack, {
      name: 'forward',
      zip: zipOne('index.js', FORWARD),
      handler: 'index.handler',
      environment: { STREAM: parts.streamName },
    });
    await mapTableStream(ministack, 'forward', parts);
    const ids = Array.from({ length: 20 }, (_, index) => `evt_${index}`);
    for (const id of ids) await putItem(id);

    const landed = await until(
      () => readLandedLines(parts.clients.s3, parts.landingBucket, EVENTS_PREFIX),
      (lines) => lines.length >= ids.length,
    );
    expect(landed.map((line) => JSON.parse(line).event_id.S).sort()).toEqual([...ids].sort());
  });

  test('sends a batch that a Lambda keeps failing to the dead-letter queue', async () => {
    await deployLambda(ministack, {
      name: 'fail',
      zip: zipOne('index.js', 'exports.handler = async () => { throw new Error("on purpose"); };'),
      handler: 'index.handler',
      environment: {},
    });
    await mapTableStream(ministack, 'fail', parts, { maximumRecordAgeSeconds: 1 });
    const messages = await until(
      async () => {
        const { Messages: found = [] } = await parts.clients.sqs.send(
          new ReceiveMessageCommand({ QueueUrl: parts.deadLetterUrl, MaxNumberOfMessages: 10 }),
        );
        return found;
      },
      (found) => found.length > 0,
    );
    const body = JSON.parse(messages[0]?.Body ?? '');
    expect(body.DDBStreamBatchInfo).toMatchObject({ streamArn: parts.tableStreamArn, batchSize: 20 });
  });

  const putItem = (id: string) =>
    parts.clients.dynamodb.send(
      new PutItemCommand({
        TableName: parts.tableName,
        Item: { event_id: { S: id }, timestamp: { S: '2026-03-20T14:30:00Z' } },
      }),
    );

  async function until<T>(ask: () => Promise<T>, isEnough: (answer: T) => boolean): Promise<T> {
    for (let attempt = 0; attempt < 150; attempt += 1) {
      const answer = await ask();
      if (isEnough(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`not there after 15 s:\n${ministack.log()}`);
  }
});

const FORWARD = `
exports.handler = async ({ Records }) => {
  const records = Records.map(({ dynamodb }) => ({
    PartitionKey: dynamodb.NewImage.event_id.S,
    Data: Buffer.from(JSON.stringify(dynamodb.NewImage) + '\\n').toString('base64'),
  }));
  const answer = await fetch(process.env.AWS_ENDPOINT_URL, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Kinesis_20131202.PutRecords',
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request',
    },
    body: JSON.stringify({ StreamName: process.env.STREAM, Records: records }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return { batchItemFailures: [] };
};
`;
