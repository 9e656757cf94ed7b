import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Ministack } from '../../rigs/ministack.ts';

/** What an installation on AWS is made of, under the names and settings of infra/, in one MiniStack. */
export interface ProductionParts {
  readonly streamName: string;
  readonly streamArn: string;
  readonly landingBucket: string;
  readonly filesBucket: string;
  /** The table whose changes the Lambda turns into events. */
  readonly tableName: string;
  readonly tableStreamArn: string;
  readonly deadLetterUrl: string;
  readonly deadLetterArn: string;
  readonly clients: {
    readonly kinesis: KinesisClient;
    readonly s3: S3Client;
    readonly dynamodb: DynamoDBClient;
    readonly sqs: SQSClient;
  };
  close(): void;
}

/** Of no account: MiniStack asks nobody's permission. */
export const ROLE_ARN = 'arn:aws:iam::000000000000:role/trailgate';
export const EVENTS_PREFIX = 'events/';

const STREAM = 'trailgate-events';
const LANDING_BUCKET = 'trailgate-landing';
const FILES_BUCKET = 'trailgate-files';
const TABLE = 'audit_events';

export async function createProductionParts(ministack: Ministack, shards = 2): Promise<ProductionParts> {
  const kinesis = new KinesisClient(ministack.client);
  const s3 = new S3Client({ ...ministack.client, forcePathStyle: true });
  const dynamodb = new DynamoDBClient(ministack.client);
  const sqs = new SQSClient(ministack.client);
  const firehose = new FirehoseClient(ministack.client);

  await s3.send(new CreateBucketCommand({ Bucket: LANDING_BUCKET }));
  await s3.send(new CreateBucketCommand({ Bucket: FILES_BUCKET }));
  const streamArn = await createStream(kinesis, shards);
  await connectFirehose(firehose, streamArn);
  firehose.destroy();
  const tableStreamArn = await createAuditTable(dynamodb);
  const { url: deadLetterUrl, arn: deadLetterArn } = await createQueue(sqs, 'trailgate-dead-letters');
  return {
    streamName: STREAM,
    streamArn,
    landingBucket: LANDING_BUCKET,
    filesBucket: FILES_BUCKET,
    tableName: TABLE,
    tableStreamArn,
    deadLetterUrl,
    deadLetterArn,
    clients: { kinesis, s3, dynamodb, sqs },
    close: () => {
      for (const client of [kinesis, s3, dynamodb, sqs]) client.destroy();
    },
  };
}

async function createStream(kinesis: KinesisClient, shards: number): Promise<string> {
  await kinesis.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: shards }));
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { StreamDescriptionSummary: stream } = await kinesis.send(
      new DescribeStreamSummaryCommand({ StreamName: STREAM }),
    );
    if (stream?.StreamStatus === 'ACTIVE' && stream.StreamARN) return stream.StreamARN;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the stream ${STREAM} is not active after 10 s`);
}

/** As in production, but for what MiniStack does not do: it neither gathers records into one object nor compresses. */
async function connectFirehose(firehose: FirehoseClient, streamArn: string): Promise<void> {
  await firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: 'trailgate-landing',
      DeliveryStreamType: 'KinesisStreamAsSource',
      KinesisStreamSourceConfiguration: { KinesisStreamARN: streamArn, RoleARN: ROLE_ARN },
      ExtendedS3DestinationConfiguration: {
        RoleARN: ROLE_ARN,
        BucketARN: `arn:aws:s3:::${LANDING_BUCKET}`,
        Prefix: `${EVENTS_PREFIX}!{timestamp:yyyy/MM/dd/HH}/`,
        ErrorOutputPrefix: 'firehose-errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/',
        BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 },
        CompressionFormat: 'UNCOMPRESSED',
        FileExtension: '.ndjson',
      },
    }),
  );
}

async function createAuditTable(dynamodb: DynamoDBClient): Promise<string> {
  const { TableDescription: table } = await dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'event_id', KeyType: 'HASH' },
        { AttributeName: 'timestamp', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'event_id', AttributeType: 'S' },
        { AttributeName: 'timestamp', AttributeType: 'S' },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  if (!table?.LatestStreamArn) throw new Error('the table has no stream');
  return table.LatestStreamArn;
}

async function createQueue(sqs: SQSClient, name: string): Promise<{ readonly url: string; readonly arn: string }> {
  const { QueueUrl: url } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes: attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  if (!url || !attributes?.QueueArn) throw new Error(`the queue ${name} was not made`);
  return { url, arn: attributes.QueueArn };
}
