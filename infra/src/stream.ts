import { Aws, Fn, RemovalPolicy, Token } from 'aws-cdk-lib';
import { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Parameters } from './parameters.ts';

/** The stream that gateways and the Lambda append to. Partition keys decide the shard, so that a user's order is kept. */
export function createStream(scope: Construct, installation: string, key: IKey, parameters: Parameters): CfnStream {
  const { isProvisioned, shardCount, streamMode, streamRetentionHours } = parameters;
  const stream = new CfnStream(scope, 'Stream', {
    name: `${installation}-events`,
    streamModeDetails: { streamMode: streamMode.valueAsString },
    // An on-demand stream refuses a number of shards.
    shardCount: Token.asNumber(Fn.conditionIf(isProvisioned.logicalId, shardCount.valueAsNumber, Aws.NO_VALUE)),
    retentionPeriodHours: streamRetentionHours.valueAsNumber,
    streamEncryption: { encryptionType: 'KMS', keyId: key.keyArn },
    desiredShardLevelMetrics: SHARD_METRICS,
  });
  stream.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return stream;
}

/** What tells a hot shard from a full stream. */
const SHARD_METRICS = [
  'IncomingBytes',
  'IncomingRecords',
  'OutgoingBytes',
  'WriteProvisionedThroughputExceeded',
  'ReadProvisionedThroughputExceeded',
  'IteratorAgeMilliseconds',
];
