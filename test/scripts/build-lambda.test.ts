import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { crc32, inflateRawSync } from 'node:zlib';
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createSeal } from '../../src/domain/seal.ts';
import { aModify, anExpiry, anInsert, anItem, aRemove, s } from '../ingest/dynamodb-records.ts';
import { startKinesalite } from '../rigs/kinesalite.ts';
import type { KinesisEndpoint } from '../rigs/kinesis-endpoint.ts';

const ROOT = join(__dirname, '..', '..');
const KEY = '0f'.repeat(32);
const SHARD = 'shardId-000000000000';

let directory: string;
let built: string;
let endpoint: KinesisEndpoint;
let client: KinesisClient;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailgate-lambda-'));
  built = join(directory, 'built');
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'build-lambda.mjs'), built], { stdio: 'pipe' });
  endpoint = await startKinesalite();
  client = new KinesisClient({
    endpoint: endpoint.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: new NodeHttpHandler(),
  });
}, 60_000);
afterAll(async () => {
  client.destroy();
  await endpoint.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function createStream(name: string): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 }));
  await waitUntilStreamExists({ client, minDelay: 0.02, maxDelay: 0.1, maxWaitTime: 10 }, { StreamName: name });
}

interface Line {
  readonly kind: string;
  readonly node: string;
  readonly seq: number;
  readonly ledger?: { readonly bucket: number; readonly state: string };
  readonly event?: { readonly eventId: string; readonly userPseudonym: string };
}

async function linesOf(stream: string): Promise<Line[]> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName: stream, ShardId: SHARD, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records: records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return records.flatMap(({ Data: data = new Uint8Array() }) =>
    Buffer.from(data)
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line),
  );
}

/** Invokes the bundle as Lambda's runtime does: nothing else is there, and one process serves all batches. */
async function invoke(stream: string, batches: readonly (readonly unknown[])[], more: Record<string, string> = {}) {
  const program = `
    const { handler } = await import(${JSON.stringify(join(built, 'index.mjs'))});
    const answers = [];
    for (const Records of JSON.parse(process.argv[1])) {
      const endsAt = Date.now() + 10_000;
      const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => endsAt - Date.now() };
      answers.push(await handler({ Records }, context).catch((error) => ({ error: error.message })));
    }
    process.stdout.write(JSON.stringify({ answers }) + '\\n');
    process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, JSON.stringify(batches)], {
    cwd: mkdtempSync(join(directory, 'cwd-')),
    env: {
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_KINESIS: endpoint.url,
      TRAILGATE_KINESIS_STREAM: stream,
      TRAILGATE_KINESIS_BUCKETS: '4',
      TRAILGATE_INSTALLATION_KEY: KEY,
      ...more,
    },
    timeout: 30_000,
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const lines = out.trimEnd().split('\n');
  try {
    const { answers } = JSON.parse(lines.at(-1) ?? '') as { answers: unknown[] };
    return { answers, metrics: lines.slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>) };
  } catch {
    throw new Error(`the bundle did not answer: ${out}\n${err}`);
  }
}

describe('the bundle of the Lambda', () => {
  test('is one file, and the same in a zip far below 10 MB', () => {
    expect(readdirSync(built)).toEqual(['index.mjs']);
    const archive = readFileSync(`${built}.zip`);
    expect(archive.length).toBeLessThan(10_000_000);
    const nameLength = archive.readUInt16LE(26);
    expect(archive.toString('utf8', 30, 30 + nameLength)).toBe('index.mjs');
    const content = inflateRawSync(archive.subarray(30 + nameLength, 30 + nameLength + archive.readUInt32LE(18)));
    expect(content.equals(readFileSync(join(built, 'index.mjs')))).toBe(true);
    expect(archive.readUInt32LE(14)).toBe(crc32(content));
  });

  test('is the same, byte for byte, when it is built again', () => {
    const again = join(directory, 'again');
    execFileSync(process.execPath, [join(ROOT, 'scripts', 'build-lambda.mjs'), again], { stdio: 'pipe' });
    expect(readFileSync(`${again}.zip`).equals(readFileSync(`${built}.zip`))).toBe(true);
  });

  test('holds nothing native and no engine of the gateway', () => {
    const code = readFileSync(join(built, 'index.mjs'), 'utf8');
    expect(code).not.toMatch(/from ?["'](?:lmdb|@duckdb\/node-api|snowflake-sdk)["']|\.node["']\)/);
  });

  test('makes batches durable in Kinesis, its ledger open only while it runs', async () => {
    await createStream('batches');
    const records = [anInsert(anItem({ event_id: s('a') })), anExpiry(), aModify(), aRemove(), null];
    const { answers, metrics } = await invoke('batches', [records, [anInsert(anItem({ event_id: s('b') }))]]);
    expect(answers).toEqual([{ batchItemFailures: [] }, { batchItemFailures: [] }]);
    expect(metrics).toMatchObject([
      { records: 5, accepted: 3, rejected: 1, skippedByTtl: 1, failures: 0 },
      { records: 1, accepted: 1, rejected: 0, skippedByTtl: 0, failures: 0 },
    ]);
    const lines = (await linesOf('batches')).sort((a, b) => a.seq - b.seq);
    expect(new Set(lines.map(({ node }) => node)).size).toBe(1);
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
    const states = lines.map(({ kind, ledger }) => ledger?.state ?? kind).join(' ');
    expect(states).toMatch(/^(OPEN ){4}((EVENT|REJECTED) ){4}(CLOSED ){4}(OPEN ){4}EVENT (CLOSED ?){4}$/);
    const events = lines.flatMap(({ event }) => (event ? [event] : []));
    expect(events.map(({ eventId }) => eventId).sort()).toEqual(
      ['a', 'b', (records[2] as { eventID: string }).eventID, (records[3] as { eventID: string }).eventID].sort(),
    );
    const { pseudonymOf } = createSeal(Buffer.from(KEY, 'hex'));
    expect(events.find(({ eventId }) => eventId === 'a')?.userPseudonym).toBe(pseudonymOf('u-1'));
  });

  test('answers with the first record when there is no such stream', async () => {
    const record = anInsert();
    const { answers, metrics } = await invoke('missing', [[anExpiry(), record]]);
    expect(answers).toEqual([{ batchItemFailures: [{ itemIdentifier: record.dynamodb.SequenceNumber }] }]);
    expect(metrics).toMatchObject([{ failures: 1, notes: [expect.stringContaining('missing')] }]);
  });

  test('says which setting is wrong', async () => {
    const { answers } = await invoke('any', [[anInsert()]], { TRAILGATE_INSTALLATION_KEY: 'short' });
    expect(answers).toEqual([{ error: expect.stringContaining('TRAILGATE_INSTALLATION_KEY: must be 32 bytes') }]);
  });
});
