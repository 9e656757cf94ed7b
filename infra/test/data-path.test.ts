import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTemplate } from '../src/committed-template.ts';
import { parseTemplate, resourcesOf, theResource } from './checks/template.ts';

const template = parseTemplate(makeTemplate());
const propertiesOf = (type: string, idBegins?: string) => theResource(template, type, idBegins).Properties;

test('the stream has 16 shards and keeps a week unless told otherwise', () => {
  const { ShardCount, StreamRetentionHours, StreamMode } = template.Parameters;
  assert.deepEqual([ShardCount?.Default, StreamRetentionHours?.Default, StreamMode?.Default], [16, 168, 'PROVISIONED']);
  const stream = propertiesOf('AWS::Kinesis::Stream');
  assert.deepEqual(stream.RetentionPeriodHours, { Ref: 'StreamRetentionHours' });
  assert.deepEqual(stream.StreamModeDetails, { StreamMode: { Ref: 'StreamMode' } });
});

test('a stream on demand is given no number of shards', () => {
  assert.deepEqual(propertiesOf('AWS::Kinesis::Stream').ShardCount, {
    'Fn::If': ['IsProvisioned', { Ref: 'ShardCount' }, { Ref: 'AWS::NoValue' }],
  });
  assert.deepEqual(template.Conditions.IsProvisioned, { 'Fn::Equals': [{ Ref: 'StreamMode' }, 'PROVISIONED'] });
});

test('each shard reports for itself whether it is full', () => {
  const metrics = propertiesOf('AWS::Kinesis::Stream').DesiredShardLevelMetrics;
  for (const metric of ['WriteProvisionedThroughputExceeded', 'IncomingBytes', 'IncomingRecords']) {
    assert.ok(metrics.includes(metric), metric);
  }
});

test('Firehose reads the stream itself and writes gzipped lines below the folders of their hour', () => {
  const delivery = propertiesOf('AWS::KinesisFirehose::DeliveryStream');
  const to = delivery.ExtendedS3DestinationConfiguration;
  assert.equal(delivery.DeliveryStreamType, 'KinesisStreamAsSource');
  assert.deepEqual(delivery.KinesisStreamSourceConfiguration.KinesisStreamARN, { 'Fn::GetAtt': ['Stream', 'Arn'] });
  assert.equal(
    to.Prefix,
    'events/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/',
  );
  assert.equal(to.FileExtension, '.ndjson.gz');
  assert.equal(to.CompressionFormat, 'GZIP');
  assert.deepEqual(to.BufferingHints, { SizeInMBs: 128, IntervalInSeconds: 60 });
  assert.equal(to.CloudWatchLoggingOptions.Enabled, true);
});

