import { Aws } from 'aws-cdk-lib';
import { type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnLogStream, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { EVENTS_PREFIX, EVENTS_SUFFIX, FIREHOSE_ERRORS_PREFIX } from './buckets.ts';
import { createRole } from './role.ts';
import { allow, useKey, writeLogs } from './statements.ts';

export interface Delivery {
  readonly installation: string;
  readonly stream: CfnStream;
  readonly bucket: Bucket;
  readonly key: IKey;
  readonly logGroup: ILogGroup;
}

/**
 * Every record of the stream into objects of the bucket. Records are lines that end in a newline, which Firehose joins
 * as they are: an object is NDJSON. Folders are named by the time of arrival, UTC, never by the time of an event.
 */
export function createDelivery(scope: Construct, delivery: Delivery): CfnDeliveryStream {
  const { installation, stream, bucket, key, logGroup } = delivery;
  const logStream = new CfnLogStream(scope, 'DeliveryLog', {
    logGroupName: logGroup.logGroupName,
    logStreamName: 'delivery',
  });
  const role = createDeliveryRole(scope, delivery, logStream.ref);
  return new CfnDeliveryStream(scope, 'Delivery', {
    deliveryStreamName: `${installation}-events`,
    deliveryStreamType: 'KinesisStreamAsSource',
    kinesisStreamSourceConfiguration: { kinesisStreamArn: stream.attrArn, roleArn: role.roleArn },
    extendedS3DestinationConfiguration: {
      bucketArn: bucket.bucketArn,
      roleArn: role.roleArn,
      prefix: `${EVENTS_PREFIX}year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/`,
      errorOutputPrefix:
        `${FIREHOSE_ERRORS_PREFIX}!{firehose:error-output-type}/` +
        'year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/',
      fileExtension: EVENTS_SUFFIX,
      compressionFormat: 'GZIP',
      bufferingHints: { sizeInMBs: 128, intervalInSeconds: 60 },
      encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: key.keyArn } },
      cloudWatchLoggingOptions: { enabled: true, logGroupName: logGroup.logGroupName, logStreamName: logStream.ref },
    },
  });
}

function createDeliveryRole(scope: Construct, { stream, bucket, key, logGroup }: Delivery, logStream: string): Role {
  const statements = [
    allow(
      'ReadStream',
      ['kinesis:DescribeStream', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'],
      [stream.attrArn],
    ),
    allow('Bucket', ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], [bucket.bucketArn]),
    allow(
      'Objects',
      ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
      [bucket.arnForObjects(`${EVENTS_PREFIX}*`), bucket.arnForObjects(`${FIREHOSE_ERRORS_PREFIX}*`)],
    ),
    useKey(key, ['kms:Decrypt', 'kms:GenerateDataKey'], ['kinesis', 's3']),
    writeLogs(logGroup, logStream, ['logs:PutLogEvents']),
  ];
  return createRole(scope, 'DeliveryRole', {
    // Firehose names the account it works for in this way.
    assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
      conditions: { StringEquals: { 'sts:ExternalId': Aws.ACCOUNT_ID } },
    }),
    description: 'Firehose: from the stream of events into their bucket',
    statements,
  });
}
