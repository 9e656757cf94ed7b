// All benches one after another, in sizes that end within about ten minutes on two free cores: `npm run bench`, or
//   npm run bench -- [--only NAME[,NAME...]] [--json FILE]

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startNode } from './children.mjs';
import { machine } from './report.mjs';

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'trailgate-bench-run-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const today = ['--preload', '10000000', '--data', join(folder, 'today')];

/** In this order: the second on the full day finds it built. */
const BENCHES = {
  execution: ['execution.mjs'],
  ingest: ['ingest.mjs'],
  pages: ['pages.mjs'],
  sustained: ['sustained.mjs', ...today, '--rate', '10000', '--seconds', '60'],
  'highest-rate': ['highest-rate.mjs', ...today],
  'stock-1m': ['stock-queries.mjs', '--events', '1000000'],
  'stock-10m': ['stock-queries.mjs', '--events', '10000000'],
  kinesis: ['kinesis.mjs'],
  'snowflake-statements': ['snowflake-statements.mjs'],
};
const TIMEOUT_MS = 30 * 60_000;

const names = values.only?.split(',') ?? Object.keys(BENCHES);
const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) throw new Error(`no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
const startedAt = new Date();
const results = [];
for (const name of names) {
  const [script, ...args] = BENCHES[name];
  const file = join(folder, `${name}.json`);
  const child = startNode(script, [...args, '--json', file]);
  child.stdout.pipe(process.stdout);
  const timer = setTimeout(() => child.kill('SIGTERM'), TIMEOUT_MS);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  if (code !== 0) {
    console.log(`${name}.exit: ${code ?? signal}`);
    process.exitCode = 1;
  }
  results.push(read(file) ?? { bench: name, failures: [`it ended with ${code ?? signal}`] });
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ startedAt, machine: machine(), results }, null, 2)}\n`);
process.exit();

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // It ended before it could say anything.
    return null;
  }
}
