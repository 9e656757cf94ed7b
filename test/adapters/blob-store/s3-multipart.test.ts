import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { CreateBucketCommand, DeleteBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { createS3BlobStore } from '../../../src/adapters/blob-store/s3-blob-store.ts';
import { createS3Client } from '../../../src/adapters/blob-store/s3-client.ts';
import { aBody } from '../../contracts/blob-store.ts';

/**
 * fauxqs knows what s3rver does not: it aborts uploads, refuses to remove a bucket where one is under way, and checks the
 * order, sizes and tags of parts. It is an ES module, so that it runs as a process of its own.
 */
const SERVER = `import { startFauxqs } from 'fauxqs';
const { port } = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
console.log(port);`;

const MIB = 1024 * 1024;
let child: ChildProcess;
let client: S3Client;
const Bucket = 'audit';

beforeAll(async () => {
  child = spawn(process.execPath, ['--input-type=module', '-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [port] = (await once(lines, 'line')) as [string];
  client = createS3Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
});
afterAll(async () => {
  client?.destroy();
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
});
beforeEach(() => client.send(new CreateBucketCommand({ Bucket })));

const store = () => createS3BlobStore({ client, bucket: Bucket, encryption: { kind: 'SSE_S3' } });

test('an upload in parts is complete, and nothing is left of it', async () => {
  expect(await store().put('big', aBody(20 * MIB))).toBe(20 * MIB);
  expect((await buffer(await store().get('big'))).equals(await buffer(aBody(20 * MIB)))).toBe(true);
  await store().remove('big');
  await client.send(new DeleteBucketCommand({ Bucket }));
});

test.each([0, 1, 17])('of an upload that fails behind %i MiB nothing is left', async (mib) => {
  await expect(store().put('big', aBody(18 * MIB, mib * MIB))).rejects.toThrow('the source failed');
  await client.send(new DeleteBucketCommand({ Bucket }));
});

test('of those that write one key at once, one is there whole, and nothing of the others', async () => {
  const bytes = [9 * MIB, 10 * MIB, 17 * MIB];
  await Promise.all(bytes.map((size) => store().put('key', aBody(size))));
  const found = await buffer(await store().get('key'));
  expect(bytes).toContain(found.length);
  expect(found.equals(await buffer(aBody(found.length)))).toBe(true);
  await store().remove('key');
  await client.send(new DeleteBucketCommand({ Bucket }));
});
