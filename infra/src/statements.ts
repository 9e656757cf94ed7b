import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import { PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

type Conditions = NonNullable<PolicyStatementProps['conditions']>;

export const allow = (sid: string, actions: string[], resources: string[], conditions?: Conditions): PolicyStatement =>
  new PolicyStatement({ sid, actions, resources, ...(conditions && { conditions }) });

/** Use of the key through these services only; nobody calls KMS with it directly. */
export const useKey = (key: IKey, actions: string[], services: readonly string[]): PolicyStatement =>
  allow('Key', actions, [key.keyArn], {
    StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${Aws.REGION}.${Aws.URL_SUFFIX}`) },
  });

/** PutRecords needs no description; the description tells the gateway how many shards are open. */
export const appendToStream = (stream: CfnStream): PolicyStatement =>
  allow(
    'AppendToStream',
    ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:PutRecords'],
    [stream.attrArn],
  );

/** Names of the objects below a prefix, which is a right on the bucket. */
export const listBelow = (sid: string, bucket: Bucket, prefixes: string[]): PolicyStatement =>
  allow(sid, ['s3:ListBucket'], [bucket.bucketArn], {
    StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) },
  });

/** Lines into a log group that is there already; `logStream` may end in `*`. */
export const writeLogs = (logGroup: ILogGroup, logStream: string, actions: string[]): PolicyStatement =>
  allow('Logs', actions, [
    Stack.of(logGroup).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `${logGroup.logGroupName}:log-stream:${logStream}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  ]);
