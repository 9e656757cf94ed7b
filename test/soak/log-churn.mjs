// Appends and trims of every size without pause, with restarts, on the log alone: that its file stays of one size, its
// lines stay as they are and its figures stay true over more changes than a year of quiet days makes. In memory where it
// can be, so that syncs cost little. Needs a built dist/.
//   node test/soak/log-churn.mjs [--minutes 2] [--seed N] [--json FILE]
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from './random.mjs';
import { PACKAGE } from './server-process.mjs';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'string' },
    package: { type: 'string', default: PACKAGE },
  },
});
const file = join(options.package, 'dist', 'adapters', 'event-stream', 'lmdb-event-log.js');
const { createLmdbEventLog } = await import(pathToFileURL(file).href);
const MIB = 1024 * 1024;
const VERIFY_EVERY = 2_000;
const FOR_EVER = Number.MAX_SAFE_INTEGER;
const [minutes, seed] = [options.minutes, options.seed].map(Number);

/** Most records small, some large: the shapes in which LMDB keeps them differ. */
const SHAPES = [
  { name: 'small records', largestBytes: 20_000, heldBytes: 60 * MIB },
  { name: 'large records', largestBytes: 1_500_000, heldBytes: 400 * MIB },
];

async function churn({ largestBytes, heldBytes }) {
  const random = createRandom(seed);
  const path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'trailgate-churn-'));
  const open = () => createLmdbEventLog({ path, limitBytes: heldBytes * 4 });
  const sizes = new Map();
  const figures = { commits: 0, trims: 0, restarts: 0, mostHeldMiB: 0, fileMiBAtHalf: 0 };
  let stream = open();
  let seq = 0;

  const someRecords = () =>
    Array.from({ length: random.whole(1, 4) }, () => {
      const size = 100 + Math.floor(largestBytes * (random.whole(0, 1_000) / 1_000) ** 3);
      const record = { firstSeq: seq + 1, lastSeq: seq + random.whole(1, 50), receivedAt: figures.commits };
      seq = record.lastSeq;
      sizes.set(record.firstSeq, size);
      return { ...record, lines: Buffer.alloc(size, record.firstSeq % 251) };
    });
  const trimSome = async (throughSeq, bytes) => {
    figures.trims += 1;
    for (let freed = 0; freed < bytes; ) {
      const gone = await stream.trim({ throughSeq, keepReceivedAfter: FOR_EVER });
      if (gone === 0) return;
      freed += gone;
    }
  };
  const verify = async () => {
    let last = null;
    let bytes = 0;
    for (let chunk = await stream.read(0, 4 * MIB); chunk.length > 0; chunk = await stream.read(last, 4 * MIB)) {
      for (const { firstSeq, lastSeq, lines } of chunk) {
        if (last !== null && firstSeq !== last + 1) throw new Error(`lines ${last + 1} to ${firstSeq - 1} are missing`);
        if (lines.length !== sizes.get(firstSeq)) throw new Error(`record ${firstSeq} has ${lines.length} bytes`);
        if (!lines.equals(Buffer.alloc(lines.length, firstSeq % 251))) throw new Error(`record ${firstSeq} is spoiled`);
        bytes += lines.length;
        last = lastSeq;
      }
    }
    if (last !== null && last !== seq) throw new Error(`the log ends at ${last}, not at ${seq}`);
    const usage = await stream.usage();
    if (usage.bytes !== bytes) throw new Error(`the log counts ${usage.bytes} bytes and holds ${bytes}`);
    const oldest = (await stream.oldestSeq()) ?? FOR_EVER;
    for (const firstSeq of sizes.keys()) if (firstSeq < oldest) sizes.delete(firstSeq);
  };

  try {
    const until = performance.now() + (minutes * 60_000) / SHAPES.length;
    const half = performance.now() + (until - performance.now()) / 2;
    while (performance.now() < until) {
      const records = someRecords();
      const changes = [stream.append(records)];
      const { bytes } = await stream.usage();
      figures.mostHeldMiB = Math.max(figures.mostHeldMiB, bytes / MIB);
      const full = heldBytes * (0.3 + random.whole(0, 700) / 1_000);
      if (bytes > full && random.chance(0.1)) {
        changes.push(trimSome(records[0].firstSeq - 1, (bytes * random.whole(1, 100)) / 100));
      }
      await Promise.all(changes);
      figures.commits += 1;
      if (figures.commits % VERIFY_EVERY === 0) await verify();
      if (random.chance(0.002)) {
        await stream.close();
        stream = open();
        figures.restarts += 1;
      }
      if (performance.now() < half) figures.fileMiBAtHalf = statSync(join(path, 'data.mdb')).size / MIB;
    }
    await verify();
    return { ...figures, fileMiBAtEnd: statSync(join(path, 'data.mdb')).size / MIB };
  } finally {
    await stream.close();
    rmSync(path, { recursive: true, force: true });
  }
}

console.log(`seed: ${seed}`);
const results = { seed };
for (const shape of SHAPES) {
  const figures = await churn(shape);
  results[shape.name] = figures;
  for (const [figure, value] of Object.entries(figures)) console.log(`${shape.name}, ${figure}: ${Math.round(value)}`);
  // Half of the run has seen every fill; what grows after that would grow for ever.
  if (figures.fileMiBAtEnd > figures.fileMiBAtHalf * 1.25) throw new Error(`${shape.name}: the file grows`);
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
