import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config/config.ts';
import { landedEvent, landedLedger, START } from '../load/landed-place.ts';
import { type AwsEngines, startAwsEngines } from '../rigs/aws-engines.ts';
import { startTestApp, TEST_KEY } from './running-app.ts';

let aws: AwsEngines;
beforeAll(async () => {
  aws = await startAwsEngines();
});
afterAll(() => aws.stop());
afterEach(() => aws.setFault(() => null));

const SILENT = { LOG_LEVEL: 'silent' };
const INGEST = 'mutation ($events: [AuditEventDocument!]!) { ingestEvents(events: $events) { accepted } }';
const EVENT = {
  eventType: 'LOGIN',
  action: 'login',
  userId: 'usr-1',
  timestamp: new Date().toISOString(),
  outcome: 'SUCCESS',
};

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const giveUpAt = Date.now() + 20_000; !(await isSo()); ) {
    if (Date.now() > giveUpAt) throw new Error(`${what} does not come about`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('a gateway that starts while the stream is down serves reads, refuses events, and accepts them once it is up', async () => {
  aws.setFault(() => ({ kind: 'reset' }));
  const app = await startTestApp({ ...aws.variables, ...SILENT });
  try {
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${app.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'not ready', reason: expect.stringContaining('the stream has taken nothing yet') },
    ]);
    expect((await app.query('{ auditEvents { totalCount } }')).data).toEqual({ auditEvents: { totalCount: 0 } });
    const { errors } = await app.query(INGEST, { events: [EVENT] });
    expect(errors).toMatchObject([{ extensions: { code: 'STREAM_UNAVAILABLE', retryable: true } }]);
    aws.setFault(() => null);
    await until('readiness', async () => (await fetch(`${app.url}/readyz`)).ok);
    expect((await app.query(INGEST, { events: [EVENT] })).data).toEqual({ ingestEvents: { accepted: 1 } });
    // Others would only take reads away with it.
    aws.setFault(() => ({ kind: 'reset' }));
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
    aws.setFault(() => null);
  } finally {
    await app.remove();
  }
}, 60_000);

test('a gateway whose stream does not exist does not start, and says what to do', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'trailgate-'));
  const variables = { ...aws.variables, TRAILGATE_KINESIS_STREAM: 'nowhere', TRAILGATE_DATA_DIR: dataDirectory };
  const config = readConfig({ PORT: '0', TRAILGATE_BOOTSTRAP_KEY: TEST_KEY, ...SILENT, ...variables });
  const app = await createApp(config, { packageDirectory: join(__dirname, '..', '..') });
  await expect(app.start()).rejects.toThrow('There is no Kinesis stream "nowhere"');
  await app.stop();
  rmSync(dataDirectory, { recursive: true });
});

test('a stop in the middle of an object lets go of its connection', async () => {
  const { client, bucket } = aws.objects;
  const lines = Array.from({ length: 40_000 }, (_, index) =>
    landedEvent({ seq: index + 2, receivedAt: START + index }),
  );
  const Body = [landedLedger({ seq: 1 }, 'OPEN'), ...lines].join('');
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'events/large', Body }));
  const app = await startTestApp({ ...aws.variables, ...SILENT });
  await until('a load', async () => (await app.metric('trailgate_lines_loaded_total')) > 0);
  await app.stop();
  const [get] = aws.s3.requests.filter(({ method, url }) => method === 'GET' && url?.includes('/events/large'));
  await until('the end of the connection', async () => get?.socket.destroyed === true);
  expect(await app.metric('trailgate_lines_loaded_total').catch(() => 'stopped')).toBe('stopped');
  rmSync(app.dataDirectory, { recursive: true });
}, 60_000);
