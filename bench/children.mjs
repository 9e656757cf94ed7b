// Every process that a bench starts: ended by its id with the bench, however that ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const children = new Set();
const KILL_AFTER_MS = 120_000;

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => process.exit(code));
}

/** Runs a script of this folder, or a file by its path, with node. stdout is piped; `ipc` opens a channel. */
export function startNode(script, args = [], { env = {}, ipc = false, execArgv = [], stderr = 'inherit' } = {}) {
  const child = spawn(process.execPath, [...execArgv, join(import.meta.dirname, script), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', stderr, ...(ipc ? ['ipc'] : [])],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  child.stdout.setEncoding('utf8');
  return child;
}

/** SIGTERM, and SIGKILL when that is not heard. */
export async function stopChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  clearTimeout(timer);
}

/** All that it prints. @throws Error when it fails or takes longer than `timeoutMs`. */
export async function outputOf(child, timeoutMs) {
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${child.spawnargs.slice(1, 3).join(' ')} ended with ${code ?? signal}`);
  return text;
}

/** Asks a child that answers each message with one; `timeoutMs` bounds the wait. */
export function ask(child, message, timeoutMs = 60_000) {
  return new Promise((resolve, reject) => {
    const finish = (settle, value) => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      settle(value);
    };
    const onMessage = (answer) =>
      finish(answer?.error ? reject : resolve, answer?.error ? new Error(answer.error) : answer);
    const onExit = (code, signal) => finish(reject, new Error(`${child.spawnargs[1]} ended with ${code ?? signal}`));
    const timer = setTimeout(() => finish(reject, new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    child.on('message', onMessage);
    child.on('exit', onExit);
    if (message !== undefined) child.send(message);
  });
}

const TICKS_PER_SECOND = 100;

/** User and system time of all its threads; ticks of 10 ms. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident now, and the most it ever was. */
export function residentMiB(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1_024;
  return { now: read('VmRSS'), most: read('VmHWM') };
}
