import type { Config } from '../../config/config.ts';
import type { Checkup } from '../../ports/checkup.ts';
import { systemClock } from '../../ports/clock.ts';
import { notTried, tryBlobs, tryControl, tryStream } from './try-writing.ts';

/** The engines of AWS that the configuration names; none of their clients is loaded for others. */
export async function awsEngineChecks({ engines }: Config, write: boolean): Promise<readonly Checkup[]> {
  const { stream, control, blobs } = engines;
  const found = [
    stream.engine === 'kinesis' ? await onKinesis(stream, engines.landing, write) : null,
    control.engine === 'dynamodb' ? await onDynamodb(control.tableName, write) : null,
    blobs.engine === 's3' ? await onS3(blobs, write) : null,
  ].filter((each) => each !== null);
  const [first] = found;
  if (!first) return [];
  const { awsChecks } = await import('../../adapters/aws/aws-checks.ts');
  return [awsChecks(first.identity, systemClock.now), ...found.flatMap(({ checkups }) => checkups)];
}

type Kinesis = Extract<Config['engines']['stream'], { engine: 'kinesis' }>;
type S3 = Extract<Config['engines']['blobs'], { engine: 's3' }>;

async function onKinesis(stream: Kinesis, landing: Config['engines']['landing'], write: boolean) {
  const { kinesisChecks } = await import('../../adapters/event-stream/kinesis-checks.ts');
  const { firehoseChecks } = await import('../../adapters/landing/firehose-checks.ts');
  const kinesis = kinesisChecks(stream);
  const checkups: Checkup[] = [kinesis];
  if (write) {
    const { createKinesisEventStream } = await import('../../adapters/event-stream/kinesis-event-stream.ts');
    const writer = createKinesisEventStream({ streamName: stream.streamName, buckets: stream.buckets });
    checkups.push({ checks: [tryStream(writer, systemClock)], close: () => writer.close() });
  } else {
    checkups.push(nothingOpen(notTried('Kinesis writing', 'a ledger is opened and closed in every bucket')));
  }
  checkups.push(firehoseChecks({ streamArn: kinesis.streamArn, landing }));
  if (landing) {
    const { landingBucketChecks } = await import('../../adapters/landing/landing-bucket-checks.ts');
    const { createS3Client } = await import('../../adapters/blob-store/s3-client.ts');
    checkups.push(landingBucketChecks({ client: createS3Client(), ...landing, now: systemClock.now }));
  }
  return { identity: kinesis.identity, checkups };
}

async function onDynamodb(tableName: string, write: boolean) {
  const { dynamodbChecks } = await import('../../adapters/control-store/dynamodb-checks.ts');
  const { createDynamodbClient } = await import('../../adapters/control-store/dynamodb-client.ts');
  const { createDynamodbControlStore } = await import('../../adapters/control-store/dynamodb-control-store.ts');
  const client = createDynamodbClient();
  const writing = write
    ? tryControl(createDynamodbControlStore({ client, tableName }))
    : notTried('control writing', 'a lease is taken and given back');
  return { identity: client.config, checkups: [dynamodbChecks({ client, tableName }), nothingOpen(writing)] };
}

async function onS3({ bucket, kmsKeyId }: S3, write: boolean) {
  const { s3Checks } = await import('../../adapters/blob-store/s3-checks.ts');
  const { createS3Client } = await import('../../adapters/blob-store/s3-client.ts');
  const { createS3BlobStore } = await import('../../adapters/blob-store/s3-blob-store.ts');
  const client = createS3Client();
  const encryption =
    kmsKeyId === null ? ({ kind: 'SSE_S3' } as const) : ({ kind: 'SSE_KMS', keyId: kmsKeyId } as const);
  const writing = write
    ? tryBlobs(createS3BlobStore({ client, bucket, encryption }))
    : notTried('S3 writing', 'a small object is put, read and removed');
  return { identity: client.config, checkups: [s3Checks({ client, bucket, kmsKeyId }), nothingOpen(writing)] };
}

/** What is asked with a client that another checkup closes. */
const nothingOpen = (...checks: Checkup['checks']): Checkup => ({ checks, close: async () => undefined });
