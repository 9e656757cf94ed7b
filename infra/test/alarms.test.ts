import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTemplate } from '../src/committed-template.ts';
import { deafAlarms, knownMetrics, muteAlarms, ownMetrics } from './checks/alarms.ts';
import { parseTemplate, planted, resourcesOf, theResource } from './checks/template.ts';

const template = parseTemplate(makeTemplate());
const source = join(import.meta.dirname, '..', '..', '..', 'src', 'server', 'dynamodb-lambda-metrics.ts');
const own = ownMetrics(readFileSync(source, 'utf8'));
const known = new Set([...knownMetrics(), ...own]);

test('the vendor or our function knows every metric that an alarm waits for, with these dimensions', () => {
  assert.ok(known.size - own.size > 100);
  assert.ok(own.has('Trailgate/DynamoDB failures table'));
  assert.deepEqual(deafAlarms(template, known), []);
});

test('an alarm on a metric that nobody sends would be noticed', () => {
  const deaf = planted(template, (copy) => {
    theResource(copy, 'AWS::CloudWatch::Alarm', 'Alarmstreamsilent').Properties.MetricName = 'IncomingRecord';
    theResource(copy, 'AWS::CloudWatch::Alarm', 'Alarmdeadletters4').Properties.Dimensions[0].Name = 'Queue';
  });
  assert.equal(deafAlarms(deaf, known).length, 2);
});

test('each alarm tells the topic when it begins and when it is over', () => {
  assert.deepEqual(muteAlarms(template), []);
  const mute = planted(template, (copy) => {
    theResource(copy, 'AWS::CloudWatch::Alarm', 'Alarmstreamsilent').Properties.OKActions = [];
  });
  assert.equal(muteAlarms(mute).length, 1);
});

test('each part has the alarms that it needs', () => {
  const metrics = resourcesOf(template, 'AWS::CloudWatch::Alarm')
    .map(([, { Properties: p }]) => p.MetricName)
    .sort();
  assert.deepEqual(metrics, [
    'ApproximateNumberOfMessagesVisible',
    'DeliveryToS3.DataFreshness',
    'DeliveryToS3.Records',
    'DeliveryToS3.Success',
    'DestinationDeliveryFailures',
    'Errors',
    'GetRecords.IteratorAgeMilliseconds',
    'IncomingRecords',
    'IteratorAge',
    'KinesisMillisBehindLatest',
    'ReadThrottleEvents',
    'ReadThrottleEvents',
    'Throttles',
    'WriteProvisionedThroughputExceeded',
    'WriteThrottleEvents',
    'WriteThrottleEvents',
    'failures',
  ]);
});

test('no figure at all is an alarm where figures always come', () => {
  const silent = resourcesOf(template, 'AWS::CloudWatch::Alarm')
    .filter(([, { Properties }]) => Properties.TreatMissingData === 'breaching')
    .map(([, { Properties }]) => [Properties.MetricName, Properties.ComparisonOperator, Properties.Threshold]);
  assert.deepEqual(silent, [
    ['IncomingRecords', 'LessThanThreshold', 1],
    ['DeliveryToS3.Records', 'LessThanThreshold', 1],
  ]);
});

test('CloudWatch may publish to the encrypted topic: by its policy, and by that of the key', () => {
  const statements = [
    theResource(template, 'AWS::SNS::TopicPolicy').Properties.PolicyDocument.Statement,
    theResource(template, 'AWS::KMS::Key').Properties.KeyPolicy.Statement,
  ].map((all) =>
    all.find(({ Principal }: { Principal: { Service?: string } }) => Principal.Service === 'cloudwatch.amazonaws.com'),
  );
  assert.deepEqual(
    statements.map(({ Action }) => Action),
    ['sns:Publish', ['kms:Decrypt', 'kms:GenerateDataKey']],
  );
});
