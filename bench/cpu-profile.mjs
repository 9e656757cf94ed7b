import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('..', import.meta.url).pathname;

/** Self time by function, most first; shares are of the time that was not idle. */
export function readProfile(file) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const micros = new Map();
  let idle = 0;
  let total = 0;
  samples.forEach((id, index) => {
    const { callFrame } = byId.get(id);
    const delta = Math.max(0, timeDeltas[index] ?? 0);
    total += delta;
    if (callFrame.functionName === '(idle)') {
      idle += delta;
      return;
    }
    const key = `${callFrame.functionName || '(anonymous)'}\t${placeOf(callFrame)}`;
    micros.set(key, (micros.get(key) ?? 0) + delta);
  });
  const functions = [...micros]
    .sort((a, b) => b[1] - a[1])
    .map(([key, time]) => {
      const [name, at] = key.split('\t');
      return { name, at, ms: time / 1_000, share: time / (total - idle) };
    });
  return { totalMs: total / 1_000, idleShare: idle / total, functions };
}

function placeOf({ url, lineNumber }) {
  if (url === '') return '(native)';
  if (!url.startsWith('file:')) return `${url}:${lineNumber + 1}`;
  return `${relative(ROOT, fileURLToPath(url))}:${lineNumber + 1}`;
}
