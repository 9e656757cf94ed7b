import { CfnCondition, CfnParameter, Fn } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Numbers that grow with an installation, and names that others give. Their ranges keep each other's order: an object
 * cannot be set to expire before it was moved, whichever values are chosen.
 */
export interface Parameters {
  readonly streamMode: CfnParameter;
  readonly shardCount: CfnParameter;
  readonly buckets: CfnParameter;
  readonly streamRetentionHours: CfnParameter;
  readonly eventObjectsMoveDays: CfnParameter;
  readonly eventObjectsExpireDays: CfnParameter;
  readonly replacedObjectsExpireDays: CfnParameter;
  readonly logDays: CfnParameter;
  readonly imageRepository: CfnParameter;
  readonly lambdaReservedConcurrency: CfnParameter;
  readonly snowflakeUserArn: CfnParameter;
  readonly snowflakeExternalId: CfnParameter;
  readonly snowpipeQueueArn: CfnParameter;
  readonly alarmEmail: CfnParameter;
  readonly isProvisioned: CfnCondition;
  readonly isConcurrencyReserved: CfnCondition;
  readonly isSnowflakeKnown: CfnCondition;
  readonly isSnowpipeKnown: CfnCondition;
  readonly isMailWanted: CfnCondition;
}

export function declareParameters(scope: Construct): Parameters {
  const text = (name: string, preset: string, description: string, allowedPattern: string, fault: string) =>
    new CfnParameter(scope, name, { default: preset, description, allowedPattern, constraintDescription: fault });
  const number = (name: string, preset: number, range: readonly [number, number], description: string) =>
    new CfnParameter(scope, name, {
      type: 'Number',
      default: preset,
      minValue: range[0],
      maxValue: range[1],
      description,
    });
  const choice = (name: string, allowedValues: string[], description: string) =>
    new CfnParameter(scope, name, { default: allowedValues[0], allowedValues, description });
  const when = (name: string, expression: CfnCondition['expression']) =>
    new CfnCondition(scope, name, expression ? { expression } : {});
  const isSet = (parameter: CfnParameter) => Fn.conditionNot(Fn.conditionEquals(parameter, ''));

  const streamMode = choice(
    'StreamMode',
    ['PROVISIONED', 'ON_DEMAND'],
    'PROVISIONED keeps the number of shards; ON_DEMAND follows demand and starts at 4 MB/s',
  );
  const lambdaReservedConcurrency = number(
    'LambdaReservedConcurrency',
    0,
    [0, 1_000],
    'Invocations of the Lambda at once that are set aside for it and not exceeded; 0: none are set aside',
  );
  const snowflakeUserArn = text(
    'SnowflakeUserArn',
    '',
    'STORAGE_AWS_IAM_USER_ARN of the storage integration (DESC INTEGRATION); empty: no role for Snowflake yet',
    '^$|^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/.+$',
    'the ARN of an IAM user or role, or nothing',
  );
  const snowflakeExternalId = text(
    'SnowflakeExternalId',
    '',
    'STORAGE_AWS_EXTERNAL_ID of the storage integration; empty: no role for Snowflake yet',
    '^$|^[A-Za-z0-9_+=,.@:/-]{2,1224}$',
    '2 to 1224 characters that AWS takes as an external id, or nothing',
  );
  const snowpipeQueueArn = text(
    'SnowpipeQueueArn',
    '',
    'notification_channel of the pipe (SHOW PIPES), which is told of each new object; empty: nobody is told',
    '^$|^arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}$',
    'the ARN of an SQS queue in the region of the bucket, or nothing',
  );
  const alarmEmail = text(
    'AlarmEmail',
    '',
    'Address that alarms are mailed to, once it has confirmed; empty: subscribe to the topic by other means',
    '^$|^[^@ ]+@[^@ ]+$',
    'an e-mail address, or nothing',
  );

  return {
    streamMode,
    shardCount: number('ShardCount', 16, [1, 1_000], 'Shards of a PROVISIONED stream: 1 MB/s or 1,000 records/s each'),
    buckets: number(
      'Buckets',
      16,
      [1, 1_000],
      'Partition keys that users are spread over, the same on every gateway and in the Lambda; at least the shards',
    ),
    streamRetentionHours: number(
      'StreamRetentionHours',
      168,
      [48, 8_760],
      'How long the stream keeps a record; what Firehose could not deliver until then is lost',
    ),
    eventObjectsMoveDays: number(
      'EventObjectsMoveDays',
      30,
      [1, 90],
      'Age at which an object of events moves to Glacier Instant Retrieval, which bills 90 days at least',
    ),
    eventObjectsExpireDays: number(
      'EventObjectsExpireDays',
      400,
      [91, 36_500],
      'Age at which an object of events is deleted; until then the warehouse can be rebuilt from it',
    ),
    replacedObjectsExpireDays: number(
      'ReplacedObjectsExpireDays',
      30,
      [1, 3_650],
      'How long a replaced or deleted object can still be brought back',
    ),
    logDays: new CfnParameter(scope, 'LogDays', {
      type: 'Number',
      default: '90',
      allowedValues: ['30', '60', '90', '180', '365', '731', '1827', '3653'],
      description: 'How long CloudWatch keeps what the parts log about themselves',
    }),
    imageRepository: text(
      'ImageRepository',
      'trailgate',
      'Name of the ECR repository in this account and region that holds the image of the gateway',
      '^[a-z0-9][a-z0-9._/-]{1,255}$',
      'the name of an ECR repository, without the registry',
    ),
    lambdaReservedConcurrency,
    snowflakeUserArn,
    snowflakeExternalId,
    snowpipeQueueArn,
    alarmEmail,
    isProvisioned: when('IsProvisioned', Fn.conditionEquals(streamMode, 'PROVISIONED')),
    isConcurrencyReserved: when(
      'IsConcurrencyReserved',
      Fn.conditionNot(Fn.conditionEquals(lambdaReservedConcurrency, '0')),
    ),
    isSnowflakeKnown: when('IsSnowflakeKnown', Fn.conditionAnd(isSet(snowflakeUserArn), isSet(snowflakeExternalId))),
    isSnowpipeKnown: when('IsSnowpipeKnown', isSet(snowpipeQueueArn)),
    isMailWanted: when('IsMailWanted', isSet(alarmEmail)),
  };
}
