import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { doctorCommand } from '../../src/cli/doctor.ts';
import type { Finding } from '../../src/ports/checkup.ts';
import { bySubject } from '../adapters/findings.ts';
import { startTestApp } from '../api/running-app.ts';
import { type DynaliteRig, startDynalite } from '../rigs/dynalite.ts';
import { startKinesalite } from '../rigs/kinesalite.ts';
import { configFor, createStream, type KinesisEndpoint } from '../rigs/kinesis-endpoint.ts';
import { closedPort, type S3Rig, startS3rver } from '../rigs/s3rver.ts';
import { accountPrelude } from '../rigs/snowflake/account.ts';
import { RIG_PRIVATE_KEY, RIG_PUBLIC_KEY } from '../rigs/snowflake/opened.ts';
import { createSnowflakeRig, type SnowflakeRig } from '../rigs/snowflake/protocol-server.ts';
import { Captured } from './captured.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trailgate-doctor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Diagnosis {
  readonly found: Readonly<Record<string, string>>;
  readonly text: string;
  readonly exitCode: number | undefined;
}

async function diagnose(variables: Record<string, string>, args: readonly string[] = []): Promise<Diagnosis> {
  const out = new Captured();
  let exitCode: number | undefined;
  const command = doctorCommand({
    packageDirectory: process.cwd(),
    variables: { TRAILGATE_DATA_DIR: join(folder, 'data'), ...variables },
    out,
    exit: (code) => {
      exitCode = code;
    },
  });
  await command.parseAsync(['--json', ...args], { from: 'user' });
  const { findings } = JSON.parse(out.text) as { findings: Finding[] };
  return { found: bySubject(findings), text: out.text, exitCode };
}

describe('trailgate doctor on one machine', () => {
  test('before the first start: nothing fails, and nothing is made', async () => {
    const { found, exitCode } = await diagnose({});
    expect(exitCode).toBe(0);
    expect(Object.keys(found)).toEqual([
      'Node',
      'memory',
      'clock',
      'data directory',
      'installation key',
      'disk',
      'server',
      'embedded log',
      'DuckDB',
    ]);
    expect(() => rmSync(join(folder, 'data'), { recursive: true })).toThrow('ENOENT');
  });

  test('asks the server that owns the data, and leaves its files alone; opens them when it is gone', async () => {
    const port = await closedPort();
    const app = await startTestApp({ PORT: String(port) }, join(folder, 'data'));
    await app.ingest([{ eventType: 'LOGIN', action: 'LOGIN', userId: 'u', timestamp: new Date().toISOString() }]);
    const whileItRuns = await diagnose({ PORT: String(port) });
    const elsewhere = await diagnose({ PORT: String(await closedPort()) });
    const anywhere = await diagnose({ PORT: '0' });
    await app.stop();
    expect(whileItRuns.found).toMatchObject({
      server: `ok: process ${process.pid} owns the data directory and is ready (http://127.0.0.1:${port}/readyz)`,
      'embedded log': `skip: was not opened: process ${process.pid} has it`,
      DuckDB: `skip: was not opened: process ${process.pid} has it`,
    });
    expect(whileItRuns.exitCode).toBe(0);
    expect(elsewhere.found.server).toMatch(/^fail: .*nothing answers at .*Give this command the HOST and PORT/);
    expect(elsewhere.exitCode).toBe(1);
    expect(anywhere.found.server).toMatch(/^skip: .*PORT is 0/);
    const afterwards = await diagnose({});
    expect(afterwards.found).toMatchObject({
      server: 'ok: none runs on this data',
      'embedded log': expect.stringMatching(/^ok: 0\.00 of 20\.00 GiB, \d+ lines so far$/),
      DuckDB: expect.stringMatching(/^ok: opens with version/),
      schema: 'ok: is that of this version',
      'installation key': 'ok: is there and whole',
    });
    // Nothing of the doctor keeps the next server out.
    const again = await startTestApp({}, join(folder, 'data'));
    await again.stop();
  });

  test('says what is wrong with a mapping file', async () => {
    const mapping = join(folder, 'mapping.yaml');
    expect((await diagnose({ TRAILGATE_MAPPING: mapping })).found['mapping file']).toMatch(/^fail: .*ENOENT/);
    writeFileSync(mapping, 'nonsense: true\n');
    const { found, exitCode } = await diagnose({ TRAILGATE_MAPPING: mapping });
    expect(found['mapping file']).toMatch(/^fail: /);
    expect(exitCode).toBe(1);
  });

  test('tells each setting that is wrong, and looks at nothing else', async () => {
    const out = new Captured();
    let exitCode: number | undefined;
    await doctorCommand({
      packageDirectory: process.cwd(),
      variables: { PORT: 'abc', TRAILGATE_TIME_ZONE: 'Mars/Olympus' },
      out,
      exit: (code) => {
        exitCode = code;
      },
    }).parseAsync([], { from: 'user' });
    expect(out.text).toBe(
      'FAIL  settings            PORT: must be a whole number from 0 to 65535\n' +
        'FAIL  settings            TRAILGATE_TIME_ZONE: is no IANA time zone, for example Europe/Berlin\n' +
        '\n0 ok, 0 warnings, 2 failures\n',
    );
    expect(exitCode).toBe(1);
  });

  test('a data directory that is a file fails and does not keep the rest from being looked at', async () => {
    writeFileSync(join(folder, 'data'), '');
    const { found, exitCode } = await diagnose({});
    expect(exitCode).toBe(1);
    expect(found['data directory']).toMatch(/^fail: .*is no folder/);
    expect(found.Node).toMatch(/^(ok|warn)/);
    expect(found.DuckDB).toMatch(/^skip: was not opened: /);
  });
});

