import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Ministack } from '../../rigs/ministack.ts';
import { type AwsCalls, createAwsCalls } from './aws-calls.ts';

/** What infra/ deploys, in a MiniStack: the template itself, so that a chain that runs here has its wiring shown. */
export interface Installation {
  readonly streamName: string;
  readonly buckets: number;
  readonly eventsBucket: string;
  readonly filesBucket: string;
  readonly controlTable: string;
  /** The table whose changes the Lambda turns into events. */
  readonly auditTable: string;
  readonly auditTableStreamArn: string;
  readonly deadLettersUrl: string;
  readonly functionName: string;
  /** 32 bytes in hexadecimal digits: the gateway's and the Lambda's. */
  readonly installationKey: string;
  readonly clients: {
    readonly kinesis: KinesisClient;
    readonly s3: S3Client;
    readonly dynamodb: DynamoDBClient;
    readonly sqs: SQSClient;
  };
  readonly calls: AwsCalls;
  close(): void;
}

export interface InstallationOptions {
  readonly lambdaZip: Buffer;
  readonly shards: number;
  readonly buckets: number;
}

/** Only what is read here. */
interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; Properties: Record<string, unknown> }>>;
}

const TEMPLATE = join(__dirname, '..', '..', '..', 'infra', 'generated', 'trailgate.template.json');
const STACK = 'trailgate';
const ACCOUNT = '000000000000';

export async function deployInstallation(
  ministack: Ministack,
  { lambdaZip, shards, buckets }: InstallationOptions,
): Promise<Installation> {
  const calls = createAwsCalls(ministack);
  const kinesis = new KinesisClient(ministack.client);
  const s3 = new S3Client({ ...ministack.client, forcePathStyle: true });
  const dynamodb = new DynamoDBClient(ministack.client);
  const sqs = new SQSClient(ministack.client);

  const template = JSON.parse(readFileSync(TEMPLATE, 'utf8')) as Template;
  const installationKey = randomBytes(32).toString('hex');
  writeSecret(template, 'InstallationKey', installationKey);
  const lambda = propertiesOf(template, 'AWS::Lambda::Function');
  // What `cdk bootstrap` and the upload of assets leave.
  const assets = `cdk-hnb659fds-assets-${ACCOUNT}-${ministack.client.region}`;
  await s3.send(new CreateBucketCommand({ Bucket: assets }));
  const { S3Key: key } = lambda.Code as { readonly S3Key: string };
  await s3.send(new PutObjectCommand({ Bucket: assets, Key: key, Body: lambdaZip }));
  await calls.target('ssm', 'AmazonSSM.PutParameter', {
    Name: '/cdk-bootstrap/hnb659fds/version',
    Type: 'String',
    Value: '21',
  });

  const outputs = await createStack(calls, template, { ShardCount: String(shards), Buckets: String(buckets) });
  const output = (name: string): string => {
    const value = outputs.get(name);
    if (value === undefined) throw new Error(`the template of infra/ has no output ${name}`);
    return value;
  };
  const auditTable = output('AuditTable');
  const { Table: table } = await dynamodb.send(new DescribeTableCommand({ TableName: auditTable }));
  return {
    streamName: output('StreamName'),
    buckets,
    eventsBucket: output('EventsBucket'),
    filesBucket: output('FilesBucket'),
    controlTable: output('ControlTable'),
    auditTable,
    auditTableStreamArn: table?.LatestStreamArn ?? '',
    deadLettersUrl: output('DeadLettersUrl'),
    functionName: String(lambda.FunctionName),
    installationKey,
    clients: { kinesis, s3, dynamodb, sqs },
    calls,
    close: () => {
      for (const client of [kinesis, s3, dynamodb, sqs]) client.destroy();
    },
  };
}

/** MiniStack makes secrets of any letters, whatever the template asks for; the Lambda takes no other key. */
function writeSecret({ Resources: resources }: Template, name: string, secret: string): void {
  const properties = resources[name]?.Properties;
  if (!properties) throw new Error(`the template of infra/ has no resource ${name}`);
  delete properties.GenerateSecretString;
  properties.SecretString = secret;
}

function propertiesOf({ Resources: resources }: Template, type: string): Record<string, unknown> {
  const found = Object.values(resources).find((resource) => resource.Type === type);
  if (!found) throw new Error(`the template of infra/ has no ${type}`);
  return found.Properties;
}

const CREATE_ATTEMPTS = 300;

/** Its outputs. */
async function createStack(
  { form }: AwsCalls,
  template: Template,
  parameters: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  const given = Object.entries(parameters).flatMap(([name, value], index) => [
    [`Parameters.member.${index + 1}.ParameterKey`, name],
    [`Parameters.member.${index + 1}.ParameterValue`, value],
  ]);
  await form('cloudformation', {
    Action: 'CreateStack',
    StackName: STACK,
    TemplateBody: JSON.stringify(template),
    'Capabilities.member.1': 'CAPABILITY_NAMED_IAM',
    ...Object.fromEntries(given),
  });
  for (let attempt = 0; attempt < CREATE_ATTEMPTS; attempt += 1) {
    const xml = await form('cloudformation', { Action: 'DescribeStacks', StackName: STACK });
    const status = /<StackStatus>(\w+)</.exec(xml)?.[1] ?? '';
    if (status === 'CREATE_COMPLETE') return outputsOf(xml);
    if (status !== 'CREATE_IN_PROGRESS') {
      throw new Error(
        `the stack is ${status}:\n${await form('cloudformation', { Action: 'DescribeStackEvents', StackName: STACK })}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the stack is not made after ${CREATE_ATTEMPTS / 10} s`);
}

const outputsOf = (xml: string): ReadonlyMap<string, string> =>
  new Map(
    [...xml.matchAll(/<OutputKey>([^<]*)<\/OutputKey>\s*<OutputValue>([^<]*)<\/OutputValue>/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );
