import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config/config.ts';
import { startTestApp, TEST_KEY } from './running-app.ts';

test('a stop while the demo is being filled ends the start, sends nothing more, and frees the directory', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'trailgate-'));
  const config = readConfig({
    PORT: '0',
    LOG_LEVEL: 'fatal',
    TRAILGATE_DATA_DIR: dataDirectory,
    TRAILGATE_BOOTSTRAP_KEY: TEST_KEY,
  });
  const demo = await createApp(config, { packageDirectory: join(__dirname, '..', '..'), demo: true });
  const started = demo.start().then(
    ({ url }) => url,
    ({ message }: Error) => message,
  );
  await demo.stop();
  expect(await started).toBe('Trailgate was stopped while it started.');

  const app = await startTestApp({}, dataDirectory);
  const count = async () => (await app.query('{ auditEvents { totalCount } }')).data.auditEvents.totalCount;
  const before = await count();
  // As often as the trickle would send, and once more.
  await app.queryable(new Date(Date.now() + 1_200).toISOString());
  expect(await count()).toBe(before);
  await app.remove();
  rmSync(dataDirectory, { recursive: true, force: true });
});
