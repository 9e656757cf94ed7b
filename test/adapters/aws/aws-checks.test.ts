import { awsChecks, judgeCredentials } from '../../../src/adapters/aws/aws-checks.ts';
import { findingsOf } from '../findings.ts';

const NOW = Date.UTC(2026, 10, 24, 12);

test('a region and credentials are told by their source, and nothing of what they are', async () => {
  const secrets = { accessKeyId: 'AKIASECRET', secretAccessKey: 'SECRETKEY', sessionToken: 'SECRETTOKEN' };
  const found = await findingsOf(
    awsChecks(
      {
        region: async () => 'eu-central-1',
        credentials: async () => ({ ...secrets, $source: { CREDENTIALS_ENV_VARS: 'g' } }),
      },
      () => NOW,
    ),
  );
  expect(found).toEqual({ 'AWS region': 'ok: eu-central-1', 'AWS credentials': 'ok: from environment variables' });
  expect(JSON.stringify(found)).not.toMatch(/SECRET/);
});

test('where there are none it is said how to give some', async () => {
  const nothing = () => Promise.reject(new Error('nothing was found'));
  const found = await findingsOf(awsChecks({ region: nothing, credentials: nothing }, () => NOW));
  expect(found['AWS region']).toMatch(/^fail: none is set\. Set AWS_REGION/);
  expect(found['AWS credentials']).toMatch(/^fail: none were found\. Give the process a role/);
});

test.each([
  [{ CREDENTIALS_IMDS: '0' }, 'the role of this EC2 instance'],
  [{ CREDENTIALS_HTTP: 'z' }, 'the role of this container'],
  [{ CREDENTIALS_PROFILE: 'n', CREDENTIALS_STS_ASSUME_ROLE: 'i' }, 'a role that a profile names'],
  [{ CREDENTIALS_PROFILE_SSO: 'r' }, 'a profile that logs in by SSO'],
  [{ CREDENTIALS_PROFILE: 'n' }, 'a profile of ~/.aws'],
  [{}, 'a source that the SDK does not name'],
])('%j is %s', ($source, words) => {
  expect(judgeCredentials({ $source }, NOW).message).toBe(`from ${words}`);
});

test.each([
  [-1, { CREDENTIALS_ENV_VARS: 'g' }, 'fail', 'Renew them'],
  [60_000, { CREDENTIALS_ENV_VARS: 'g' }, 'warn', 'nothing renews them'],
  [60_000, { CREDENTIALS_IMDS: '0' }, 'ok', 'until'],
  [3_600_000, { CREDENTIALS_ENV_VARS: 'g' }, 'ok', 'until 2026-11-24T13:00:00.000Z'],
])('that end in %i ms, of %j', (leftMs, $source, status, words) => {
  const finding = judgeCredentials({ $source, expiration: new Date(NOW + leftMs) }, NOW);
  expect(finding).toMatchObject({ status, message: expect.stringContaining(words) });
});
