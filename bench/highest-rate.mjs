// The highest rate at which the backlog stays flat, in steps, on top of a day that holds millions of events.
//   node bench/highest-rate.mjs [--preload 10000000] [--rates 10000,15000,20000,25000,30000,35000,40000] [--seconds 25]
//     [--connections 16] [--data DIR] [--json FILE]
// Stops at the first rate that does not hold. The producer runs on the same machine and takes its share of it.
import { parseArgs } from 'node:util';
import { builtWarehouse } from './built-warehouse.mjs';
import { backlogOf, runLoad } from './load-run.mjs';
import { createReport } from './report.mjs';
import { startServer } from './server.mjs';
import { percentile } from './statistics.mjs';

const { values } = parseArgs({
  options: {
    preload: { type: 'string', default: '10000000' },
    rates: { type: 'string', default: '10000,15000,20000,25000,30000,35000,40000' },
    seconds: { type: 'string', default: '25' },
    connections: { type: 'string', default: '16' },
    threads: { type: 'string', default: '2' },
    'memory-mib': { type: 'string', default: '1024' },
    data: { type: 'string' },
    json: { type: 'string' },
  },
});
/** What the producer itself may miss of a rate, by its timers and its last requests. */
const ACHIEVED = 0.98;
const seconds = Number(values.seconds);
const report = createReport('highestRate');

const warehouse = await builtWarehouse({ data: values.data, shape: 'today', events: Number(values.preload) });
const server = await startServer(warehouse.path, {
  threads: Number(values.threads),
  memoryMiB: Number(values['memory-mib']),
});
report.add('preloadedEvents', warehouse.description.events);
let highest = 0;
for (const rate of values.rates.split(',').map(Number)) {
  const source = `bench-${rate}-${Date.now().toString(36)}`;
  const run = await runLoad({
    server,
    rate,
    seconds,
    source,
    seed: (Date.now() % 1_000_000) + rate,
    connections: Number(values.connections),
  });
  const { producer } = run;
  const backlog = backlogOf(run.samples, rate);
  const holds = backlog.isFlat && producer.eventsPerSecond >= rate * ACHIEVED;
  report.add(`at${rate}.eventsPerSecond`, producer.eventsPerSecond, 0);
  report.add(`at${rate}.ackP99Ms`, producer.p99Ms);
  report.add(`at${rate}.visibleP99Ms`, percentile(run.visibleMs, 0.99), 0);
  report.add(`at${rate}.backlogMost`, backlog.most);
  report.add(`at${rate}.backlogGrowth`, backlog.growth, 0);
  report.add(`at${rate}.serverCores`, run.cpuSeconds / (producer.seconds + run.drainSeconds));
  report.add(`at${rate}.producerCores`, producer.producerCpuSeconds / producer.seconds);
  report.add(`at${rate}.holds`, String(holds));
  if (producer.failedRequests === 0 && run.counted !== producer.distinctAcknowledged) {
    report.fail(`at ${rate}: ${producer.distinctAcknowledged} events were acknowledged, ${run.counted} are counted`);
  }
  if (!holds) break;
  highest = rate;
}
await server.stop();
report.goal('eventsPerSecond', highest, { atLeast: 30_000 }, 0);
report.end(values.json);
process.exit();
