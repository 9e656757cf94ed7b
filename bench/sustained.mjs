// A steady rate on top of a day that already holds millions of events. `npm run build` first.
//   node bench/sustained.mjs [--preload 10000000] [--rate 10000] [--seconds 60] [--data DIR] [--json FILE]
// --data keeps the built warehouse for the next run of the same day (what was sent stays in it).
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { builtWarehouse } from './built-warehouse.mjs';
import { fillCache } from './fill-cache.mjs';
import { backlogOf, runLoad } from './load-run.mjs';
import { createReport } from './report.mjs';
import { startServer } from './server.mjs';
import { median, percentile } from './statistics.mjs';

const { values } = parseArgs({
  options: {
    preload: { type: 'string', default: '10000000' },
    rate: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '16' },
    threads: { type: 'string', default: '2' },
    'memory-mib': { type: 'string', default: '1024' },
    data: { type: 'string' },
    json: { type: 'string' },
  },
});
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const source = `bench-${Date.now().toString(36)}`;
const report = createReport('sustained');

const warehouse = await builtWarehouse({ data: values.data, shape: 'today', events: Number(values.preload) });
const server = await startServer(warehouse.path, {
  threads: Number(values.threads),
  memoryMiB: Number(values['memory-mib']),
});
const { before: residentEmptyMiB, after: residentFilledMiB } = await fillCache(server);
let nextLine = 10;
const run = await runLoad({
  server,
  rate,
  seconds,
  source,
  seed: Date.now() % 1_000_000,
  connections: Number(values.connections),
  onSample: ({ second, backlog, resident }) => {
    if (second < nextLine) return;
    nextLine += 10;
    process.stderr.write(`  ${second.toFixed(0)} s: backlog ${backlog}, resident ${resident.now.toFixed(0)} MiB\n`);
  },
});
await server.stop();

const { producer, samples, visibleMs, counted } = run;
const events = producer.acknowledged;
report.add('preloadedEvents', warehouse.description.events);
report.add('rate', rate);
report.add('seconds', producer.seconds, 1);
report.add('acknowledgedEvents', events);
report.add('eventsPerSecond', producer.eventsPerSecond, 0);
report.add('ackP50Ms', producer.p50Ms);
report.add('ackP95Ms', producer.p95Ms);
report.goal('ackP99Ms', producer.p99Ms, { below: 100 });
report.add('ackMaxMs', producer.maxMs);
report.add('visibleP50Ms', percentile(visibleMs, 0.5), 0);
report.add('visibleP95Ms', percentile(visibleMs, 0.95), 0);
report.goal('visibleP99Ms', percentile(visibleMs, 0.99), { below: 2_000 }, 0);
report.add('visibleMaxMs', percentile(visibleMs, 1), 0);
report.add('drainSeconds', run.drainSeconds, 1);

const backlog = backlogOf(samples, rate);
report.add('backlogMost', backlog.most);
report.add('backlogSlopePerSecond', backlog.slopePerSecond, 1);
report.add('backlogGrowth', backlog.growth, 0);
report.add('backlogIsFlat', String(backlog.isFlat));
if (!backlog.isFlat) report.fail('the backlog grew during the load');
report.add('dataAgeMaxSeconds', Math.max(...samples.map(({ dataAgeSeconds }) => dataAgeSeconds)));

const residentAt = (second) =>
  median(samples.filter((sample) => Math.abs(sample.second - second) <= 5).map(({ resident }) => resident.now));
report.add('residentEmptyMiB', residentEmptyMiB, 0);
report.add('residentCacheFilledMiB', residentFilledMiB, 0);
report.add('residentStartMiB', samples[0].resident.now, 0);
report.add('residentEndMiB', residentAt(seconds - 5), 0);
report.add('residentMostMiB', samples.at(-1).resident.most, 0);
if (seconds >= 180) {
  const last = Math.min(seconds - 5, 600);
  report.add('residentMinute2MiB', residentAt(120), 0);
  report.add(`residentMinute${Math.round(last / 60)}MiB`, residentAt(last), 0);
  report.goal('residentGrowthMiB', residentAt(last) - residentAt(120), { atMost: 50 }, 0);
}
report.add('serverCpuSecondsPer1000Events', (run.cpuSeconds / events) * 1_000, 4);
report.add('producerCpuSecondsPer1000Events', (producer.producerCpuSeconds / events) * 1_000, 4);
report.add('serverCores', run.cpuSeconds / (producer.seconds + run.drainSeconds));

report.add('refusedEvents', producer.refused);
report.add('failedRequests', producer.failedRequests);
report.add('distinctAcknowledged', producer.distinctAcknowledged);
report.add('distinctCountedByQuery', counted);
const { distinctStored, rowsStored } = await countStored();
report.add('distinctStored', distinctStored);
// A request that failed may have been taken all the same, and then its events are more than were acknowledged.
const isComplete =
  producer.failedRequests === 0
    ? counted === producer.distinctAcknowledged
    : counted >= producer.distinctAcknowledged && counted <= producer.distinctEvents;
if (!isComplete)
  report.fail(`${producer.distinctAcknowledged} distinct events were acknowledged, ${counted} are counted`);
if (distinctStored !== counted || rowsStored !== counted) {
  report.fail(`the mart holds ${rowsStored} rows of ${distinctStored} keys, the query counted ${counted}`);
}
if (producer.refused > 0) report.fail(`${producer.refused} events were refused`);
report.end(values.json);
process.exit();

/** Past every query of ours: the keys in the file, now that nobody owns it. */
async function countStored() {
  const temporary = join(warehouse.path, 'tmp-bench');
  const instance = await DuckDBInstance.create(join(warehouse.path, 'warehouse.duckdb'), {
    access_mode: 'READ_ONLY',
    temp_directory: temporary,
  });
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `select count(*), count(distinct (event_id, timestamp)) from audit_events_mart where source = '${source}'`,
  );
  const [rows, keys] = reader.getRows()[0].map(Number);
  connection.closeSync();
  instance.closeSync();
  rmSync(temporary, { recursive: true, force: true });
  return { rowsStored: rows, distinctStored: keys };
}
