import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { type Ministack, startMinistack } from '../../rigs/ministack.ts';
import { deployInstallation, type Installation } from './installation.ts';
import { giveUpAfter, replaceCode, zipOne } from './lambda.ts';
import { readLandedLines } from './landed-objects.ts';
import { until } from './until.ts';

/** What the other suites of this folder stand on: that the template's wiring works in MiniStack without code of ours. */
describe('the template of infra/, deployed in MiniStack', () => {
  let ministack: Ministack;
  let installation: Installation;

  beforeAll(async () => {
    ministack = await startMinistack();
    installation = await deployInstallation(ministack, {
      lambdaZip: zipOne('index.js', FORWARD),
      shards: 2,
      buckets: 4,
    });
  });
  afterAll(async () => {
    installation?.close();
    await ministack?.stop();
  });

  test('carries changes of the table through the Lambda, Kinesis and Firehose into objects', async () => {
    const { clients, eventsBucket } = installation;
    const ids = Array.from({ length: 20 }, (_, index) => `evt_${index}`);
    for (const id of ids) await putItem(id);
    const landed = await until(
      () => readLandedLines(clients.s3, eventsBucket, 'events/year='),
      (lines) => lines.length >= ids.length,
      ministack.log,
    );
    expect(landed.map((line) => JSON.parse(line).event_id.S).sort()).toEqual([...ids].sort());
  });

  test('sends a batch that the Lambda keeps failing to the dead-letter queue', async () => {
    const { clients, auditTableStreamArn, deadLettersUrl } = installation;
    await replaceCode(
      installation,
      zipOne('index.js', 'exports.handler = async () => { throw new Error("planted"); };'),
    );
    await giveUpAfter(installation, 1);
    await putItem('evt_20');
    const messages = await until(
      async () => {
        const { Messages: found = [] } = await clients.sqs.send(
          new ReceiveMessageCommand({ QueueUrl: deadLettersUrl }),
        );
        return found;
      },
      (found) => found.length > 0,
      ministack.log,
    );
    const body = JSON.parse(messages[0]?.Body ?? '');
    expect(body.DDBStreamBatchInfo).toMatchObject({ streamArn: auditTableStreamArn, batchSize: 1 });
  });

  const putItem = (id: string) =>
    installation.clients.dynamodb.send(
      new PutItemCommand({
        TableName: installation.auditTable,
        Item: { event_id: { S: id }, timestamp: { S: '2026-03-20T14:30:00Z' } },
      }),
    );
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
    body: JSON.stringify({ StreamName: process.env.TRAILGATE_KINESIS_STREAM, Records: records }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return { batchItemFailures: [] };
};
`;
