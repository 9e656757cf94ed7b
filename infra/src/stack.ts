import { CfnOutput, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { createAlarms } from './alarms.ts';
import { createEventsBucket, createFilesBucket } from './buckets.ts';
import { createDelivery } from './delivery.ts';
import { createDynamodbSource } from './dynamodb-source.ts';
import { createKey } from './encryption.ts';
import { createExecutionRole, createTaskRole } from './gateway.ts';
import { createLogGroup, logGroupName } from './logs.ts';
import { declareParameters } from './parameters.ts';
import { createSecrets } from './secrets.ts';
import type { Settings } from './settings.ts';
import { createSnowflakeRole } from './snowflake.ts';
import { createStream } from './stream.ts';
import { createControlTable } from './tables.ts';
import { createAlarmTopic } from './topic.ts';
import { deliveryWatches, sourceWatches, streamWatches, tableWatches } from './watches.ts';

/** Everything that Trailgate needs in one account and region, but for what runs the gateway itself. */
export class TrailgateStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: StackProps & { readonly settings: Settings }) {
    super(scope, id, { description: 'Trailgate: stream, delivery, tables, buckets, roles and alarms', ...props });
    const { installation } = settings;
    Tags.of(this).add('trailgate', installation);
    const parameters = declareParameters(this);
    const key = createKey(this, installation);
    const logGroup = (id: string, part: string) =>
      createLogGroup(this, id, logGroupName(installation, part), key, parameters);

    const secrets = createSecrets(this, installation, key);
    const stream = createStream(this, installation, key, parameters);
    const events = createEventsBucket(this, installation, key, parameters);
    const files = createFilesBucket(this, installation, key, parameters);
    const control = createControlTable(this, installation, key);
    const delivery = createDelivery(this, {
      installation,
      stream,
      bucket: events,
      key,
      logGroup: logGroup('DeliveryLogs', 'delivery'),
    });
    const source = settings.dynamodbSource
      ? createDynamodbSource(
          this,
          {
            installation,
            lambdaCode: settings.lambdaCode,
            stream,
            key,
            secrets,
            logGroup: logGroup('SourceLogs', 'dynamodb-source'),
          },
          parameters,
        )
      : null;
    const gatewayLogs = logGroup('GatewayLogs', 'gateway');
    const gateway = {
      installation,
      stream,
      delivery,
      events,
      files,
      control,
      source,
      key,
      secrets,
      logGroup: gatewayLogs,
    };
    const taskRole = createTaskRole(this, gateway);
    const executionRole = createExecutionRole(this, gateway, parameters);
    const snowflakeRoleArn = createSnowflakeRole(this, { installation, bucket: events, key }, parameters);

    const topic = createAlarmTopic(this, installation, key, parameters);
    createAlarms(this, installation, topic, [
      ...streamWatches(stream.ref),
      ...deliveryWatches(delivery.ref),
      ...tableWatches('control', control.tableName),
      ...(source
        ? [
            ...tableWatches('audit', source.table.tableName),
            ...sourceWatches({
              functionName: source.lambda.functionName,
              queueName: source.deadLetters.queueName,
              tableName: source.table.tableName,
            }),
          ]
        : []),
    ]);

    const outputs: Record<string, string> = {
      StreamName: stream.ref,
      Buckets: parameters.buckets.valueAsString,
      DeliveryStreamName: delivery.ref,
      EventsBucket: events.bucketName,
      FilesBucket: files.bucketName,
      KeyArn: key.keyArn,
      ControlTable: control.tableName,
      ...(source && { AuditTable: source.table.tableName, DeadLettersUrl: source.deadLetters.queueUrl }),
      InstallationKeySecret: secrets.installationKey.ref,
      BootstrapKeySecret: secrets.bootstrapKey.ref,
      SnowflakeKeySecret: secrets.snowflakeKey.ref,
      SnowflakeRoleArn: snowflakeRoleArn,
      TaskRoleArn: taskRole.roleArn,
      ExecutionRoleArn: executionRole.roleArn,
      GatewayLogGroup: gatewayLogs.logGroupName,
      AlarmTopicArn: topic.topicArn,
    };
    for (const [name, value] of Object.entries(outputs))
      new CfnOutput(this, `Out${name}`, { value }).overrideLogicalId(name);
  }
}
