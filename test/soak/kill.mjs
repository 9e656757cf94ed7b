// Kills the server at random moments, start-up included, under load that never stops for long; then holds what the API
// says against what was acknowledged. Needs a built dist/.
//   node test/soak/kill.mjs [--rounds 24] [--minutes 10] [--seed N] [--json FILE]
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { account, createCopier, untilQueryable } from './account.mjs';
import { createLedger, produce } from './producers.mjs';
import { createRandom } from './random.mjs';
import { PACKAGE, startServer } from './server-process.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '24' },
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'string' },
    package: { type: 'string', default: PACKAGE },
  },
});
const [rounds, minutes, seed] = [options.rounds, options.minutes, options.seed].map(Number);
const random = createRandom(seed);
const place = mkdtempSync(join(tmpdir(), 'trailgate-kill-'));
const dataDirectory = join(place, 'data');
const logFile = join(place, 'server.log');
// So small a log that loaded lines go at once: a warehouse that lost a commit could not get them again.
const env = { TRAILGATE_LOG_MAX_GIB: '0.06' };
const start = () => startServer({ dataDirectory, logFile, env, packageDirectory: options.package });

const ledger = createLedger();
const unsettled = [];
const copier = createCopier(({ eventId }) => eventId);
const readyMs = [];
const ends = { atStart: 0, underLoad: 0, whileStopping: 0, graceful: 0 };
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function killAtStart() {
  const server = start();
  await pause(random.whole(0, 900));
  await server.end('SIGKILL');
  ends.atStart += 1;
}

async function refuseSecond() {
  const second = start();
  const code = await second.exited;
  if (code === 0 || !second.said().includes('belongs to process')) {
    ledger.faults.push(`a second server on the same directory ended with ${code}: ${second.said().slice(-300)}`);
  }
}

async function killUnderLoad(round) {
  const server = start();
  const { url, readyMs: took } = await server.ready();
  readyMs.push(took);
  let stopped = false;
  const load = produce({ url, random, ledger, prefix: `r${round}`, stopped: () => stopped, unsettled });
  if (round % 8 === 3) await refuseSecond();
  // Some rounds long enough for the trim's own rhythm and for checkpoints.
  await pause(random.chance(0.15) ? random.whole(8_000, 12_000) : random.whole(100, 4_000));
  if (random.chance(0.3)) await copier.copy(url).catch(() => undefined);
  const kind = kindOfEnd(round);
  const gone = server.end(kind === 'underLoad' ? 'SIGKILL' : 'SIGTERM');
  if (kind === 'whileStopping') {
    // The last load, and the checkpoint of the warehouse.
    await pause(random.whole(0, 2_500));
    await server.end('SIGKILL');
  }
  stopped = true;
  const [how] = await Promise.all([gone, load]);
  if (kind === 'graceful' && how !== 0) ledger.faults.push(`a graceful stop ended with ${how}`);
  ends[kind] += 1;
}

function kindOfEnd(round) {
  if (round % 10 === 9) return 'graceful';
  return round % 5 === 2 ? 'whileStopping' : 'underLoad';
}

console.log(`seed: ${seed}`);
const startedAt = performance.now();
let done = 0;
while (done < rounds && performance.now() - startedAt < minutes * 60_000) {
  if (random.chance(0.25)) await killAtStart();
  await killUnderLoad(done);
  done += 1;
}

const server = start();
const { url, readyMs: took } = await server.ready();
readyMs.push(took);
await untilQueryable(url, ledger.lastReceivedAt);
await copier.copy(url);
const { faults, figures } = await account(url, ledger, copier.copied);
const ready = await fetch(`${url}/readyz`);
if (!ready.ok) faults.push(`/readyz answers ${ready.status}`);
const lastEnd = await server.end('SIGTERM');
if (lastEnd !== 0) faults.push(`the last stop ended with ${lastEnd}`);
const serverErrors = readFileSync(logFile, 'utf8')
  .split('\n')
  .filter((line) => line.includes('"level":50'));
for (const line of serverErrors.slice(0, 5)) faults.push(`the server logged ${line.slice(0, 500)}`);

const sorted = [...readyMs].sort((a, b) => a - b);
const result = {
  seed,
  rounds: done,
  seconds: Math.round((performance.now() - startedAt) / 1_000),
  killsUnderLoad: ends.underLoad,
  killsAtStart: ends.atStart,
  killsWhileStopping: ends.whileStopping,
  gracefulStops: ends.graceful,
  ...ledger.figures,
  ...figures,
  readyMsMedian: sorted[Math.floor(sorted.length / 2)],
  readyMsMax: sorted.at(-1),
  faults: faults.length,
};
for (const [name, value] of Object.entries(result)) console.log(`${name}: ${value}`);
for (const fault of faults.slice(0, 20)) console.log(`FAULT ${fault}`);
if (options.json)
  writeFileSync(options.json, `${JSON.stringify({ ...result, faultTexts: faults.slice(0, 100) }, null, 2)}\n`);
if (faults.length > 0) {
  console.log(`kept for a look: ${place}`);
  process.exit(1);
}
rmSync(place, { recursive: true, force: true });
