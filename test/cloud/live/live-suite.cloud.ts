import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { createS3Client } from '../../../src/adapters/blob-store/s3-client.ts';
import { readSqlFile } from '../../../src/adapters/warehouse/sql-files.ts';
import { type DynaliteRig, startDynalite } from '../../rigs/dynalite.ts';
import { startKinesalite } from '../../rigs/kinesalite.ts';
import { createStream, type KinesisEndpoint } from '../../rigs/kinesis-endpoint.ts';
import { type Ministack, startMinistack } from '../../rigs/ministack.ts';
import { RIG_PRIVATE_KEY, RIG_PUBLIC_KEY } from '../../rigs/snowflake/opened.ts';
import { createSnowflakeRig, type SnowflakeRig } from '../../rigs/snowflake/protocol-server.ts';

const ROOT = join(__dirname, '..', '..', '..');

interface Run {
  readonly exitCode: number | null;
  readonly said: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** `npm run test:live` with these variables and none of ours. */
function runLive(variables: Readonly<Record<string, string>>): Promise<Run> {
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', 'test:live'], { cwd: ROOT, env: { PATH, HOME, ...variables } });
    let said = '';
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    child.once('error', reject);
    child.once('close', (exitCode) => {
      const [, passed, failed, skipped] = /(\d+) passed, (\d+) failed, (\d+) skipped/.exec(said) ?? [];
      resolve({ exitCode, said, passed: Number(passed), failed: Number(failed), skipped: Number(skipped) });
    });
  });
}

describe('the live suite', () => {
  test('without an account skips everything, says so of each engine, and does not fail', async () => {
    const { exitCode, said, passed, failed, skipped } = await runLive({});
    expect({ exitCode, passed, failed }).toEqual({ exitCode: 0, passed: 0, failed: 0 });
    expect(skipped).toBeGreaterThan(100);
    for (const [engine, variable] of [
      ['Kinesis, polled', 'TRAILGATE_LIVE_KINESIS_STREAM'],
      ['Kinesis, by enhanced fan-out', 'TRAILGATE_LIVE_KINESIS_STREAM, TRAILGATE_LIVE_KINESIS_CONSUMER'],
      ['S3', 'TRAILGATE_LIVE_S3_BUCKET'],
      ['DynamoDB', 'TRAILGATE_LIVE_CONTROL_TABLE'],
      ['Snowflake', 'TRAILGATE_LIVE_SNOWFLAKE_ACCOUNT'],
    ]) {
      expect(said).toContain(`SKIPPED: ${engine} was not tried. Set ${variable}`);
    }
  }, 120_000);

  describe('pointed at emulators', () => {
    let kinesis: KinesisEndpoint;
    /** For S3: s3rver does not list the uploads that are under way. */
    let ministack: Ministack;
    let s3: S3Client;
    let dynamodb: DynaliteRig;
    let snowflake: SnowflakeRig;
    const folder = mkdtempSync(join(tmpdir(), 'trailgate-live-'));

    beforeAll(async () => {
      [kinesis, ministack, dynamodb] = await Promise.all([startKinesalite(), startMinistack(), startDynalite()]);
      s3 = createS3Client({ ...ministack.client, forcePathStyle: true });
      await createStream(kinesis.url, 'live', 2);
      const catalogue = readSqlFile(join(ROOT, 'sql', 'duckdb', 'catalogue.sql'), { TIME_ZONE: 'UTC' });
      snowflake = await createSnowflakeRig({
        account: 'rig',
        user: 'TRAILGATE',
        publicKey: RIG_PUBLIC_KEY,
        roles: { TRAILGATE_READER: 'read', TRAILGATE_WRITER: 'write', TRAILGATE_OWNER: 'write' },
        prelude: catalogue.statements.map((statement) => statement().sql),
      });
    });
    afterAll(async () => {
      s3?.destroy();
      await Promise.all([kinesis?.stop(), ministack?.stop(), dynamodb?.stop(), snowflake?.close()]);
      rmSync(folder, { recursive: true, force: true });
    });

    test('runs every suite but fan-out, which they do not have, and leaves nothing behind', async () => {
      const keyFile = join(folder, 'key.p8');
      writeFileSync(keyFile, RIG_PRIVATE_KEY, { mode: 0o600 });
      const [bucket, table] = ['live-bucket', await dynamodb.createTable()];
      await s3.send(new CreateBucketCommand({ Bucket: bucket }));
      const run = await runLive({
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_ENDPOINT_URL_KINESIS: kinesis.url,
        AWS_ENDPOINT_URL_S3: ministack.endpoint,
        AWS_ENDPOINT_URL_DYNAMODB: dynamodb.clientConfig.endpoint as string,
        TRAILGATE_LIVE_KINESIS_STREAM: 'live',
        TRAILGATE_LIVE_S3_BUCKET: bucket,
        TRAILGATE_LIVE_CONTROL_TABLE: table,
        TRAILGATE_LIVE_SNOWFLAKE_ACCOUNT: 'rig',
        TRAILGATE_LIVE_SNOWFLAKE_URL: snowflake.url,
        TRAILGATE_LIVE_SNOWFLAKE_USER: 'TRAILGATE',
        TRAILGATE_LIVE_SNOWFLAKE_KEY_FILE: keyFile,
        TRAILGATE_LIVE_SNOWFLAKE_DATABASE: 'AUDIT_DW',
      });
      expect(run.said).not.toMatch(/SKIPPED: (S3|DynamoDB|Snowflake|Kinesis, polled)/);
      expect({ ...run, said: run.exitCode === 0 ? '' : run.said }).toMatchObject({ exitCode: 0, failed: 0, said: '' });
      expect(run.passed).toBeGreaterThan(100);
      const objects = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      const items = await dynamodb.client.send(new ScanCommand({ TableName: table }));
      expect([objects.Contents ?? [], items.Items]).toEqual([[], []]);
      const dropped = snowflake.statements.filter(({ sql }) => /^drop schema/i.test(sql));
      expect(dropped.map(({ sql }) => sql)).toEqual([
        expect.stringMatching(/^drop schema if exists AUDIT_DW\.TRAILGATE_LIVE_/),
      ]);
      expect(snowflake.openSessions()).toBe(0);
    }, 600_000);

    test('fails where an engine does, and names it', async () => {
      const run = await runLive({
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_ENDPOINT_URL_DYNAMODB: dynamodb.clientConfig.endpoint as string,
        TRAILGATE_LIVE_CONTROL_TABLE: 'nowhere',
      });
      expect(run.exitCode).not.toBe(0);
      expect(run.said).toContain('The DynamoDB table nowhere does not exist');
    }, 120_000);
  });
});
