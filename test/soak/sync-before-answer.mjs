// Shows with a trace of system calls that no answer leaves before the commit that holds its events is on the disk: the
// page cache hides a missing sync from a killed process. Then plants a log without that promise, which must be found.
// Needs a built dist/ and strace.
//   node test/soak/sync-before-answer.mjs [--requests 60] [--json FILE]
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { INGEST, ownerOf, PACKAGE, send, startServer } from './server-process.mjs';
import { answersIn, callsOnFile, readCalls } from './system-calls.mjs';

const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '60' },
    json: { type: 'string' },
    package: { type: 'string', default: PACKAGE },
  },
});
const REQUESTS = Number(options.requests);
const IN_FLIGHT = 6;
const LOG_FILE = '/log/data.mdb';
const TRACED = 'openat,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,fsync,fdatasync,msync';

/** On a fast disk a sync is over before an answer is written that did not wait for it. */
const SLOW_DISK = 'inject=fdatasync:delay_enter=10000';

const LOG = 'adapters/event-stream/lmdb-environment.js';
/** What each variant changes in which built file; null is the product as it is. */
const VARIANTS = {
  'as built': null,
  'planted: answers before the sync': {
    file: 'ingest/appender.js',
    from: 'await stream.append(packer.records());',
    to: 'void stream.append(packer.records());',
  },
  'planted: root page not synced': {
    file: LOG,
    from: 'overlappingSync: false',
    to: 'overlappingSync: false, noMetaSync: true',
  },
  'planted: no sync': { file: LOG, from: 'overlappingSync: false', to: 'overlappingSync: false, noSync: true' },
};

if (spawnSync('strace', ['-V']).error) {
  console.error('strace is missing, so nothing can be shown. Install it (apt-get install strace).');
  process.exit(1);
}
const place = mkdtempSync(join(tmpdir(), 'trailgate-sync-'));

/** A package whose dist/ differs from the built one in one text. */
function plant(name, change) {
  if (!change) return options.package;
  const planted = join(place, name.replaceAll(/\W+/g, '-'));
  mkdirSync(planted);
  cpSync(join(options.package, 'dist'), join(planted, 'dist'), { recursive: true });
  for (const part of ['node_modules', 'sql', 'package.json']) symlinkSync(join(PACKAGE, part), join(planted, part));
  const file = join(planted, 'dist', change.file);
  const text = readFileSync(file, 'utf8');
  if (!text.includes(change.from)) throw new Error(`${file} does not hold ${change.from}`);
  writeFileSync(file, text.replace(change.from, change.to));
  return planted;
}

async function traceVariant(name, change) {
  const directory = join(place, `run-${Object.keys(VARIANTS).indexOf(name)}`);
  mkdirSync(directory);
  const traceFile = join(directory, 'trace');
  const dataDirectory = join(directory, 'data');
  const server = startServer({
    dataDirectory,
    logFile: join(directory, 'server.log'),
    packageDirectory: plant(name, change),
    before: [
      'strace',
      '-f',
      '-qq',
      '-y',
      '-ttt',
      '-s',
      '300000',
      '--seccomp-bpf',
      '-e',
      `trace=${TRACED}`,
      '-e',
      SLOW_DISK,
      '-o',
      traceFile,
    ],
  });
  const { url } = await server.ready();
  const pid = ownerOf(dataDirectory);
  process.once('exit', () => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  });
  const marks = [];
  let next = 0;
  const request = async (events) => {
    next += 1;
    const mark = `mark-${String(next).padStart(6, '0')}-`;
    const batch = Array.from({ length: events }, (_, index) => ({
      eventId: `${mark}${index}`,
      timestamp: Date.now(),
      eventType: 'LOGIN',
      action: 'LOGIN',
      userId: 'usr-0042',
    }));
    const { ingestEvents } = await send(url, INGEST, { events: batch });
    if (ingestEvents.accepted !== events) throw new Error(`only ${ingestEvents.accepted} of ${events} were accepted`);
    marks.push(mark);
  };
  for (let index = 0; index < REQUESTS; index += 1) await request(1 + (index % 5) * 10);
  const lane = async (number) => {
    for (let index = 0; index < REQUESTS / 2; index += 1) await request(1 + ((number + index) % 4) * 20);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, (_, number) => lane(number)));
  process.kill(pid, 'SIGTERM');
  await server.exited;
  return judge(readCalls(readFileSync(traceFile, 'utf8')), marks);
}

/**
 * For each answer: the write of its events, a sync that began after it, the write of LMDB's root page behind that (which
 * makes the commit one) on a descriptor that syncs or with a sync of its own, and only then the answer.
 */
function judge(calls, marks) {
  const { writes, syncs, syncedWrites } = callsOnFile(calls, LOG_FILE);
  const answers = answersIn(calls);
  const after = (list, place) => list.find(({ begin }) => begin > place);
  const faults = [];
  const marginsMs = [];
  for (const mark of marks) {
    const answer = answers.find(({ text }) => text.includes(mark));
    const written = writes.find(({ text }) => text.includes(mark));
    if (!answer || !written) {
      faults.push(`${mark}: ${answer ? 'no write to the log holds it' : 'no answer holds it'}`);
      continue;
    }
    const synced = after(syncs, written.end);
    const root = synced && (after(syncedWrites, synced.end) ?? null);
    const durableAt = root?.end ?? Number.POSITIVE_INFINITY;
    if (answer.begin > durableAt) marginsMs.push((answer.beganAt - root.endedAt) * 1_000);
    else faults.push(`${mark}: answered at line ${answer.begin} of the trace, durable at ${durableAt}`);
  }
  const sorted = marginsMs.sort((a, b) => a - b);
  return {
    answers: marks.length,
    logWrites: writes.length,
    syncs: syncs.length,
    syncedRootWrites: syncedWrites.length,
    answeredTooEarly: faults.length,
    leastMarginMs: sorted.length > 0 ? Number(sorted[0].toFixed(3)) : null,
    firstFault: faults[0] ?? null,
  };
}

const results = {};
let failed = false;
for (const [name, change] of Object.entries(VARIANTS)) {
  const result = await traceVariant(name, change);
  const isRight = (result.answeredTooEarly === 0) === (change === null);
  failed ||= !isRight;
  results[name] = result;
  for (const [figure, value] of Object.entries(result)) console.log(`${name}, ${figure}: ${value}`);
  console.log(`${name}: ${isRight ? 'as it should be' : 'NOT as it should be'}`);
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
if (failed) console.log(`kept for a look: ${place}`);
else rmSync(place, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
