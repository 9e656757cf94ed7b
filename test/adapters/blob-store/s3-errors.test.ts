import type { IncomingMessage, ServerResponse } from 'node:http';
import { createS3BlobStore, type S3BlobStoreOptions } from '../../../src/adapters/blob-store/s3-blob-store.ts';
import { createS3Client } from '../../../src/adapters/blob-store/s3-client.ts';
import type { BlobStore } from '../../../src/ports/blob-store.ts';
import { aBody } from '../../contracts/blob-store.ts';
import { closedPort, type S3Rig, startS3rver } from '../../rigs/s3rver.ts';

let rig: S3Rig;
let bucket: string;
beforeAll(async () => {
  rig = await startS3rver();
  bucket = await rig.createBucket();
});
afterEach(() => rig.meddle(null));
afterAll(() => rig.stop());

const store = (options: Partial<S3BlobStoreOptions> = {}): BlobStore =>
  createS3BlobStore({ client: rig.client, bucket, encryption: { kind: 'SSE_S3' }, ...options });
const fail = (status: number, code: string) => (_: IncomingMessage, response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`);
  return true;
};

describe('S3 says what is wrong and what to do', () => {
  const everyWork = (missing: BlobStore): [string, () => Promise<unknown>][] => [
    ['put', () => missing.put('key', Buffer.from('x'))],
    ['put in parts', () => missing.put('key', aBody(9 * 1024 * 1024))],
    ['get', () => missing.get('key')],
    ['head', () => missing.head('key')],
    ['list', () => missing.list('')],
    ['remove', () => missing.remove('key')],
  ];
  const expectAll = async (of: BlobStore, expected: object): Promise<void> => {
    for (const [name, work] of everyWork(of)) {
      const error = await work().then(
        () => null,
        (cause: unknown) => cause,
      );
      expect([name, error]).toEqual([name, expect.objectContaining({ code: 'WAREHOUSE_UNAVAILABLE', ...expected })]);
    }
  };

  test('of a bucket that is not there', () =>
    expectAll(store({ bucket: 'nowhere' }), {
      retryable: false,
      message: 'The bucket nowhere does not exist. Create it, or correct its name in the settings.',
    }));

  test.each([
    [403, 'AccessDenied', false, 'Allow this role'],
    [403, 'InvalidAccessKeyId', false, 'credentials'],
    [400, 'ExpiredToken', false, 'credentials'],
    [301, 'PermanentRedirect', false, 'another region'],
    [400, 'KMS.DisabledException', false, 'Enable it'],
    [400, 'InvalidRequest', false, 'InvalidRequest'],
    [503, 'SlowDown', true, 'Try again later'],
    [500, 'InternalError', true, 'Try again later'],
  ])('of %i %s', async (status, code, retryable, words) => {
    rig.meddle(fail(status, code));
    const impatient = store({ client: createS3Client({ ...rig.clientConfig, maxAttempts: 1 }) });
    const message = expect.stringMatching(new RegExp(`${bucket}.*${words}`));
    await expect(impatient.list('')).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE', retryable, message });
    await expect(impatient.put('key', Buffer.from('x'))).rejects.toMatchObject({ retryable, message });
  });

  test('of access denied where the answer has no body', async () => {
    rig.meddle((_, response) => {
      response.writeHead(403).end();
      return true;
    });
    await expect(store().head('key')).rejects.toMatchObject({
      code: 'WAREHOUSE_UNAVAILABLE',
      retryable: false,
      message: expect.stringContaining('denied'),
    });
  });

  test('of an endpoint where nobody listens', async () => {
    const endpoint = `http://127.0.0.1:${await closedPort()}`;
    const client = createS3Client({ ...rig.clientConfig, endpoint, maxAttempts: 2 });
    await expectAll(store({ client }), { retryable: true, message: expect.stringContaining('cannot be reached') });
  });

  test('of credentials that are not there', async () => {
    const client = createS3Client({
      ...rig.clientConfig,
      credentials: () => Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' })),
    });
    await expectAll(store({ client }), { retryable: false, message: expect.stringContaining('credentials') });
  });
});
