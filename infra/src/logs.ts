import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup, type ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Parameters } from './parameters.ts';

/** Names that the policy of the key lets in (encryption.ts). */
export function createLogGroup(
  scope: Construct,
  id: string,
  name: string,
  key: IKey,
  { logDays }: Parameters,
): ILogGroup {
  const group = new CfnLogGroup(scope, id, {
    logGroupName: name,
    kmsKeyId: key.keyArn,
    retentionInDays: logDays.valueAsNumber,
  });
  group.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return LogGroup.fromLogGroupName(scope, `${id}Name`, group.ref);
}

/** First part of the names of all log groups of an installation. */
export const logGroupName = (installation: string, part: string): string => `/trailgate/${installation}/${part}`;
