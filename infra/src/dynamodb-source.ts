import { Aws, Duration, Fn, RemovalPolicy, SecretValue, Token } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  CfnEventSourceMapping,
  type CfnFunction,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { findLambdaCode } from './lambda-code.ts';
import type { Parameters } from './parameters.ts';
import { createRole } from './role.ts';
import type { Secrets } from './secrets.ts';
import type { LambdaCode } from './settings.ts';
import { allow, appendToStream, useKey, writeLogs } from './statements.ts';
import { createAuditTable, TTL_ATTRIBUTE } from './tables.ts';

/** The way in for producers that write to DynamoDB. */
export interface DynamodbSource {
  readonly table: Table;
  readonly lambda: LambdaFunction;
  readonly deadLetters: Queue;
}

export interface SourceOptions {
  readonly installation: string;
  readonly lambdaCode: LambdaCode;
  readonly stream: CfnStream;
  readonly key: IKey;
  readonly logGroup: ILogGroup;
  readonly secrets: Secrets;
}

export function createDynamodbSource(scope: Construct, options: SourceOptions, parameters: Parameters): DynamodbSource {
  const { installation, key, logGroup, stream } = options;
  const table = createAuditTable(scope, installation, key);
  const deadLetters = createDeadLetters(scope, installation, key);
  const lambda = new LambdaFunction(scope, 'SourceFunction', {
    functionName: `${installation}-dynamodb-source`,
    description: 'Changes of the audit table into the stream of events',
    runtime: Runtime.NODEJS_22_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: findLambdaCode(scope, options.lambdaCode),
    memorySize: 512,
    timeout: Duration.seconds(60),
    role: createSourceRole(scope, options, table, deadLetters),
    logGroup,
    environmentEncryption: key,
    environment: {
      TRAILGATE_KINESIS_STREAM: stream.ref,
      TRAILGATE_KINESIS_BUCKETS: parameters.buckets.valueAsString,
      TRAILGATE_DYNAMODB_IGNORE: TTL_ATTRIBUTE,
      // CloudFormation puts it in; the template holds its name only, and reading it back takes the key.
      TRAILGATE_INSTALLATION_KEY: SecretValue.secretsManager(options.secrets.installationKey.ref).unsafeUnwrap(),
    },
  });
  const resource = lambda.node.defaultChild as CfnFunction;
  const { isConcurrencyReserved, lambdaReservedConcurrency } = parameters;
  resource.reservedConcurrentExecutions = Token.asNumber(
    Fn.conditionIf(isConcurrencyReserved.logicalId, lambdaReservedConcurrency.valueAsNumber, Aws.NO_VALUE),
  );
  // The role carries its rights (role.ts), and naming it is enough to come after it.
  resource.addDeletionOverride('DependsOn');
  mapRecords(scope, table, lambda, deadLetters);
  return { table, lambda, deadLetters };
}

/**
 * Bounded in every way. A record that is bad becomes an ingest error and fails nothing, so what is tried again waits for
 * the stream: through an hour in which it takes nothing, but no longer than six. Then its place is in the queue, and 18
 * of the 24 hours that the table's stream keeps it are left to replay it.
 */
function mapRecords(scope: Construct, table: Table, lambda: LambdaFunction, deadLetters: Queue): void {
  new CfnEventSourceMapping(scope, 'SourceMapping', {
    eventSourceArn: table.tableStreamArn ?? '',
    functionName: lambda.functionArn,
    startingPosition: 'TRIM_HORIZON',
    batchSize: 500,
    maximumBatchingWindowInSeconds: 1,
    functionResponseTypes: ['ReportBatchItemFailures'],
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 100,
    maximumRecordAgeInSeconds: 6 * 3_600,
    destinationConfig: { onFailure: { destination: deadLetters.queueArn } },
  });
}

const createDeadLetters = (scope: Construct, installation: string, key: IKey): Queue =>
  new Queue(scope, 'DeadLetters', {
    queueName: `${installation}-dead-letters`,
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: key,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    removalPolicy: RemovalPolicy.RETAIN,
  });

const createSourceRole = (
  scope: Construct,
  { stream, key, logGroup }: SourceOptions,
  table: Table,
  deadLetters: Queue,
): Role =>
  createRole(scope, 'SourceRole', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: 'The Lambda: reads the stream of the audit table, appends to the stream of events',
    statements: [
      allow(
        'TableStream',
        ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
        [table.tableStreamArn ?? ''],
      ),
      allow('ListTableStreams', ['dynamodb:ListStreams'], ['*']),
      appendToStream(stream),
      allow('DeadLetters', ['sqs:SendMessage'], [deadLetters.queueArn]),
      useKey(key, ['kms:Decrypt', 'kms:GenerateDataKey'], ['dynamodb', 'kinesis', 'lambda', 'sqs']),
      writeLogs(logGroup, '*', ['logs:CreateLogStream', 'logs:PutLogEvents']),
    ],
  });
