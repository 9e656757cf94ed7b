import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createS3BlobStore, type S3BlobStoreOptions } from '../../../src/adapters/blob-store/s3-blob-store.ts';
import { createS3Client } from '../../../src/adapters/blob-store/s3-client.ts';
import type { BlobStore } from '../../../src/ports/blob-store.ts';
import { aBody, describeBlobStore } from '../../contracts/blob-store.ts';
import { breakAfter, haltAfter, type S3Rig, startS3rver } from '../../rigs/s3rver.ts';

const MIB = 1024 * 1024;
const encryption = { kind: 'SSE_S3' } as const;

let rig: S3Rig;
beforeAll(async () => {
  rig = await startS3rver();
});
afterAll(() => rig.stop());

describeBlobStore('s3rver', async () => {
  const bucket = await rig.createBucket();
  return {
    blobs: createS3BlobStore({ client: rig.client, bucket, encryption }),
    leftovers: async () => rig.openUploads(bucket),
    links: true,
    remove: async () => undefined,
  };
});

describe('S3', () => {
  let bucket: string;
  let blobs: BlobStore;
  const store = (options: Partial<S3BlobStoreOptions> = {}): BlobStore =>
    createS3BlobStore({ client: rig.client, bucket, encryption, ...options });
  beforeEach(async () => {
    bucket = await rig.createBucket();
    blobs = store();
  });
  afterEach(() => {
    rig.meddle(null);
    rig.pageKeys = 1_000;
  });

  const fail = (status: number, code: string) => (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`);
    return true;
  };
  const requestsTo = (part: string) => rig.requests.filter(({ url }) => url?.includes(part));

  test('keeps to its prefix', async () => {
    const archive = store({ prefix: 'archive/' });
    await blobs.put('archive', Buffer.from('x'));
    await blobs.put('reports/key', Buffer.from('x'));
    for (const key of ['a', 'b', 'c']) await archive.put(key, Buffer.from(key));
    expect((await archive.list('')).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect((await archive.list('', { after: 'a', limit: 1 })).map(({ key }) => key)).toEqual(['b']);
    expect((await blobs.list('archive/')).map(({ key }) => key)).toEqual(['archive/a', 'archive/b', 'archive/c']);
    expect((await buffer(await archive.get('b'))).toString()).toBe('b');
    expect(await archive.head('b')).toMatchObject({ key: 'b', bytes: 1 });
    expect(await (await fetch((await archive.link('c', 60)) as string)).text()).toBe('c');
    await archive.remove('b');
    expect(await blobs.head('archive/b')).toBeNull();
    expect(() => store({ prefix: 'archive' })).toThrow('must end with a slash');
  });

  test.each([
    ['SSE_S3', { kind: 'SSE_S3' }, { 'x-amz-server-side-encryption': 'AES256' }],
    ['SSE_KMS', { kind: 'SSE_KMS', keyId: null }, { 'x-amz-server-side-encryption': 'aws:kms' }],
    [
      'SSE_KMS with a key',
      { kind: 'SSE_KMS', keyId: 'alias/audit' },
      { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': 'alias/audit' },
    ],
  ] as const)('asks for %s, of small and of large objects', async (_, kind, headers) => {
    const encrypting = store({ encryption: kind });
    await encrypting.put('small', Buffer.from('x'));
    await encrypting.put('large', aBody(9 * MIB));
    const [small] = requestsTo(`/${bucket}/small`);
    const [large] = requestsTo(`/${bucket}/large?uploads`);
    expect(small?.headers).toMatchObject(headers);
    expect(large?.headers).toMatchObject(headers);
  });

  test('goes on where an answer of a listing ends early', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(keys.map((key) => blobs.put(key, Buffer.from(key))));
    rig.pageKeys = 2;
    expect((await blobs.list('')).map(({ key }) => key)).toEqual(keys);
    expect((await blobs.list('', { limit: 3 })).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });

  test('reads from the source no further than the parts on their way', async () => {
    const held: (() => void)[] = [];
    let arrived: () => void = () => undefined;
    const bothArrived = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    rig.meddle(({ url }, response) => {
      if (!url?.includes('partNumber=')) return false;
      const end = response.end.bind(response) as () => ServerResponse;
      response.end = ((...args: Parameters<typeof end>) => {
        held.push(() => end(...args));
        if (held.length === 2) arrived();
        return response;
      }) as ServerResponse['end'];
      return false;
    });
    let read = 0;
    async function* source(): AsyncGenerator<Buffer> {
      const chunk = Buffer.alloc(MIB / 4);
      for (; read < 40 * MIB; read += chunk.length) yield chunk;
    }
    const stored = blobs.put('big', Readable.from(source(), { highWaterMark: 1 }));
    await bothArrived;
    for (let turn = 0; turn < 100; turn += 1) await setImmediate();
    expect(read).toBeLessThanOrEqual(18 * MIB);
    rig.meddle(null);
    for (const release of held) release();
    expect(await stored).toBe(40 * MIB);
    expect(await blobs.head('big')).toMatchObject({ bytes: 40 * MIB });
  });

  test.each(['partNumber=2', 'uploadId='])('an upload that S3 refuses at %s leaves nothing', async (part) => {
    await blobs.put('key', Buffer.from('former'));
    rig.meddle((request, response) =>
      request.method !== 'DELETE' && request.url?.includes(part) ? fail(400, 'InvalidPart')(request, response) : false,
    );
    await expect(blobs.put('key', aBody(20 * MIB))).rejects.toMatchObject({
      code: 'WAREHOUSE_UNAVAILABLE',
      retryable: false,
      message: expect.stringContaining('InvalidPart'),
    });
    expect(rig.openUploads(bucket)).toEqual([]);
    expect((await buffer(await blobs.get('key'))).toString()).toBe('former');
  });

  test('a request that fails for a moment is sent again', async () => {
    let failures = 0;
    rig.meddle((request, response) => {
      failures += 1;
      return failures <= 1 ? fail(500, 'InternalError')(request, response) : false;
    });
    expect(await blobs.put('key', Buffer.from('x'))).toBe(1);
    expect(failures).toBe(2);
  });

  describe('a body that breaks off', () => {
    const gets = () => requestsTo(`/${bucket}/big`).filter(({ method }) => method === 'GET');
    beforeEach(() => blobs.put('big', aBody(4 * MIB)));

    test.each(['without', 'with'])('is read on from where it broke, %s a checksum of the answer', async (checksum) => {
      rig.meddle((request, response) => {
        if (request.method !== 'GET') return false;
        if (gets().length > 3) return false;
        if (checksum === 'with') response.setHeader('x-amz-checksum-crc32', 'AAAAAA==');
        breakAfter(MIB, response);
        return false;
      });
      const whole = await buffer(await blobs.get('big'));
      expect(whole.equals(await buffer(aBody(4 * MIB)))).toBe(true);
      expect(gets().map(({ headers }) => headers.range)).toEqual([
        undefined,
        expect.stringMatching(/^bytes=\d+-$/),
        expect.stringMatching(/^bytes=\d+-$/),
        expect.stringMatching(/^bytes=\d+-$/),
      ]);
      expect(gets().at(-1)?.headers['if-match']).toMatch(/^"[0-9a-f]{32}"$/);
    });

    test('is read on where it comes to a standstill', async () => {
      const requestHandler = new NodeHttpHandler({ socketTimeout: 500 });
      const client = createS3Client({ ...rig.clientConfig, requestHandler });
      rig.meddle(({ method }, response) => {
        if (method === 'GET' && gets().length === 1) haltAfter(MIB, response);
        return false;
      });
      const whole = await buffer(await store({ client }).get('big'));
      expect(whole.equals(await buffer(aBody(4 * MIB)))).toBe(true);
      // On a machine that is busy, the second one may stand still too.
      expect(gets().length).toBeGreaterThanOrEqual(2);
      client.destroy();
    });

    test('is an error when no more of it comes, never a short body', async () => {
      rig.meddle(({ method }, response) => {
        if (method === 'GET') breakAfter(gets().length === 1 ? MIB : 0, response);
        return false;
      });
      await expect(buffer(await blobs.get('big'))).rejects.toMatchObject({
        code: 'WAREHOUSE_UNAVAILABLE',
        retryable: true,
        message: expect.stringContaining('big'),
      });
      expect(gets().length).toBe(3);
    });

    test('is an error when the object was replaced meanwhile, never a mixture', async () => {
      let replacing: Promise<unknown> | null = null;
      rig.meddle(({ method }, response) => {
        if (method !== 'GET' || replacing) return false;
        breakAfter(MIB, response);
        replacing = new Promise((resolve) => response.once('close', resolve)).then(() =>
          blobs.put('big', Buffer.alloc(4 * MIB, 'x')),
        );
        return false;
      });
      const body = await blobs.get('big');
      await replacing;
      await expect(buffer(body)).rejects.toMatchObject({
        code: 'WAREHOUSE_UNAVAILABLE',
        retryable: true,
        message: expect.stringContaining('replaced'),
      });
    });

    test('is an error when its bytes are not those that were stored', async () => {
      rig.meddle(({ method }, response) => {
        if (method === 'GET') response.setHeader('x-amz-checksum-crc32', 'AAAAAA==');
        return false;
      });
      await expect(buffer(await blobs.get('big'))).rejects.toMatchObject({
        code: 'WAREHOUSE_UNAVAILABLE',
        retryable: true,
        message: expect.stringContaining('damaged'),
      });
      expect(gets().length).toBe(1);
    });
  });

  test('a link ends when its time is over, and takes no longer time than S3 allows', async () => {
    await blobs.put('key', Buffer.from('x'));
    const link = new URL((await blobs.link('key', 60)) as string);
    expect(link.searchParams.get('X-Amz-Expires')).toBe('60');
    // Not signed again, which s3rver does not look at; a link of two minutes ago.
    const past = new Date(Date.now() - 120_000).toISOString().replace(/[-:]|\.\d+/g, '');
    link.searchParams.set('X-Amz-Date', past);
    expect((await fetch(link)).status).toBe(403);
    for (const seconds of [0, -1, Number.NaN, 7 * 24 * 60 * 60 + 1]) {
      await expect(blobs.link('key', seconds)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    }
  });

  test('reads objects whose keys it would not write', async () => {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    await rig.client.send(new PutObjectCommand({ Bucket: bucket, Key: 'events/.hidden', Body: 'x' }));
    expect((await blobs.list('events/')).map(({ key }) => key)).toEqual(['events/.hidden']);
    expect((await buffer(await blobs.get('events/.hidden'))).toString()).toBe('x');
  });
});
