import { Aws, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Parameters } from './parameters.ts';

/** Keys of what Firehose delivers begin with this; Snowflake may read nothing else. */
export const EVENTS_PREFIX = 'events/';
/** Beside the events, so that neither Snowpipe nor our loader takes what failed for lines. */
export const FIREHOSE_ERRORS_PREFIX = 'firehose-errors/';
export const EVENTS_SUFFIX = '.ndjson.gz';

/** What Firehose delivered. Objects are never changed; the warehouse is rebuilt from them. */
export function createEventsBucket(scope: Construct, installation: string, key: IKey, parameters: Parameters): Bucket {
  const bucket = createBucket(scope, 'EventsBucket', `${installation}-events`, key);
  const { eventObjectsMoveDays, eventObjectsExpireDays } = parameters;
  for (const prefix of [EVENTS_PREFIX, FIREHOSE_ERRORS_PREFIX]) {
    bucket.addLifecycleRule({
      id: `move-and-expire-${prefix.slice(0, -1)}`,
      prefix,
      transitions: [
        {
          storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL,
          transitionAfter: Duration.days(eventObjectsMoveDays.valueAsNumber),
        },
      ],
      expiration: Duration.days(eventObjectsExpireDays.valueAsNumber),
    });
  }
  addHygiene(bucket, parameters);
  tellSnowpipe(bucket.node.defaultChild as CfnBucket, parameters);
  return bucket;
}

/** Reports, exports and archives: how long each is kept is the gateway's business. */
export function createFilesBucket(scope: Construct, installation: string, key: IKey, parameters: Parameters): Bucket {
  const bucket = createBucket(scope, 'FilesBucket', `${installation}-files`, key);
  addHygiene(bucket, parameters);
  return bucket;
}

function createBucket(scope: Construct, id: string, name: string, key: IKey): Bucket {
  const bucket = new Bucket(scope, id, {
    bucketName: `${name}-${Aws.ACCOUNT_ID}-${Aws.REGION}`,
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    bucketKeyEnabled: true,
    versioned: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  refuseOtherEncryption(bucket, key);
  return bucket;
}

/** The default of a bucket holds for requests that say nothing; one that says something else is refused. */
function refuseOtherEncryption(bucket: Bucket, key: IKey): void {
  const headers = {
    's3:x-amz-server-side-encryption': 'aws:kms',
    's3:x-amz-server-side-encryption-aws-kms-key-id': key.keyArn,
  };
  for (const [index, [header, value]] of Object.entries(headers).entries()) {
    bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: `OtherEncryption${index + 1}`,
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects('*')],
        // Without the first, a request that says nothing would be one that says something else.
        conditions: { Null: { [header]: 'false' }, StringNotEquals: { [header]: value } },
      }),
    );
  }
}

/** Parts of uploads that never ended, and versions that something newer or a deletion has replaced. */
function addHygiene(bucket: Bucket, { replacedObjectsExpireDays }: Parameters): void {
  bucket.addLifecycleRule({
    id: 'clear-what-is-left-over',
    abortIncompleteMultipartUploadAfter: Duration.days(7),
    noncurrentVersionExpiration: Duration.days(replacedObjectsExpireDays.valueAsNumber),
    expiredObjectDeleteMarker: true,
  });
}

/** Written into the bucket itself; the library's own way would add a Lambda that edits the bucket afterwards. */
function tellSnowpipe(bucket: CfnBucket, { isSnowpipeKnown, snowpipeQueueArn }: Parameters): void {
  const notification = {
    QueueConfigurations: [
      {
        Event: 's3:ObjectCreated:*',
        Queue: snowpipeQueueArn.valueAsString,
        Filter: {
          S3Key: {
            Rules: [
              { Name: 'prefix', Value: EVENTS_PREFIX },
              { Name: 'suffix', Value: EVENTS_SUFFIX },
            ],
          },
        },
      },
    ],
  };
  bucket.notificationConfiguration = Fn.conditionIf(isSnowpipeKnown.logicalId, notification, Aws.NO_VALUE);
}
