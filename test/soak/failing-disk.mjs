// A disk whose syncs fail now and then, and a disk that fills up, under load: what is refused is refused whole and can
// be sent again, the server lives, and everything acknowledged is there once. Needs a built dist/; the first part needs
// strace, the second Linux and root (it mounts a small tmpfs).
//   node test/soak/failing-disk.mjs [--seconds 20] [--seed N] [--json FILE]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { account, createCopier, untilQueryable } from './account.mjs';
import { createLedger, produce } from './producers.mjs';
import { createRandom } from './random.mjs';
import { ownerOf, PACKAGE, startServer } from './server-process.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'string' },
    package: { type: 'string', default: PACKAGE },
  },
});
const MIB = 1024 * 1024;
const [seconds, seed] = [options.seconds, options.seed].map(Number);
const place = mkdtempSync(join(tmpdir(), 'trailgate-disk-'));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Loads a server while `during` does what it does to the disk, lets it end well, and accounts for everything. */
async function underLoad({ dataDirectory, logFile, before }, during) {
  const random = createRandom(seed);
  const ledger = createLedger();
  const unsettled = [];
  const server = startServer({ dataDirectory, logFile, packageDirectory: options.package, ...(before && { before }) });
  const { url } = await server.ready();
  let stopped = false;
  const load = produce({ url, random, ledger, prefix: 'd', stopped: () => stopped, unsettled });
  await during(ledger);
  stopped = true;
  await load;
  const copier = createCopier();
  await untilQueryable(url, ledger.lastReceivedAt);
  await copier.copy(url);
  const { faults, figures } = await account(url, ledger, copier.copied);
  process.kill(ownerOf(dataDirectory), 'SIGTERM');
  await server.exited;
  if (ledger.figures.refusedForNow === 0) faults.push('nothing was refused: the disk never failed');
  return { ...ledger.figures, ...figures, faults };
}

async function failingSyncs() {
  if (spawnSync('strace', ['-V']).error) return 'strace is missing';
  const dataDirectory = join(place, 'syncs');
  const before = ['strace', '-f', '-qq', '-o', '/dev/null', '-P', join(dataDirectory, 'log', 'data.mdb')];
  before.push('-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=20+7');
  return underLoad({ dataDirectory, logFile: join(place, 'syncs.log'), before }, () => pause(seconds * 1_000));
}

async function fullDisk() {
  const disk = join(place, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=700m', 'tmpfs', disk]);
  if (mounted.error || mounted.status !== 0) return 'no tmpfs can be mounted (root is needed)';
  // Also when the run is ended from outside; the second time it does nothing.
  process.once('exit', () => spawnSync('umount', [disk]));
  const filler = join(disk, 'filler');
  try {
    return await underLoad({ dataDirectory: join(disk, 'data'), logFile: join(place, 'full.log') }, async (ledger) => {
      for (let round = 0; round < 3; round += 1) {
        await pause((seconds * 1_000) / 6);
        const { bavail, bsize } = statfsSync(disk);
        writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - 200 * MIB)));
        const before = ledger.figures.refusedForNow;
        await pause((seconds * 1_000) / 6);
        if (ledger.figures.refusedForNow === before) ledger.faults.push(`round ${round}: a full disk refused nothing`);
        rmSync(filler);
      }
    });
  } finally {
    spawnSync('umount', [disk]);
  }
}

console.log(`seed: ${seed}`);
const results = {};
let failed = false;
for (const [name, run] of Object.entries({ 'failing syncs': failingSyncs, 'full disk': fullDisk })) {
  const result = await run();
  results[name] = result;
  if (typeof result === 'string') {
    console.warn(`${name}: SKIPPED, ${result}`);
    continue;
  }
  failed ||= result.faults.length > 0;
  for (const [figure, value] of Object.entries(result)) {
    console.log(`${name}, ${figure}: ${figure === 'faults' ? value.length : value}`);
  }
  for (const fault of result.faults.slice(0, 10)) console.log(`FAULT ${fault}`);
}
if (options.json) writeFileSync(options.json, `${JSON.stringify({ seed, ...results }, null, 2)}\n`);
if (failed) console.log(`kept for a look: ${place}`);
else rmSync(place, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