test('what Firehose cannot deliver lies where neither Snowpipe nor the loader looks', () => {
  const to = propertiesOf('AWS::KinesisFirehose::DeliveryStream').ExtendedS3DestinationConfiguration;
  assert.match(to.ErrorOutputPrefix, /^firehose-errors\/!\{firehose:error-output-type\}\//);
  assert.ok(!to.ErrorOutputPrefix.startsWith('events/'));
});

test('Snowpipe is told of each object of events, once its queue is known', () => {
  const [condition, notification, otherwise] = propertiesOf('AWS::S3::Bucket', 'EventsBucket')
    .NotificationConfiguration['Fn::If'];
  assert.deepEqual([condition, otherwise], ['IsSnowpipeKnown', { Ref: 'AWS::NoValue' }]);
  const [queue] = notification.QueueConfigurations;
  assert.deepEqual(queue.Queue, { Ref: 'SnowpipeQueueArn' });
  const rules = Object.fromEntries(
    queue.Filter.S3Key.Rules.map(({ Name, Value }: { Name: string; Value: string }) => [Name, Value]),
  );
  const to = propertiesOf('AWS::KinesisFirehose::DeliveryStream').ExtendedS3DestinationConfiguration;
  assert.ok(to.Prefix.startsWith(rules.prefix));
  assert.equal(to.FileExtension, rules.suffix);
});

test('there is no role for Snowflake before both of its answers are known', () => {
  assert.equal(theResource(template, 'AWS::IAM::Role', 'SnowflakeRole').Condition, 'IsSnowflakeKnown');
  assert.equal((template.Conditions.IsSnowflakeKnown as { 'Fn::And': unknown[] })['Fn::And'].length, 2);
});

test('the audit table has the key and the stream of the requirement', () => {
  const table = propertiesOf('AWS::DynamoDB::Table', 'AuditTable');
  assert.deepEqual(table.KeySchema, [
    { AttributeName: 'event_id', KeyType: 'HASH' },
    { AttributeName: 'timestamp', KeyType: 'RANGE' },
  ]);
  assert.deepEqual(table.StreamSpecification, { StreamViewType: 'NEW_AND_OLD_IMAGES' });
  assert.equal(table.TimeToLiveSpecification.Enabled, true);
});

test('tables are billed by use, restorable to a second and not deleted by mistake', () => {
  const tables = resourcesOf(template, 'AWS::DynamoDB::Table');
  assert.equal(tables.length, 2);
  for (const [id, { Properties }] of tables) {
    assert.equal(Properties.BillingMode, 'PAY_PER_REQUEST', id);
    assert.equal(Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled, true, id);
    assert.equal(Properties.DeletionProtectionEnabled, true, id);
  }
});

test('the attribute by which items go is no part of an event', () => {
  const { AttributeName } = propertiesOf('AWS::DynamoDB::Table', 'AuditTable').TimeToLiveSpecification;
  const { Variables } = propertiesOf('AWS::Lambda::Function').Environment;
  assert.deepEqual(Variables.TRAILGATE_DYNAMODB_IGNORE.split(','), [AttributeName]);
});

test('the Lambda tries a record a bounded number of times for a bounded time, and then says where it is', () => {
  const mapping = propertiesOf('AWS::Lambda::EventSourceMapping');
  const queue = resourcesOf(template, 'AWS::SQS::Queue').map(([id]) => id);
  assert.deepEqual(mapping.FunctionResponseTypes, ['ReportBatchItemFailures']);
  assert.equal(mapping.BisectBatchOnFunctionError, true);
  assert.ok(mapping.MaximumRetryAttempts > 0 && mapping.MaximumRetryAttempts <= 10_000);
  // The table's stream keeps 24 hours: at least half of them are left to replay what was given up.
  assert.ok(mapping.MaximumRecordAgeInSeconds > 0 && mapping.MaximumRecordAgeInSeconds <= 12 * 3_600);
  assert.deepEqual(mapping.DestinationConfig.OnFailure.Destination, { 'Fn::GetAtt': [queue[0], 'Arn'] });
  assert.deepEqual(mapping.EventSourceArn['Fn::GetAtt'][1], 'StreamArn');
  assert.equal(mapping.StartingPosition, 'TRIM_HORIZON');
});

test('the Lambda runs on a Node that the SDK still supports in 2027', () => {
  assert.equal(propertiesOf('AWS::Lambda::Function').Runtime, 'nodejs22.x');
});

test('concurrency is set aside only when asked for', () => {
  assert.deepEqual(propertiesOf('AWS::Lambda::Function').ReservedConcurrentExecutions, {
    'Fn::If': ['IsConcurrencyReserved', { Ref: 'LambdaReservedConcurrency' }, { Ref: 'AWS::NoValue' }],
  });
});

test('without the DynamoDB source there is no table of events, no Lambda, no queue and no right on them', () => {
  const without = parseTemplate(makeTemplate({ dynamodbSource: 'false' }));
  for (const type of ['AWS::Lambda::Function', 'AWS::Lambda::EventSourceMapping', 'AWS::SQS::Queue']) {
    assert.deepEqual(resourcesOf(without, type), [], type);
  }
  assert.equal(resourcesOf(without, 'AWS::DynamoDB::Table').length, 1);
  assert.doesNotMatch(JSON.stringify(without), /"(sqs|lambda|dynamodb:(DescribeStream|ListStreams))[:"]/);
});
