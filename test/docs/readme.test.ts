import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config/config.ts';

const ROOT = join(__dirname, '..', '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** Each curl of the README with the answer that stands behind it. */
const examples = [...README.matchAll(/```sh\n(curl [\s\S]*?)```\s*```json\n([\s\S]*?)```/g)].map(
  ([, command, answer]) => ({
    body: /-d '([\s\S]*)'\n$/.exec(command as string)?.[1] as string,
    answer: JSON.parse(answer as string) as unknown,
  }),
);

test('the README’s commands give the README’s answers on the demo data', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'trailgate-'));
  const config = readConfig({ PORT: '0', LOG_LEVEL: 'fatal', TRAILGATE_DATA_DIR: dataDirectory });
  const app = await createApp(config, { packageDirectory: ROOT, demo: true });
  try {
    const { url } = await app.start();
    const key = readFileSync(join(dataDirectory, 'bootstrap.key'), 'utf8').trim();
    const ask = async (body: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      return (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).json();
    };
    expect(examples).toHaveLength(2);
    // Served at once; the month of events follows within seconds.
    for (let attempt = 0; attempt < 300; attempt += 1) {
      const count = JSON.stringify(await ask('{"query":"{auditEventGroups{nodes{count}}}"}'));
      if (Number(/"count":(\d+)/.exec(count)?.[1] ?? 0) > 50_000) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const { body, answer } of examples) expect(await ask(body)).toEqual(answer);
  } finally {
    await app.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}, 60_000);
