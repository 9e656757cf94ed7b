import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ArnPrincipal, type CfnRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { EVENTS_PREFIX } from './buckets.ts';
import type { Parameters } from './parameters.ts';
import { createRole } from './role.ts';
import { allow, listBelow, useKey } from './statements.ts';

export interface SnowflakeReader {
  readonly installation: string;
  readonly bucket: Bucket;
  readonly key: IKey;
}

/**
 * What the storage integration reads the events with. Snowflake wants its ARN before it says who will take it, so the
 * name is fixed and the role comes with the two parameters: until then there is nothing that anybody could take.
 * @returns its ARN, whether it is there yet or not.
 */
export function createSnowflakeRole(scope: Construct, reader: SnowflakeReader, parameters: Parameters): string {
  const { bucket, key } = reader;
  const name = `${reader.installation}-snowflake`;
  const role = createRole(scope, 'SnowflakeRole', {
    name,
    assumedBy: new ArnPrincipal(parameters.snowflakeUserArn.valueAsString).withConditions({
      StringEquals: { 'sts:ExternalId': parameters.snowflakeExternalId.valueAsString },
    }),
    description: 'Snowflake: reads the objects of events',
    statements: [
      allow('BucketLocation', ['s3:GetBucketLocation'], [bucket.bucketArn]),
      listBelow('ListEvents', bucket, [EVENTS_PREFIX]),
      allow('ReadEvents', ['s3:GetObject', 's3:GetObjectVersion'], [bucket.arnForObjects(`${EVENTS_PREFIX}*`)]),
      useKey(key, ['kms:Decrypt'], ['s3']),
    ],
  });
  (role.node.defaultChild as CfnRole).cfnOptions.condition = parameters.isSnowflakeKnown;
  return Stack.of(scope).formatArn({
    service: 'iam',
    region: '',
    resource: 'role',
    resourceName: name,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}
