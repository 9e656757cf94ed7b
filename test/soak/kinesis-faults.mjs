// A Kinesis that throttles a third of everything, fails in part, breaks connections, loses answers and is away twice, under
// load; behind it files that land late and twice. Everything acknowledged must be in the marts once, each user's events in
// their order, nothing behind what was promised to be whole, and the memory flat. Needs a built dist/.
//   node test/soak/kinesis-faults.mjs [--minutes 10] [--rate 2000] [--preload 3000000] [--seed N] [--json FILE]
// The warehouse keeps its file in memory, up to its limit. --preload begins with so many events, more than that: what grows
// then is a leak. Without it memory is told and not judged.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { builtWarehouse } from '../../bench/built-warehouse.mjs';
import { account, untilWhole } from './kinesis-account.mjs';
import { createCopier } from './kinesis-copier.mjs';
import { createRecord, HOT_USER, produce } from './kinesis-producers.mjs';
import { startRigProcess } from './kinesis-rig-process.mjs';
import { memoryOf, readMetrics, sample } from './kinesis-samples.mjs';
import { createRandom } from './random.mjs';
import { PACKAGE, send, startServer } from './server-process.mjs';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    preload: { type: 'string', default: '0' },
    json: { type: 'string' },
    package: { type: 'string', default: PACKAGE },
  },
});
const [minutes, rate, preload, seed] = [options.minutes, options.rate, options.preload, options.seed].map(Number);
const SHARDS = 4;
const BUCKETS = 16;
const PREFIX = 'events/';
/** Longer than a request waits. */
const OUTAGE_MS = 13_000;
const OUTAGES_AT = minutes >= 3 ? [0.25, 0.65] : [0.4];
const SAMPLE_MS = 2_000;
const COPY_MS = 3_000;
const MOST_GROWTH_MIB = 50;
const LEAST_THROTTLED = 0.3;
/** Reads through every event there is, a column at a time. */
const WARM_UP = [
  ...['eventId', 'userId', 'resourceId', 'sessionId', 'sourceIp'].map((field) => `${field}: { contains: "~~" }`),
  'metadata: [{ path: "request_id", value: { contains: "~~" } }]',
].map(
  (filter) =>
    `{ auditEvents(first: 1, filter: { ${filter} }, orderBy: { field: RECEIVED_AT, direction: ASC }) { nodes { eventId } } }`,
);

const place = mkdtempSync(join(tmpdir(), 'trailgate-kinesis-'));
const dataDirectory = join(place, 'data');
const logFile = join(place, 'server.log');
const faults = [];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

console.log(`seed: ${seed}`);
const installationKey = await preloaded();
const rigs = await startRigProcess('test/soak/kinesis-rigs.ts', {
  seed,
  shards: SHARDS,
  buckets: BUCKETS,
  prefix: PREFIX,
  unordered: [HOT_USER],
});
const env = {
  TRAILGATE_STREAM: 'kinesis',
  TRAILGATE_KINESIS_STREAM: rigs.streamName,
  TRAILGATE_KINESIS_BUCKETS: String(BUCKETS),
  TRAILGATE_LANDING_BUCKET: rigs.bucket,
  TRAILGATE_LANDING_PREFIX: PREFIX,
  TRAILGATE_INSTALLATION_KEY: installationKey,
  TRAILGATE_DUCKDB_MEMORY_MIB: '512',
  AWS_ENDPOINT_URL_KINESIS: rigs.kinesisUrl,
  AWS_ENDPOINT_URL_S3: rigs.s3Url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'S3RVER',
  AWS_SECRET_ACCESS_KEY: 'S3RVER',
};
const start = () => startServer({ dataDirectory, logFile, env, packageDirectory: options.package });

// From the first call on: a gateway has to open and to close its ledger through it too.
await rigs.ask('turn', true);
const record = createRecord();
const copier = createCopier();
const server = start();
const { url } = await server.ready();
if (preload > 0) for (const question of WARM_UP) await send(url, question);
const samples = await underLoad(server, url);
const wholeAfterMs = await untilWhole(url, record.lastReceivedAt);
await copier.copy(url);
const metrics = await readMetrics(url);

