// What the gateway sends to Kinesis an event, packed as it does and, of the same events, a record each; and what that costs
// it. The stream is kinesalite on the same machine: times are of the gateway and the emulator together. `npm run build` first.
//   node bench/kinesis.mjs [--seconds 20] [--json FILE]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRigProcess } from '../test/soak/kinesis-rig-process.mjs';
import { cpuSeconds, outputOf, startNode } from './children.mjs';
import { createReport } from './report.mjs';
import { startServer } from './server.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' }, json: { type: 'string' } } });
const seconds = Number(values.seconds);
const CONNECTIONS = 16;
/**
 * A stream of the size for 1,000 and for 10,000 events a second, and one gateway; the first rate in the second stream; one
 * of four gateways that take 10,000 together; one of ten that take 100,000.
 */
const CASES = [
  { name: 'at1000', rate: 1_000, shards: 2, buckets: 4 },
  { name: 'at10000', rate: 10_000, shards: 16, buckets: 16 },
  { name: 'at1000in16', rate: 1_000, shards: 16, buckets: 16 },
  { name: 'at2500of10000', rate: 2_500, shards: 16, buckets: 16 },
  { name: 'at10000of100000', rate: 10_000, shards: 160, buckets: 160 },
];
const GOAL_RECORDS = 0.1;
/** As long as the gateway gathers at most, so that both wait the same. */
const GATHER_MS = 100;

const report = createReport('kinesis');
const place = mkdtempSync(join(tmpdir(), 'trailgate-bench-kinesis-'));
process.on('exit', () => rmSync(place, { recursive: true, force: true }));
for (const settings of CASES) await measure(settings);
report.end(values.json);
process.exit();

async function measure({ name, rate, shards, buckets }) {
  const rig = await startRigProcess('bench/kinesis-rig.ts', { shards, gatherMs: GATHER_MS });
  const server = await startServer(join(place, name), {
    env: {
      TRAILGATE_STREAM: 'kinesis',
      TRAILGATE_KINESIS_STREAM: rig.streamName,
      TRAILGATE_KINESIS_BUCKETS: String(buckets),
      TRAILGATE_LANDING_BUCKET: rig.bucket,
      TRAILGATE_INSTALLATION_KEY: '5a'.repeat(32),
      AWS_ENDPOINT_URL_KINESIS: rig.kinesisUrl,
      AWS_ENDPOINT_URL_S3: rig.s3Url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
    },
  });
  const args = { url: server.url, key: server.key, rate, seconds, connections: CONNECTIONS };
  const before = cpuSeconds(server.pid);
  const load = startNode(
    'load-generator.mjs',
    Object.entries(args).flatMap(([option, value]) => [`--${option}`, String(value)]),
  );
  const producer = JSON.parse(await outputOf(load, (seconds * 2 + 120) * 1_000));
  const cpu = cpuSeconds(server.pid) - before;
  const packed = await rig.ask('packed');
  await server.stop();
  const unpacked = await rig.ask('unpacked');
  await rig.stop();

  const add = (figure, value, digits) => report.add(`${name}.${figure}`, value, digits);
  const events = packed.eventLines;
  if (events !== producer.acknowledged) {
    report.fail(`${name}: ${producer.acknowledged} events were acknowledged, ${events} were sent`);
  }
  if (unpacked.records !== events) report.fail(`${name}: ${unpacked.records} records of ${events} events`);
  add('shards', shards);
  add('buckets', buckets);
  add('events', events);
  add('eventsPerSecond', producer.eventsPerSecond, 0);
  add('eventLineBytes', packed.eventBytes / events, 0);
  add('gzipBytesPerEvent', packed.gzipBytes / events, 0);
  add('ledgerLinesPerSecond', packed.ledgerLines / producer.seconds);
  report.goal(`${name}.packed.recordsPerEvent`, packed.records / events, { atMost: GOAL_RECORDS }, 4);
  addCounts(`${name}.packed`, packed, events);
  addCounts(`${name}.unpacked`, unpacked, events);
  add('recordsUnpackedOverPacked', unpacked.records / packed.records, 1);
  add('ackP50Ms', producer.p50Ms);
  add('ackP99Ms', producer.p99Ms);
  add('ackMaxMs', producer.maxMs);
  add('gatewayCpuMicrosecondsPerEvent', (cpu / events) * 1e6, 1);
}

function addCounts(name, { calls, records, bytes, putUnits, firehoseUnits }, events) {
  report.add(`${name}.callsPerEvent`, calls / events, 5);
  report.add(`${name}.recordsPerCall`, records / calls, 1);
  report.add(`${name}.eventsPerRecord`, events / records, 1);
  report.add(`${name}.bytesPerEvent`, bytes / events, 0);
  report.add(`${name}.putUnitsPerEvent`, putUnits / events, 4);
  report.add(`${name}.firehoseBilledBytesPerEvent`, (firehoseUnits * 5 * 1_024) / events, 0);
}
