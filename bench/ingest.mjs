// CPU of ingest in batches of 100: Trailgate against two bare endpoints before the same log (bench/ingest-server.mjs),
// the same bodies to each in turn. `npm run build` first.
//   node bench/ingest.mjs [--events 20000] [--rounds 7] [--connections 16] [--json FILE]
//   node bench/ingest.mjs --profile gateway: one server only, under node's profiler; prints where its time goes.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ask, outputOf, startNode, stopChild } from './children.mjs';
import { readProfile } from './cpu-profile.mjs';
import { createReport } from './report.mjs';
import { median } from './statistics.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '7' },
    connections: { type: 'string', default: '16' },
    profile: { type: 'string' },
    json: { type: 'string' },
  },
});
const KINDS = values.profile ? [values.profile] : ['gateway', 'append', 'checked'];
const KEY = 'bench-key-0123456789abcdef';
const WARM_UP_ROUNDS = 2;
const rounds = Number(values.rounds) + WARM_UP_ROUNDS;

const directory = mkdtempSync(join(tmpdir(), 'trailgate-bench-ingest-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const report = createReport('ingest');

async function start(kind) {
  const profiled = values.profile ? ['--cpu-prof', '--cpu-prof-dir', directory, '--cpu-prof-interval', '500'] : [];
  const args = ['--kind', kind, '--data', join(directory, kind), '--key', KEY];
  const child = startNode('ingest-server.mjs', args, { ipc: true, execArgv: profiled });
  const { url } = await ask(child);
  return { child, url, rounds: [] };
}

async function runRound(server, seed) {
  const before = await ask(server.child, 'cpu');
  const args = ['--url', server.url, '--key', KEY, '--count', values.events, '--connections', values.connections];
  const output = await outputOf(startNode('load-generator.mjs', [...args, '--seed', String(seed)]), 120_000);
  const after = await ask(server.child, 'cpu');
  const producer = JSON.parse(output);
  if (producer.acknowledged !== producer.sentEvents) report.fail(`not all events were taken: ${output}`);
  const micros = after.user + after.system - before.user - before.system;
  return { cpuMicros: micros / producer.sentEvents, eventsPerSecond: producer.eventsPerSecond, p99Ms: producer.p99Ms };
}

const servers = {};
for (const kind of KINDS) servers[kind] = await start(kind);
for (let round = 0; round < rounds; round += 1) {
  for (const kind of KINDS) {
    const figures = await runRound(servers[kind], round + 1);
    if (round >= WARM_UP_ROUNDS) servers[kind].rounds.push(figures);
  }
}
for (const kind of KINDS) await stopChild(servers[kind].child);

report.add('eventsPerRound', Number(values.events));
report.add('rounds', Number(values.rounds));
for (const kind of KINDS) {
  const of = (figure) => median(servers[kind].rounds.map((round) => round[figure]));
  report.add(`${kind}.cpuMicrosPerEvent`, of('cpuMicros'));
  report.add(`${kind}.eventsPerSecond`, of('eventsPerSecond'), 0);
  report.add(`${kind}.p99Ms`, of('p99Ms'));
}
if (values.profile) {
  const file = readdirSync(directory).find((name) => name.endsWith('.cpuprofile'));
  const { totalMs, idleShare, functions } = readProfile(join(directory, file));
  report.add('profile.sampledMs', totalMs, 0);
  report.add('profile.idleShare', idleShare);
  for (const { name, at, share } of functions.slice(0, 40)) console.log(`${(share * 100).toFixed(1)}%  ${name}  ${at}`);
} else {
  const ratioTo = (kind) =>
    median(servers[kind].rounds.map(({ cpuMicros }, n) => cpuMicros / servers.gateway.rounds[n].cpuMicros));
  report.goal('throughputByCpuToAppend', ratioTo('append'), { atLeast: 0.4 });
  report.goal('throughputByCpuToChecked', ratioTo('checked'), { atLeast: 0.7 });
}
report.end(values.json);
process.exit();
