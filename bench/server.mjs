// The product as its users start it: `node dist/main.js serve` on a free loopback port.
import { randomBytes } from 'node:crypto';
import { startNode, stopChild } from './children.mjs';
import { createClient } from './graphql-client.mjs';

const START_TIMEOUT_MS = 120_000;

export async function startServer(dataDirectory, { threads = 2, memoryMiB = 1_024, execArgv = [], env = {} } = {}) {
  const key = `bench_${randomBytes(12).toString('hex')}`;
  const child = startNode('../dist/main.js', ['serve'], {
    execArgv,
    stderr: 'pipe',
    env: {
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'warn',
      TRAILGATE_DATA_DIR: dataDirectory,
      TRAILGATE_BOOTSTRAP_KEY: key,
      TRAILGATE_DUCKDB_THREADS: String(threads),
      TRAILGATE_DUCKDB_MEMORY_MIB: String(memoryMiB),
      TRAILGATE_TIME_ZONE: 'UTC',
      ...env,
    },
  });
  child.stdout.on('data', (text) => process.stderr.write(text));
  const url = await listening(child);
  const client = createClient({ url, key });
  return {
    url,
    key,
    pid: child.pid,
    query: client.query,
    /** Values of metrics without labels, by name. */
    metrics: async () => {
      const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(30_000) })).text();
      return Object.fromEntries(
        [...text.matchAll(/^([a-z_]+) ([-\d.e+]+)$/gm)].map(([, name, value]) => [name, Number(value)]),
      );
    },
    stop: async () => {
      client.close();
      await stopChild(child);
    },
  };
}

function listening(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`the server did not start:\n${text}`)), START_TIMEOUT_MS);
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (chunk) => {
      text = (text + chunk).slice(-10_000);
      const found = /serves at (http:\/\/\S+)\/graphql/.exec(text);
      if (!found) return;
      clearTimeout(timer);
      resolve(found[1]);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${code ?? signal}:\n${text}`));
    });
  });
}
