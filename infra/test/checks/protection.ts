import { flatten, resourcesOf, type Template } from './template.ts';

/** What holds events, secrets or words about them, and where its key is named. */
const KEY_OF: Readonly<Record<string, (properties: Record<string, unknown>) => unknown>> = {
  'AWS::S3::Bucket': (p) =>
    at(p, 'BucketEncryption', 'ServerSideEncryptionConfiguration', 0, DEFAULT, 'KMSMasterKeyID'),
  'AWS::SQS::Queue': (p) => p.KmsMasterKeyId,
  'AWS::DynamoDB::Table': (p) => at(p, 'SSESpecification', 'KMSMasterKeyId'),
  'AWS::Kinesis::Stream': (p) => at(p, 'StreamEncryption', 'KeyId'),
  'AWS::KinesisFirehose::DeliveryStream': (p) =>
    at(p, 'ExtendedS3DestinationConfiguration', 'EncryptionConfiguration', 'KMSEncryptionConfig', 'AWSKMSKeyARN'),
  'AWS::SNS::Topic': (p) => p.KmsMasterKeyId,
  'AWS::SecretsManager::Secret': (p) => p.KmsKeyId,
  'AWS::Logs::LogGroup': (p) => p.KmsKeyId,
  'AWS::Lambda::Function': (p) => p.KmsKeyArn,
};
const DEFAULT = 'ServerSideEncryptionByDefault';

/** What cannot be made again. */
const KEPT = [
  'AWS::KMS::Key',
  'AWS::S3::Bucket',
  'AWS::DynamoDB::Table',
  'AWS::Kinesis::Stream',
  'AWS::SQS::Queue',
  'AWS::SecretsManager::Secret',
  'AWS::Logs::LogGroup',
];

/** Logical ids of what is not encrypted with the key of the stack. */
export const notEncrypted = (template: Template): readonly string[] =>
  Object.entries(KEY_OF).flatMap(([type, keyOf]) =>
    resourcesOf(template, type)
      .filter(([, { Properties }]) => !/^\$\{Key[0-9A-F]{8}\.Arn\}$/.test(flatten(keyOf(Properties))))
      .map(([id]) => id),
  );

export const publicBuckets = (template: Template): readonly string[] =>
  resourcesOf(template, 'AWS::S3::Bucket')
    .filter(([, { Properties }]) => {
      const block = Properties.PublicAccessBlockConfiguration ?? {};
      const locks = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
      return !locks.every((lock) => block[lock] === true) || hasAcls(Properties);
    })
    .map(([id]) => id);

const hasAcls = (properties: Record<string, unknown>): boolean =>
  at(properties, 'OwnershipControls', 'Rules', 0, 'ObjectOwnership') !== 'BucketOwnerEnforced';

/** Buckets, queues and topics that answer without TLS. */
export function plainText(template: Template): readonly string[] {
  const refused = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'].flatMap((type) =>
    resourcesOf(template, type)
      .filter(([, { Properties }]) =>
        Properties.PolicyDocument.Statement.some(
          (statement: Record<string, unknown>) =>
            statement.Effect === 'Deny' && at(statement, 'Condition', 'Bool', 'aws:SecureTransport') === 'false',
        ),
      )
      .flatMap(([, { Properties }]) => [Properties.Bucket, Properties.Queues, Properties.Topics].flat().map(flatten)),
  );
  return ['AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::SNS::Topic'].flatMap((type) =>
    resourcesOf(template, type)
      .map(([id]) => id)
      .filter((id) => !refused.includes(`\${${id}}`)),
  );
}

/** What would go with the stack, or with a change that replaces it. */
export const notKept = (template: Template): readonly string[] =>
  KEPT.flatMap((type) =>
    resourcesOf(template, type)
      .filter(([, resource]) => resource.DeletionPolicy !== 'Retain' || resource.UpdateReplacePolicy !== 'Retain')
      .map(([id]) => id),
  );

function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | undefined)?.[step], value);
}
