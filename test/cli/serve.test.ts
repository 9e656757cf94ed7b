import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { serveCommand, startFailure } from '../../src/cli/serve.ts';
import { startTestApp } from '../api/running-app.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trailgate-serve-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The command where it cannot start: what it says, and its exit code. */
async function failingServe(
  variables: Record<string, string>,
): Promise<{ said: string; exitCode: number | undefined }> {
  let said = '';
  let exitCode: number | undefined;
  const command = serveCommand({
    packageDirectory: join(__dirname, '..', '..'),
    variables: { LOG_LEVEL: 'silent', TRAILGATE_DATA_DIR: join(folder, 'data'), ...variables },
    err: new Writable({
      write: (chunk, _encoding, done) => {
        said += String(chunk);
        done();
      },
    }),
    exit: (code) => {
      exitCode = code;
    },
  });
  await command.parseAsync([], { from: 'user' });
  return { said, exitCode };
}

describe('trailgate serve says what is wrong and what to do, exit code 1', () => {
  test('when variables are wrong: each of them', async () => {
    expect(
      await failingServe({ PORT: 'abc', TRAILGATE_LOG_MAX_GIB: '0', TRAILGATE_TIME_ZONE: 'Mars/Olympus' }),
    ).toEqual({
      said:
        'error: The configuration is wrong:\n' +
        '  PORT: must be a whole number from 0 to 65535\n' +
        '  TRAILGATE_TIME_ZONE: is no IANA time zone, for example Europe/Berlin\n' +
        '  TRAILGATE_LOG_MAX_GIB: must be a number above 0, up to 100000\n',
      exitCode: 1,
    });
  });

  test('when the port is taken; the data directory is free again then', async () => {
    const other = await new Promise<Server>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
    });
    const { port } = other.address() as AddressInfo;
    try {
      expect(await failingServe({ PORT: String(port) })).toEqual({
        said: `error: 127.0.0.1:${port} is taken by another program. Stop it, or set PORT to a free port.\n`,
        exitCode: 1,
      });
      const app = await startTestApp({}, join(folder, 'data'));
      await app.stop();
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  test('when the mapping file is missing or wrong', async () => {
    const file = join(folder, 'mapping.yaml');
    expect(await failingServe({ TRAILGATE_MAPPING: file })).toEqual({
      said: `error: The mapping file ${file} cannot be read (ENOENT). Set TRAILGATE_MAPPING to one that can, or to nothing.\n`,
      exitCode: 1,
    });
    writeFileSync(file, 'resources:\n  - { pattern: "arn:*", sensitivity: SECRET }\n');
    const { said, exitCode } = await failingServe({ TRAILGATE_MAPPING: file });
    expect(said).toMatch(/^error: .*mapping\.yaml: cannot be used\n {2}line 2: resources\.0\.sensitivity: /);
    expect(exitCode).toBe(1);
  });

  test('when another server owns the data directory', async () => {
    const app = await startTestApp({}, join(folder, 'data'));
    const { said, exitCode } = await failingServe({ PORT: '0' });
    expect(said).toMatch(/^error: The data directory belongs to process \d+, which is running\. Stop it, or set /);
    expect(exitCode).toBe(1);
    await app.stop();
  });

  test('when the data directory lies where no folder can be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'file', 'data');
    const { said } = await failingServe({ TRAILGATE_DATA_DIR: path });
    expect(said).toContain(`error: The data directory cannot be used: ENOTDIR: not a directory, mkdir '${path}'. Set `);
  });
});

test('a fault of the program itself is shown with its place', () => {
  expect(startFailure(new TypeError('x is undefined'))).toMatch(/^TypeError: x is undefined\n {4}at /);
});
