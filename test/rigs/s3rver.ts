import crypto from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { CreateBucketCommand, type S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import S3rver from 's3rver';
import { createS3Client } from '../../src/adapters/blob-store/s3-client.ts';

/** True when it answers the request itself; it may also change how s3rver's answer goes out. */
export type Meddler = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface S3Rig {
  readonly clientConfig: S3ClientConfig;
  readonly client: S3Client;
  /** Answers its name. */
  createBucket(): Promise<string>;
  /** Parts of uploads that are neither completed nor aborted. */
  openUploads(bucket: string): readonly string[];
  /** Every request since the start. */
  readonly requests: readonly IncomingMessage[];
  /** Stands before s3rver until the next call. */
  meddle(meddler: Meddler | null): void;
  /** Objects that one answer of a listing holds at most; S3 promises no number. */
  pageKeys: number;
  stop(): Promise<void>;
}

/** s3rver 3.7.1 on a free port of the loopback interface, put right where it differs from S3. */
export async function startS3rver(): Promise<S3Rig> {
  const directory = mkdtempSync(join(tmpdir(), 'trailgate-s3rver-'));
  const s3rver = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets: [] });
  const endCipher = withCipherOfTokens();
  repairWrites(s3rver);
  const { port } = await s3rver.run();

  const requests: IncomingMessage[] = [];
  let meddler: Meddler | null = null;
  const [answer] = s3rver.httpServer.listeners('request') as ((req: IncomingMessage, res: ServerResponse) => void)[];
  s3rver.httpServer.removeAllListeners('request');
  s3rver.httpServer.on('request', (request: IncomingMessage, response: ServerResponse) => {
    requests.push(request);
    if (meddler?.(request, response)) return;
    if (isAbort(request)) abortUpload(s3rver, request, response);
    else answer?.(request, response);
  });

  const clientConfig: S3ClientConfig = {
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  };
  const client = createS3Client(clientConfig);
  let buckets = 0;
  const rig: S3Rig = {
    clientConfig,
    client,
    createBucket: async () => {
      buckets += 1;
      const name = `bucket-${buckets}`;
      await client.send(new CreateBucketCommand({ Bucket: name }));
      return name;
    },
    openUploads: (bucket) => namesIn(s3rver.store.getResourcePath(bucket, undefined, 'uploads')),
    requests,
    meddle: (next) => {
      meddler = next;
    },
    pageKeys: 1_000,
    stop: async () => {
      client.destroy();
      s3rver.httpServer.closeAllConnections();
      await s3rver.close();
      endCipher();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  repairListing(s3rver, () => rig.pageKeys);
  return rig;
}

/** A port where nobody listens. */
export async function closedPort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Lets this many bytes of a body out, then breaks the connection. */
export const breakAfter = (bytes: number, response: ServerResponse): void =>
  cut(bytes, response, () => response.socket?.end(() => response.socket?.destroy()));

/** Lets this many bytes of a body out and never another one. */
export const haltAfter = (bytes: number, response: ServerResponse): void => cut(bytes, response, () => undefined);

function cut(bytes: number, response: ServerResponse, then: () => void): void {
  const write = response.write.bind(response) as (chunk: Buffer) => boolean;
  let left = bytes;
  response.write = ((chunk: Buffer) => {
    left -= chunk.length;
    if (left >= 0) return write(chunk);
    write(chunk.subarray(0, chunk.length + left));
    then();
    response.write = () => false;
    return false;
  }) as ServerResponse['write'];
}

/** s3rver makes its continuation tokens with a cipher that Node no longer has, and fails; nobody reads them here. */
function withCipherOfTokens(): () => void {
  const { createCipheriv } = crypto;
  crypto.createCipheriv = ((name: string, key: Buffer, iv: Buffer) =>
    name === 'des'
      ? createCipheriv('aes-128-cbc', Buffer.alloc(16, key), Buffer.alloc(16, iv))
      : createCipheriv(name, key, iv)) as typeof createCipheriv;
  return () => {
    crypto.createCipheriv = createCipheriv;
  };
}

/** s3rver lists in the order of its files, which bear a suffix, and compares keys as UTF-16. */
function repairListing({ store }: S3rver, pageKeys: () => number): void {
  const listObjects = store.listObjects.bind(store);
  store.listObjects = async (bucket, { delimiter = '', startAfter = '', prefix = '', maxKeys = 1_000 }) => {
    const { objects: listed } = await listObjects(bucket, { prefix });
    const folderOf = (key: string): string => {
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return end === -1 ? '' : key.slice(0, end + delimiter.length);
    };
    const objects = listed.filter(({ key }) => folderOf(key) === '');
    const commonPrefixes = [...new Set(listed.map(({ key }) => folderOf(key)))]
      .filter((folder) => folder !== '')
      .sort();
    const bytes = (text: string): Buffer => Buffer.from(text);
    const behind = objects
      .filter(({ key }) => bytes(key).compare(bytes(startAfter)) > 0)
      .sort((one, other) => bytes(one.key).compare(bytes(other.key)));
    const page = behind.slice(0, Math.min(maxKeys, pageKeys()));
    return { objects: page, commonPrefixes, isTruncated: page.length < behind.length };
  };
}

/** s3rver answers when it has read a body, which its file may hold somewhat later. */
function repairWrites({ store }: S3rver): void {
  const putObject = store.putObject.bind(store);
  store.putObject = async (object) => {
    const stored = await putObject(object);
    await isWritten(store.getResourcePath(object.bucket, object.key, 'object'), stored.size);
    return stored;
  };
  const putPart = store.putPart.bind(store);
  store.putPart = async (bucket, uploadId, part, content) => {
    const stored = await putPart(bucket, uploadId, part, content);
    await isWritten(join(store.getResourcePath(bucket, undefined, 'uploads'), uploadId, part), stored.size);
    return stored;
  };
}

async function isWritten(file: string, bytes: number): Promise<void> {
  for (const until = Date.now() + 10_000; statSync(file).size < bytes; ) {
    if (Date.now() > until) throw new Error('s3rver did not write a body to its end');
    await setImmediate();
  }
}

const isAbort = ({ method, url = '' }: IncomingMessage): boolean => method === 'DELETE' && url.includes('uploadId=');

/** Unknown to s3rver. */
function abortUpload({ store }: S3rver, { url = '' }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const bucket = pathname.split('/')[1] as string;
  const uploads = store.getResourcePath(bucket, undefined, 'uploads');
  rmSync(join(uploads, searchParams.get('uploadId') as string), { recursive: true });
  response.writeHead(204).end();
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
