import { Aws, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type PolicyStatement, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import type { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { EVENTS_PREFIX } from './buckets.ts';
import type { DynamodbSource } from './dynamodb-source.ts';
import type { Parameters } from './parameters.ts';
import { createRole } from './role.ts';
import type { Secrets } from './secrets.ts';
import { allow, appendToStream, useKey, writeLogs } from './statements.ts';

export interface Gateway {
  readonly installation: string;
  readonly stream: CfnStream;
  readonly delivery: CfnDeliveryStream;
  readonly events: Bucket;
  readonly files: Bucket;
  readonly control: Table;
  readonly source: DynamodbSource | null;
  readonly key: IKey;
  readonly logGroup: ILogGroup;
  readonly secrets: Secrets;
}

/** What the gateway may do, for whatever it runs on: an ECS task in the example. */
export const createTaskRole = (scope: Construct, gateway: Gateway): Role =>
  createRole(scope, 'GatewayRole', {
    assumedBy: ecsTasks(),
    description: 'The gateway: appends, reads its stream, its tables and its buckets',
    statements: [
      appendToStream(gateway.stream),
      ...readStream(gateway),
      allow('ReadEvents', ['s3:GetObject'], [gateway.events.arnForObjects(`${EVENTS_PREFIX}*`)]),
      // Without a condition on the prefix, which would refuse the question whether the bucket is there.
      allow('ListBuckets', ['s3:ListBucket'], [gateway.events.bucketArn, gateway.files.bucketArn]),
      allow(
        'Files',
        ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject'],
        [gateway.files.arnForObjects('*')],
      ),
      allow('ControlTable', CONTROL_ACTIONS, [gateway.control.tableArn]),
      ...lookAround(gateway),
      ...(gateway.source ? replayDeadLetters(gateway.source) : []),
      useKey(gateway.key, [...TABLE_KEY_ACTIONS], ['dynamodb', 'kinesis', 's3', 'sqs']),
    ],
  });

/** What starts the task: the image, the secrets it is given, and where its lines go. */
export function createExecutionRole(scope: Construct, gateway: Gateway, { imageRepository }: Parameters): Role {
  const { key, logGroup, secrets } = gateway;
  const repository = Stack.of(scope).formatArn({
    service: 'ecr',
    resource: 'repository',
    resourceName: imageRepository.valueAsString,
  });
  return createRole(scope, 'GatewayExecutionRole', {
    assumedBy: ecsTasks(),
    description: 'Starts the gateway: pulls the image, hands over the secrets, opens the log',
    statements: [
      allow('RegistryLogin', ['ecr:GetAuthorizationToken'], ['*']),
      allow(
        'PullImage',
        ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        [repository],
      ),
      allow(
        'Secrets',
        ['secretsmanager:GetSecretValue'],
        [secrets.installationKey.ref, secrets.bootstrapKey.ref, secrets.snowflakeKey.ref],
      ),
      useKey(key, ['kms:Decrypt'], ['secretsmanager']),
      writeLogs(logGroup, '*', ['logs:CreateLogStream', 'logs:PutLogEvents']),
    ],
  });
}

/** Polling, and enhanced fan-out by consumers that are named after the installation. */
function readStream({ installation, stream }: Gateway): PolicyStatement[] {
  const consumers = `${stream.attrArn}/consumer/${installation}-*`;
  return [
    allow('ReadStream', ['kinesis:GetRecords', 'kinesis:GetShardIterator'], [stream.attrArn]),
    allow(
      'FanOut',
      [
        'kinesis:DeregisterStreamConsumer',
        'kinesis:DescribeStreamConsumer',
        'kinesis:RegisterStreamConsumer',
        'kinesis:SubscribeToShard',
      ],
      [stream.attrArn, consumers],
    ),
  ];
}

/** What only `trailgate doctor` asks: settings of the bucket of files, and the delivery, which it finds by its source. */
const lookAround = ({ files, delivery }: Gateway): PolicyStatement[] => [
  allow(
    'LookAtBucket',
    ['s3:GetBucketPublicAccessBlock', 's3:GetBucketVersioning', 's3:GetEncryptionConfiguration'],
    [files.bucketArn],
  ),
  allow('LookAtDelivery', ['firehose:DescribeDeliveryStream'], [delivery.attrArn]),
  allow('ListDeliveries', ['firehose:ListDeliveryStreams'], ['*']),
];

/** The queue holds which records of the table's stream were given up; the stream holds them for 24 hours. */
const replayDeadLetters = ({ deadLetters, table }: DynamodbSource): PolicyStatement[] => [
  allow(
    'DeadLetters',
    ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    [deadLetters.queueArn],
  ),
  allow(
    'TableStream',
    ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
    [table.tableStreamArn ?? ''],
  ),
];

const ecsTasks = (): ServicePrincipal =>
  new ServicePrincipal('ecs-tasks.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
  });

const CONTROL_ACTIONS = [
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:DescribeTable',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

/** DynamoDB works on a table's key in the name of the caller; the other services need the first two of these. */
const TABLE_KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:GenerateDataKey',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