describe('trailgate doctor on AWS and Snowflake', () => {
  let kinesis: KinesisEndpoint;
  let s3: S3Rig;
  let dynamodb: DynaliteRig;
  let snowflake: SnowflakeRig;
  let variables: Record<string, string>;
  const before = { ...process.env };

  beforeAll(async () => {
    [kinesis, s3, dynamodb] = await Promise.all([startKinesalite(), startS3rver(), startDynalite()]);
    await createStream(kinesis.url, 'audit-events', 4);
    snowflake = await createSnowflakeRig({
      account: 'rig',
      user: 'TRAILGATE',
      publicKey: RIG_PUBLIC_KEY,
      roles: { TRAILGATE_READER: 'read', TRAILGATE_WRITER: 'write', TRAILGATE_OWNER: 'write' },
      prelude: accountPrelude(),
    });
    const nobody = `http://127.0.0.1:${await closedPort()}`;
    Object.assign(process.env, {
      AWS_CONFIG_FILE: '/dev/null',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
      AWS_ENDPOINT_URL_KINESIS: kinesis.url,
      AWS_ENDPOINT_URL_S3: s3.clientConfig.endpoint as string,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.clientConfig.endpoint as string,
      AWS_ENDPOINT_URL_FIREHOSE: nobody,
    });
    variables = {
      TRAILGATE_MODE: 'aws',
      TRAILGATE_KINESIS_STREAM: 'audit-events',
      TRAILGATE_KINESIS_BUCKETS: '8',
      TRAILGATE_INSTALLATION_KEY: 'ab'.repeat(32),
      TRAILGATE_BOOTSTRAP_KEY: 'k'.repeat(16),
      TRAILGATE_CONTROL_TABLE: await dynamodb.createTable(),
      TRAILGATE_S3_BUCKET: await s3.createBucket(),
      TRAILGATE_SNOWFLAKE_ACCOUNT: 'rig',
      TRAILGATE_SNOWFLAKE_URL: snowflake.url,
      TRAILGATE_SNOWFLAKE_USER: 'TRAILGATE',
    };
  });
  beforeEach(() => {
    const keyFile = join(folder, 'snowflake.p8');
    writeFileSync(keyFile, RIG_PRIVATE_KEY, { mode: 0o600 });
    variables.TRAILGATE_SNOWFLAKE_KEY_FILE = keyFile;
  });
  afterAll(async () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
    await Promise.all([kinesis.stop(), s3.stop(), dynamodb.stop(), snowflake.close()]);
  });

  /** Everything that the stream holds. */
  const linesOf = async (): Promise<string[]> => {
    const client = new KinesisClient(configFor(kinesis.url));
    const StreamName = 'audit-events';
    const found: string[] = [];
    for (const { ShardId } of (await client.send(new ListShardsCommand({ StreamName }))).Shards ?? []) {
      const { ShardIterator } = await client.send(
        new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
      );
      const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
      found.push(
        ...Records.flatMap(({ Data }) =>
          Buffer.from(Data ?? [])
            .toString()
            .trimEnd()
            .split('\n'),
        ),
      );
    }
    client.destroy();
    return found;
  };

  test('asks every engine, and writes nothing unless it is told to', async () => {
    const { found, exitCode } = await diagnose(variables);
    expect(found).toMatchObject({
      'AWS region': 'ok: us-east-1',
      'AWS credentials': 'ok: from environment variables',
      'Kinesis stream': expect.stringMatching(/^ok: .*ACTIVE$/),
      'Kinesis writing': 'skip: was not tried; with --write a ledger is opened and closed in every bucket',
      Firehose: expect.stringMatching(/^skip: was not looked for/),
      'control table': expect.stringMatching(/^ok/),
      'control writing': expect.stringMatching(/^skip: was not tried/),
      'S3 bucket': expect.stringMatching(/^ok/),
      'S3 writing': expect.stringMatching(/^skip: was not tried/),
      'Snowflake reader': expect.stringMatching(/^ok/),
      'Snowflake writer': expect.stringMatching(/^ok/),
    });
    expect(Object.entries(found).filter(([, message]) => message.startsWith('fail'))).toEqual([]);
    expect(exitCode).toBe(0);
    expect(found).not.toHaveProperty('DuckDB');
    expect(await linesOf()).toEqual([]);
  }, 30_000);

  test('--write tries the stream, the table and the bucket, and leaves a closed ledger and nothing else', async () => {
    const { found, exitCode } = await diagnose(variables, ['--write']);
    expect(found).toMatchObject({
      'Kinesis writing': expect.stringMatching(
        /^ok: is allowed; doctor-[0-9a-f]{12} opened and closed a ledger in 8 buckets$/,
      ),
      'control writing': 'ok: is allowed; a lease was taken and given back',
      'S3 writing': 'ok: is allowed; an object was put, read and removed',
    });
    expect(exitCode).toBe(0);
    const lines = (await linesOf()).map(
      (line) => JSON.parse(line) as { kind: string; seq: number; ledger: { state: string; bucket: number } },
    );
    expect(lines.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 16 }, (_, index) => index + 1),
    );
    for (const state of ['OPEN', 'CLOSED']) {
      const buckets = lines.filter(({ ledger }) => ledger.state === state).map(({ ledger }) => ledger.bucket);
      expect(buckets.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    }
    const puts = s3.requests
      .filter(({ method }) => method === 'PUT' || method === 'DELETE')
      .map(({ method, url }) => `${method} ${url?.split('/')[2]}`);
    expect(puts.slice(-2)).toEqual(['PUT doctor', 'DELETE doctor']);
  }, 30_000);

  test('faults in each are told side by side, exit code 1', async () => {
    const { found, exitCode } = await diagnose(
      {
        ...variables,
        TRAILGATE_KINESIS_STREAM: 'missing',
        TRAILGATE_CONTROL_TABLE: 'missing',
        TRAILGATE_S3_BUCKET: 'missing',
        TRAILGATE_SNOWFLAKE_WRITER_ROLE: 'NOBODY',
      },
      ['--write'],
    );
    expect(found).toMatchObject({
      'Kinesis stream': expect.stringMatching(/^fail: there is no stream missing/),
      'Kinesis writing': expect.stringMatching(/^fail: There is no Kinesis stream "missing"/),
      'control table': expect.stringMatching(/^fail: The DynamoDB table missing does not exist/),
      'control writing': expect.stringMatching(/^fail: The DynamoDB table missing does not exist/),
      'S3 bucket': expect.stringMatching(/^fail: The bucket missing does not exist/),
      'S3 writing': expect.stringMatching(/^fail: The bucket missing does not exist/),
      'Snowflake reader': expect.stringMatching(/^ok/),
      'Snowflake writer': expect.stringMatching(/^fail: TRAILGATE may not take the role NOBODY/),
    });
    expect(exitCode).toBe(1);
  }, 30_000);

  test('without a region each engine says so, and what to set', async () => {
    const { AWS_REGION: region } = process.env;
    delete process.env.AWS_REGION;
    const { found, exitCode } = await diagnose(variables);
    process.env.AWS_REGION = region;
    expect(exitCode).toBe(1);
    for (const subject of ['AWS region', 'Kinesis stream', 'control table', 'S3 bucket']) {
      expect([subject, found[subject]]).toEqual([subject, expect.stringMatching(/^fail: .*Set AWS_REGION/)]);
    }
    expect(found['AWS credentials']).toMatch(/^ok/);
  }, 30_000);

  test('looks at the landing bucket and at DuckDB where they stand behind Kinesis; no secret is told', async () => {
    const landing = await s3.createBucket();
    mkdirSync(join(folder, 'data'), { mode: 0o700 });
    const { found, text } = await diagnose({
      ...variables,
      TRAILGATE_WAREHOUSE: 'duckdb',
      TRAILGATE_LANDING_BUCKET: landing,
    });
    expect(found).toMatchObject({
      'landing bucket': expect.stringMatching(/^warn: .*nothing has landed there yet/),
      DuckDB: 'ok: is made at the first start',
    });
    expect(found).not.toHaveProperty('Snowflake reader');
    expect(found).not.toHaveProperty('embedded log');
    for (const secret of ['S3RVER', 'ab'.repeat(32), 'k'.repeat(16)]) expect(text).not.toContain(secret);
  }, 30_000);
});
