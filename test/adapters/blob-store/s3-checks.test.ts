import type { IncomingMessage } from 'node:http';
import { judgeEncryption, judgePublicAccess, s3Checks } from '../../../src/adapters/blob-store/s3-checks.ts';
import { createS3Client } from '../../../src/adapters/blob-store/s3-client.ts';
import { type S3Rig, startS3rver } from '../../rigs/s3rver.ts';
import { findingsOf } from '../findings.ts';

let rig: S3Rig;
let bucket: string;
beforeAll(async () => {
  rig = await startS3rver();
  bucket = await rig.createBucket();
});
afterAll(() => rig.stop());
afterEach(() => rig.meddle(null));

const looking = (name = bucket, kmsKeyId: string | null = null) =>
  findingsOf(s3Checks({ client: createS3Client({ ...rig.clientConfig, maxAttempts: 1 }), bucket: name, kmsKeyId }));

/** s3rver tells no settings of a bucket: as S3's reference says it does. */
const settings = (answers: Readonly<Record<string, readonly [number, string]>>): void =>
  rig.meddle(({ url = '' }: IncomingMessage, response) => {
    const found = Object.entries(answers).find(([setting]) => url.includes(`?${setting}`));
    if (!found) return false;
    const [status, body] = found[1];
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
    return true;
  });
const error = (code: string): string => `<Error><Code>${code}</Code></Error>`;

const BLOCKED = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'];
const block = (names: readonly string[]): string =>
  `<PublicAccessBlockConfiguration>${names.map((name) => `<${name}>true</${name}>`).join('')}</PublicAccessBlockConfiguration>`;
const SSE =
  '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>' +
  '<KMSMasterKeyID>key-1</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>';

test('a bucket that is kept well', async () => {
  settings({
    encryption: [200, SSE],
    publicAccessBlock: [200, block(BLOCKED)],
    versioning: [200, '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'],
  });
  expect(await looking(bucket, 'alias/audit')).toEqual({
    'S3 bucket': `ok: ${bucket} is there`,
    'S3 encryption': 'ok: aws:kms by default, with key-1',
    'S3 public access': 'ok: is blocked',
    'S3 versioning': expect.stringMatching(/^ok: is on/),
  });
});

test('one that is not: what is missing is said', async () => {
  settings({
    encryption: [200, '<ServerSideEncryptionConfiguration/>'],
    publicAccessBlock: [404, error('NoSuchPublicAccessBlockConfiguration')],
    versioning: [200, '<VersioningConfiguration/>'],
  });
  expect(await looking()).toMatchObject({
    'S3 encryption': expect.stringMatching(/^warn: is off by default\. Set/),
    'S3 public access': expect.stringMatching(/^warn: is not wholly blocked/),
    'S3 versioning': expect.stringMatching(/^ok: is off: .*gone at once/),
  });
});

test('settings that this role may not see, or that the endpoint does not tell, are no fault', async () => {
  settings({ encryption: [403, error('AccessDenied')], publicAccessBlock: [403, error('AccessDenied')] });
  expect(await looking()).toMatchObject({
    'S3 bucket': expect.stringMatching(/^ok/),
    'S3 encryption': 'skip: was not told. To see it here, allow this role s3:GetEncryptionConfiguration.',
    'S3 public access': 'skip: was not told. To see it here, allow this role s3:GetBucketPublicAccessBlock.',
    'S3 versioning': expect.stringMatching(/^(skip: was not told \(\w+\)|ok: is off)/),
  });
});

test('a bucket that is not there is to be made, or its name corrected', async () => {
  expect((await looking('nowhere'))['S3 bucket']).toBe(
    'fail: The bucket nowhere does not exist. Create it, or correct its name in the settings.',
  );
});

test('of four settings against the public none may be missing', () => {
  const all = Object.fromEntries(BLOCKED.map((name) => [name, true]));
  expect(judgePublicAccess(all).status).toBe('ok');
  for (const name of BLOCKED) expect(judgePublicAccess({ ...all, [name]: false }).status).toBe('warn');
});

test('an encryption without a key of its own is one too', () => {
  const rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }];
  expect(judgeEncryption(rules, null)).toMatchObject({ status: 'ok', message: 'AES256 by default' });
});

test('a bucket with a key of KMS is to be written with one', () => {
  const rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: 'key-1' } }];
  expect(judgeEncryption(rules, 'key-1').status).toBe('ok');
  expect(judgeEncryption(rules, null)).toMatchObject({
    status: 'warn',
    message: expect.stringContaining('Set TRAILGATE_S3_KMS_KEY to key-1.'),
  });
});
