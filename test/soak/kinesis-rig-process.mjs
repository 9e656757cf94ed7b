// A rig written in TypeScript, in a process of its own, so that its time and memory are not the gateway's. It is bundled
// first: Node 20 runs no TypeScript. The process is ended by its id with whoever started it.
import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..', '..');
const START_MS = 60_000;
const ASK_MS = 120_000;

const children = new Set();
process.on('exit', () => {
  for (const { child, file } of children) {
    child.kill('SIGKILL');
    rmSync(file, { force: true });
  }
});

/** `entry` is a path from the root of the package; what the rig says of itself when it is ready is answered with it. */
export async function startRigProcess(entry, setup) {
  // Inside node_modules, where what is imported by name is found.
  const file = join(ROOT, 'node_modules', '.cache', 'trailgate', `${basename(entry, '.ts')}-${process.pid}.mjs`);
  await build({
    entryPoints: [join(ROOT, entry)],
    outfile: file,
    absWorkingDir: ROOT,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
  });
  const child = fork(file, [JSON.stringify(setup)], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const known = { child, file };
  children.add(known);
  const waiting = new Map();
  const exited = new Promise((resolve) => child.once('exit', resolve));
  exited.then((code) => {
    children.delete(known);
    rmSync(file, { force: true });
    for (const { reject } of waiting.values()) reject(new Error(`${entry} ended with ${code}`));
  });
  child.on('message', ({ id, result, error }) => {
    const { resolve, reject, timer } = waiting.get(id) ?? {};
    waiting.delete(id);
    clearTimeout(timer);
    if (error) reject?.(new Error(error));
    else resolve?.(result);
  });
  const answerTo = (id, withinMs) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${entry} does not answer`)), withinMs);
      waiting.set(id, { resolve, reject, timer });
    });
  let asked = 0;
  const ready = await answerTo(0, START_MS);
  const ask = (name, input) => {
    asked += 1;
    const answer = answerTo(asked, ASK_MS);
    child.send({ id: asked, name, input });
    return answer;
  };
  const stop = async () => {
    await ask('stop');
    child.disconnect();
    await exited;
  };
  return { ...ready, pid: child.pid, ask, stop };
}
