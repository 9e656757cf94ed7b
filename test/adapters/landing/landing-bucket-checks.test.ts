import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createS3Client } from '../../../src/adapters/blob-store/s3-client.ts';
import { judgeNewest, landingBucketChecks } from '../../../src/adapters/landing/landing-bucket-checks.ts';
import { closedPort, type S3Rig, startS3rver } from '../../rigs/s3rver.ts';
import { findingsOf } from '../findings.ts';

let rig: S3Rig;
let bucket: string;
beforeAll(async () => {
  rig = await startS3rver();
});
afterAll(() => rig.stop());
beforeEach(async () => {
  bucket = await rig.createBucket();
});
afterEach(() => rig.meddle(null));

const put = (...keys: string[]) =>
  Promise.all(keys.map((Key) => rig.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }))));
const looking = async (more: { bucket?: string; config?: object; afterMinutes?: number } = {}) => {
  const client = createS3Client({ ...rig.clientConfig, maxAttempts: 1, ...more.config });
  const now = () => Date.now() + (more.afterMinutes ?? 0) * 60_000;
  const found = await findingsOf(
    landingBucketChecks({ client, bucket: more.bucket ?? bucket, prefix: 'events/', now }),
  );
  return found['landing bucket'];
};

test('an empty one may be that of an installation that has not begun', async () => {
  await put('elsewhere/x');
  expect(await looking()).toMatch(new RegExp(`^warn: s3://${bucket}/events/ can be listed, and nothing has landed`));
});

test('tells how old the newest object is, and warns when nothing came for long', async () => {
  await put('events/year=2026/month=11/day=23/hour=01/a', 'events/year=2026/month=11/day=24/hour=01/b');
  expect(await looking()).toBe(`ok: s3://${bucket}/events/ can be listed; its newest object is 0 minutes old`);
  expect(await looking({ afterMinutes: 30 })).toMatch(
    /^warn: the newest object .* is 30 minutes old.*look at Firehose/,
  );
  expect(await looking({ afterMinutes: 300 })).toMatch(/is 5 hours old/);
});

test('goes down the newest folders instead of listing all', async () => {
  const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
  await put(
    ...hours.flatMap((hour) => ['23', '24'].map((day) => `events/year=2026/month=11/day=${day}/hour=${hour}/a`)),
  );
  const before = rig.requests.length;
  expect(await looking()).toMatch(/^ok: /);
  const prefixes = rig.requests
    .slice(before)
    .map(({ url }) => new URL(url ?? '', 'http://s3').searchParams.get('prefix'));
  expect(prefixes).toEqual([
    'events/',
    'events/year=2026/',
    'events/year=2026/month=11/',
    'events/year=2026/month=11/day=24/',
    'events/year=2026/month=11/day=24/hour=23/',
  ]);
});

test('says what is wrong with a bucket that is not there, denied, or out of reach', async () => {
  expect(await looking({ bucket: 'nowhere' })).toMatch(/^fail: The bucket nowhere does not exist\. Create it/);
  expect(await looking({ config: { endpoint: `http://127.0.0.1:${await closedPort()}` } })).toMatch(
    /^fail: The bucket .* cannot be reached/,
  );
  rig.meddle((_request, response) => {
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end('<Error><Code>AccessDenied</Code></Error>');
    return true;
  });
  expect(await looking()).toMatch(/^fail: Access to the bucket .* is denied\. Allow this role to list/);
});

test('an age is told in words of its size', () => {
  const at = (minutes: number) => judgeNewest({ key: 'k', at: -minutes * 60_000 }, { place: 'p', now: 0 });
  expect(at(20).status).toBe('ok');
  expect(at(21)).toMatchObject({ status: 'warn', message: expect.stringContaining('21 minutes') });
});