const firstEnd = await server.end('SIGTERM');
if (firstEnd !== 0) faults.push(`the gateway ended with ${firstEnd}`);
const closedAt = new Date().toISOString();
const second = start();
const { url: secondUrl } = await second.ready();
// The first one's closing lines have come, or nothing would be whole for the next minute.
await untilWhole(secondUrl, closedAt);
await copier.copy(secondUrl);
const accounted = await account(secondUrl, record, copier);
faults.push(...accounted.faults);
const secondEnd = await second.end('SIGTERM');
if (secondEnd !== 0) faults.push(`the second gateway ended with ${secondEnd}`);
const rig = await rigs.ask('figures');
await rigs.stop();
faults.push(...rig.wrong);

const ordered = accounted.figures.eventsAcknowledged - accounted.figures.eventsOfHotUser;
if (rig.stream.eventsInOrder !== ordered) {
  faults.push(`${rig.stream.eventsInOrder} events of users in order are in the stream, ${ordered} were acknowledged`);
}
const throttledShare = rig.faults.throttledRecords / rig.faults.records;
if (throttledShare < LEAST_THROTTLED) faults.push(`only ${throttledShare} of the records were throttled`);
if (record.figures.refusedForNow === 0) faults.push('no batch was refused: the outages were none');
for (const kind of ['partialFailures', 'serverErrors', 'resets', 'lostAnswers', 'slowAnswers']) {
  if (rig.faults[kind] === 0) faults.push(`there were no ${kind}`);
}
const memory = memoryOf(samples, minutes);
if (preload > 0 && memory.growthMiB !== null && memory.growthMiB > MOST_GROWTH_MIB) {
  faults.push(`resident memory grew by ${memory.growthMiB} MiB after minute 2`);
}

const sorted = [...record.acknowledgedMs].sort((a, b) => a - b);
const percentile = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
const result = {
  seed,
  minutes,
  rate,
  ...record.figures,
  ...accounted.figures,
  ackMsP50: percentile(0.5),
  ackMsP99: percentile(0.99),
  ackMsMost: Math.round(sorted.at(-1)),
  wholeAfterMs,
  throttledShare: Number(throttledShare.toFixed(3)),
  ...prefixed('put', rig.faults),
  ...prefixed('stream', rig.stream),
  ...prefixed('files', rig.delivery),
  ...memory,
  ...metrics,
  serverErrors: readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"level":50')).length,
  faults: faults.length,
};
for (const [name, value] of Object.entries(result)) console.log(`${name}: ${value}`);
for (const fault of faults.slice(0, 20)) console.log(`FAULT ${fault}`);
if (options.json) {
  const whole = { ...result, samples, faultTexts: faults.slice(0, 100) };
  writeFileSync(options.json, `${JSON.stringify(whole, null, 2)}\n`);
}
if (faults.length > 0) {
  console.log(`kept for a look: ${place}`);
  process.exit(1);
}
rmSync(place, { recursive: true, force: true });
process.exit();

/** Answers the key of the data directory, which holds `preload` events where some are asked for. */
async function preloaded() {
  if (preload === 0) return '5a'.repeat(32);
  await builtWarehouse({ data: dataDirectory, shape: 'history', events: preload, days: 60, users: 1_000 });
  return readFileSync(join(dataDirectory, 'installation.key'), 'utf8').trim();
}

/** The load, the outages, the copier and the samples; resolves when every batch is acknowledged. */
async function underLoad({ pid }, serverUrl) {
  const startedAt = performance.now();
  const lengthMs = minutes * 60_000;
  const isOver = () => performance.now() - startedAt >= lengthMs;
  const taken = [];
  const outages = OUTAGES_AT.map(async (share) => {
    await pause(share * lengthMs);
    await rigs.ask('breakDown', OUTAGE_MS);
  });
  let isLoaded = true;
  const every = async (ms, work) => {
    while (isLoaded) {
      await work();
      await pause(ms);
    }
  };
  const load = produce({ url: serverUrl, random: createRandom(seed), record, rate, stopped: isOver }).finally(() => {
    isLoaded = false;
  });
  await Promise.all([
    load,
    ...outages,
    every(COPY_MS, () => copier.copy(serverUrl)),
    every(SAMPLE_MS, async () => {
      taken.push(await sample({ startedAt, pid, url: serverUrl }));
    }),
  ]);
  return taken;
}

function prefixed(prefix, figures) {
  const named = ([name, value]) => [`${prefix}${name[0].toUpperCase()}${name.slice(1)}`, value];
  return Object.fromEntries(Object.entries(figures).map(named));
}
