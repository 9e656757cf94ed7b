import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTemplate } from '../src/committed-template.ts';
import { notEncrypted, notKept, plainText, publicBuckets } from './checks/protection.ts';
import { parseTemplate, planted, resourcesOf, type Template, theResource } from './checks/template.ts';

const template = parseTemplate(makeTemplate());
const withEvents = (change: (properties: Record<string, unknown>, copy: Template) => void) =>
  planted(template, (copy) => change(theResource(copy, 'AWS::S3::Bucket', 'EventsBucket').Properties, copy));

test('everything that holds events or secrets is encrypted with the key of the stack', () => {
  assert.deepEqual(notEncrypted(template), []);
});

for (const [type, property] of [
  ['AWS::S3::Bucket', 'BucketEncryption'],
  ['AWS::SQS::Queue', 'KmsMasterKeyId'],
  ['AWS::DynamoDB::Table', 'SSESpecification'],
  ['AWS::Kinesis::Stream', 'StreamEncryption'],
  ['AWS::KinesisFirehose::DeliveryStream', 'ExtendedS3DestinationConfiguration'],
  ['AWS::SNS::Topic', 'KmsMasterKeyId'],
  ['AWS::SecretsManager::Secret', 'KmsKeyId'],
  ['AWS::Logs::LogGroup', 'KmsKeyId'],
  ['AWS::Lambda::Function', 'KmsKeyArn'],
] as const) {
  test(`a ${type} without its key would be noticed`, () => {
    const [[id] = ['']] = resourcesOf(template, type);
    const open = planted(template, (copy) => delete copy.Resources[id]?.Properties[property]);
    assert.deepEqual(notEncrypted(open), [id]);
  });
}

test('a request to store something under another key is refused', () => {
  for (const [id, { Properties }] of resourcesOf(template, 'AWS::S3::BucketPolicy')) {
    const refused = Properties.PolicyDocument.Statement.filter(({ Sid = '' }) => Sid.startsWith('OtherEncryption')).map(
      ({ Effect, Action, Condition }: Record<string, unknown>) => [Effect, Action, Condition],
    );
    assert.deepEqual(
      refused,
      [
        ['s3:x-amz-server-side-encryption', 'aws:kms'],
        ['s3:x-amz-server-side-encryption-aws-kms-key-id', { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] }],
      ].map(([header, value]) => [
        'Deny',
        's3:PutObject',
        { Null: { [String(header)]: 'false' }, StringNotEquals: { [String(header)]: value } },
      ]),
      id,
    );
  }
});

test('the key is changed every year', () => {
  assert.equal(theResource(template, 'AWS::KMS::Key').Properties.EnableKeyRotation, true);
});

test('no bucket can be made public, by a policy or by lists of an object', () => {
  assert.equal(resourcesOf(template, 'AWS::S3::Bucket').length, 2);
  assert.deepEqual(publicBuckets(template), []);
  const open = withEvents((properties) => {
    properties.PublicAccessBlockConfiguration = { BlockPublicAcls: true, BlockPublicPolicy: true };
  });
  assert.equal(publicBuckets(open).length, 1);
  const listed = withEvents((properties) => delete properties.OwnershipControls);
  assert.equal(publicBuckets(listed).length, 1);
});

test('buckets, queue and topic refuse to speak without TLS', () => {
  assert.deepEqual(plainText(template), []);
  const plain = planted(template, (copy) => {
    for (const [id] of resourcesOf(copy, 'AWS::S3::BucketPolicy')) delete copy.Resources[id];
  });
  assert.equal(plainText(plain).length, 2);
});

test('what cannot be made again stays when the stack goes', () => {
  assert.deepEqual(notKept(template), []);
  const going = withEvents((_, copy) => {
    theResource(copy, 'AWS::S3::Bucket', 'EventsBucket').DeletionPolicy = 'Delete';
  });
  assert.equal(notKept(going).length, 1);
});

test('objects can be brought back, move and expire, and nothing half uploaded stays', () => {
  for (const [id, { Properties }] of resourcesOf(template, 'AWS::S3::Bucket')) {
    assert.equal(Properties.VersioningConfiguration.Status, 'Enabled', id);
    const rule = Properties.LifecycleConfiguration.Rules.at(-1);
    assert.equal(rule.AbortIncompleteMultipartUpload.DaysAfterInitiation, 7, id);
    assert.deepEqual(rule.NoncurrentVersionExpiration, { NoncurrentDays: { Ref: 'ReplacedObjectsExpireDays' } }, id);
  }
  const { Rules } = theResource(template, 'AWS::S3::Bucket', 'EventsBucket').Properties.LifecycleConfiguration;
  assert.deepEqual(
    Rules.slice(0, 2).map(({ Prefix, ExpirationInDays, Transitions }: Record<string, unknown>) => [
      Prefix,
      ExpirationInDays,
      Transitions,
    ]),
    ['events/', 'firehose-errors/'].map((prefix) => [
      prefix,
      { Ref: 'EventObjectsExpireDays' },
      [{ StorageClass: 'GLACIER_IR', TransitionInDays: { Ref: 'EventObjectsMoveDays' } }],
    ]),
  );
});

test('no choice of days lets an object expire before it has moved', () => {
  const { EventObjectsMoveDays: move, EventObjectsExpireDays: expire } = template.Parameters;
  assert.ok(Number(expire?.MinValue) > Number(move?.MaxValue));
});

test('the template names secrets and holds none', () => {
  for (const [id, { Properties }] of resourcesOf(template, 'AWS::SecretsManager::Secret')) {
    assert.equal(Properties.SecretString, undefined, id);
  }
  const { Variables } = theResource(template, 'AWS::Lambda::Function').Properties.Environment;
  assert.deepEqual(Variables.TRAILGATE_INSTALLATION_KEY, {
    'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'InstallationKey' }, ':SecretString:::}}']],
  });
});

test('a generated installation key is 64 hexadecimal digits', () => {
  const { GenerateSecretString: how } = theResource(
    template,
    'AWS::SecretsManager::Secret',
    'InstallationKey',
  ).Properties;
  assert.deepEqual([how.PasswordLength, how.ExcludeUppercase, how.ExcludePunctuation], [64, true, true]);
  const left = [...'abcdefghijklmnopqrstuvwxyz0123456789'].filter((letter) => !how.ExcludeCharacters.includes(letter));
  assert.equal(left.join(''), 'abcdef0123456789');
});
