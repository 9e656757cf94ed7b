// The product as its users start it, in a process that can be killed; ended by its id with the soak, however that ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PACKAGE = join(import.meta.dirname, '..', '..');
export const KEY = 'soak-key-0123456789abcdef';

const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** Starts a server and returns at once. `before` is a command that runs it, such as strace with its options. */
export function startServer({ dataDirectory, logFile, packageDirectory = PACKAGE, env = {}, before = [] }) {
  const [command, ...args] = [...before, process.execPath, join(packageDirectory, 'dist', 'main.js'), 'serve'];
  const child = spawn(command, args, {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'info',
      TRAILGATE_DATA_DIR: dataDirectory,
      TRAILGATE_BOOTSTRAP_KEY: KEY,
      TRAILGATE_TIME_ZONE: 'UTC',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const startedAt = performance.now();
  const exited = once(child, 'exit').then(([code, signal]) => {
    children.delete(child);
    return code ?? signal;
  });
  let said = '';
  const listening = new Promise((resolve) => {
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (text) => {
        appendFileSync(logFile, text);
        said = (said + text).slice(-20_000);
        const found = /serves at (http:\/\/\S+)\/graphql/.exec(said);
        if (found) resolve(found[1]);
      });
    }
  });

  /** Where it listens, once it is ready, and after how long. @throws Error when it ends instead. */
  const ready = async () => {
    const url = await Promise.race([listening, exited]);
    if (typeof url !== 'string' || !url.startsWith('http')) throw new Error(`the server ended with ${url}:\n${said}`);
    const response = await fetch(`${url}/readyz`);
    if (!response.ok) throw new Error(`/readyz answers ${response.status}`);
    return { url, readyMs: Math.round(performance.now() - startedAt) };
  };
  const end = (signal) => {
    child.kill(signal);
    return exited;
  };
  return { pid: child.pid, ready, end, exited, said: () => said };
}

/** The process that owns the directory: under strace another than the one that was started. */
export const ownerOf = (dataDirectory) => JSON.parse(readFileSync(join(dataDirectory, 'owner.lock'), 'utf8')).pid;

/** One GraphQL operation. @throws Error when no answer comes, or one with errors. */
export async function send(url, query, variables, timeoutMs = 60_000) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { data, errors } = await response.json();
  if (errors) throw Object.assign(new Error(errors[0].message), { extensions: errors[0].extensions });
  return data;
}

export const INGEST = `mutation ($events: [AuditEventDocument!]!) {
  ingestEvents(events: $events) { accepted rejected eventIds receivedAt rejections { index eventId code } }
}`;
