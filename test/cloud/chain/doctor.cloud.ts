import { rmSync } from 'node:fs';
import { StartStreamEncryptionCommand } from '@aws-sdk/client-kinesis';
import { PutBucketEncryptionCommand } from '@aws-sdk/client-s3';
import { doctorCommand } from '../../../src/cli/doctor.ts';
import type { Finding } from '../../../src/ports/checkup.ts';
import { bySubject } from '../../adapters/findings.ts';
import { Captured } from '../../cli/captured.ts';
import { type Ministack, startMinistack } from '../../rigs/ministack.ts';
import { buildLambda } from './built-lambda.ts';
import { makeDataDirectory } from './gateway.ts';
import { deployInstallation, type Installation } from './installation.ts';

describe('trailgate doctor on what infra/ deploys', () => {
  let ministack: Ministack;
  let installation: Installation;
  const before = { ...process.env };
  const dataDirectory = makeDataDirectory();

  beforeAll(async () => {
    const lambdaZip = buildLambda();
    ministack = await startMinistack();
    installation = await deployInstallation(ministack, { lambdaZip, shards: 2, buckets: 4 });
    await encrypt(installation);
    Object.assign(process.env, ministack.environment);
  });
  afterAll(async () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
    installation?.close();
    await ministack?.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  async function diagnose(more: Record<string, string>, ...args: string[]) {
    const out = new Captured();
    let exitCode: number | undefined;
    const command = doctorCommand({
      packageDirectory: process.cwd(),
      variables: {
        TRAILGATE_MODE: 'aws',
        TRAILGATE_WAREHOUSE: 'duckdb',
        TRAILGATE_DATA_DIR: dataDirectory,
        TRAILGATE_INSTALLATION_KEY: installation.installationKey,
        TRAILGATE_BOOTSTRAP_KEY: 'k'.repeat(16),
        TRAILGATE_KINESIS_STREAM: installation.streamName,
        TRAILGATE_KINESIS_BUCKETS: String(installation.buckets),
        TRAILGATE_KINESIS_CONSUMER: 'trailgate-doctor',
        TRAILGATE_LANDING_BUCKET: installation.eventsBucket,
        TRAILGATE_CONTROL_TABLE: installation.controlTable,
        TRAILGATE_S3_BUCKET: installation.filesBucket,
        ...more,
      },
      out,
      exit: (code) => {
        exitCode = code;
      },
    });
    await command.parseAsync(['--json', ...args], { from: 'user' });
    return { found: bySubject((JSON.parse(out.text) as { findings: Finding[] }).findings), exitCode };
  }

  test('finds all of it, and what it writes lands', async () => {
    const { found, exitCode } = await diagnose({}, '--write');
    expect(found).toMatchObject({
      'Kinesis stream': expect.stringMatching(/^ok: arn:.*ACTIVE$/),
      'Kinesis shards': 'ok: 2 provisioned, 4 buckets',
      'Kinesis retention': 'ok: 168 hours',
      'Kinesis encryption': expect.stringMatching(/^ok: on, with /),
      'Kinesis reading': expect.stringMatching(/^ok/),
      'Kinesis writing': expect.stringMatching(/^ok: .*in 4 buckets$/),
      Firehose: expect.stringMatching(new RegExp(`^ok: .*delivers to s3://${installation.eventsBucket}/events/`)),
      'control table': expect.stringMatching(/^ok/),
      'control writing': expect.stringMatching(/^ok/),
      'S3 bucket': expect.stringMatching(/^ok/),
      'S3 encryption': expect.stringMatching(/^warn: aws:kms by default, but .*Set TRAILGATE_S3_KMS_KEY/),
      'S3 public access': 'ok: is blocked',
      'S3 versioning': expect.stringMatching(/^ok: is on/),
      'S3 writing': expect.stringMatching(/^ok/),
    });
    expect(exitCode).toBe(0);
    // MiniStack's Firehose delivers at once.
    expect((await diagnose({})).found['landing bucket']).toMatch(/^ok: .*its newest object is 0 minutes old$/);
  });

  test('and tells of a loader that looks elsewhere', async () => {
    const { found, exitCode } = await diagnose({ TRAILGATE_LANDING_BUCKET: installation.filesBucket });
    expect(found.Firehose).toMatch(/^fail: .*the loader reads s3:\/\/.*Correct TRAILGATE_LANDING_BUCKET/);
    expect(exitCode).toBe(1);
  });
});

/** As the template says; MiniStack's CloudFormation passes it by. */
async function encrypt({ clients: { kinesis, s3 }, streamName, filesBucket }: Installation): Promise<void> {
  await kinesis.send(
    new StartStreamEncryptionCommand({ StreamName: streamName, EncryptionType: 'KMS', KeyId: 'alias/trailgate' }),
  );
  const byDefault = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'alias/trailgate' } as const;
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket: filesBucket,
      ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: byDefault }] },
    }),
  );
}
