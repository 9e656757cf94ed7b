// A producer for load runs, in a process of its own: batches of 100 events over keep-alive connections at a fixed rate.
// One user makes 80% of the events, 10% are up to ten minutes late, 1% are sent twice.
// Prints one JSON line: what was sent and acknowledged, latencies in milliseconds, its own CPU.
//   node bench/load-generator.mjs --url URL --key KEY --rate 10000 --seconds 60 [--connections 16] [--seed 1]
import http from 'node:http';
import { parseArgs } from 'node:util';
import { createHistogram } from 'node:perf_hooks';
import { createRandom, createEventText } from './events.mjs';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    key: { type: 'string' },
    rate: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '16' },
    seed: { type: 'string', default: '1' },
    'report-every': { type: 'string' },
  },
});
const BATCH = 100;
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
const target = new URL('/graphql', values.url);
const random = createRandom(Number(values.seed));
const eventText = createEventText(random);

const QUERY = JSON.stringify('mutation Load($events:[AuditEventDocument!]!){ingestEvents(events:$events){accepted rejected receivedAt}}');
const latency = createHistogram({ figures: 3, lowest: 1, highest: 120_000_000 });
const result = { sentEvents: 0, distinctEvents: 0, acknowledged: 0, refused: 0, failedRequests: 0 };
let inFlight = 0;
let remembered = [];

function makeBatch(now) {
  const events = [];
  for (let n = 0; n < BATCH; n += 1) {
    if (remembered.length > 0 && random() < 0.01) {
      events.push(remembered[Math.floor(random() * remembered.length)]);
      continue;
    }
    const at = random() < 0.1 ? now - Math.floor(random() * 600_000) : now;
    const text = eventText(at);
    result.distinctEvents += 1;
    if (random() < 0.02) {
      remembered.push(text);
      if (remembered.length > 500) remembered = remembered.slice(250);
    }
    events.push(text);
  }
  return `{"query":${QUERY},"variables":{"events":[${events.join(',')}]}}`;
}

function send(body) {
  inFlight += 1;
  result.sentEvents += BATCH;
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const finish = (text, failed) => {
      inFlight -= 1;
      latency.record(Math.max(1, Math.round((performance.now() - startedAt) * 1_000)));
      const payload = failed ? null : JSON.parse(text).data?.ingestEvents;
      if (payload) {
        result.acknowledged += payload.accepted;
        result.refused += payload.rejected;
        result.lastReceivedAt = payload.receivedAt;
      } else result.failedRequests += 1;
      resolve();
    };
    const request = http.request(
      target,
      {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          authorization: `Bearer ${values.key}`,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => finish(text, response.statusCode !== 200));
        response.on('error', () => finish('', true));
      },
    );
    request.on('error', () => finish('', true));
    request.end(body);
  });
}

const cpu = process.cpuUsage();
const startedAt = performance.now();
const total = Math.round((rate * seconds) / BATCH);
const pending = new Set();
let mostInFlight = 0;
for (let n = 0; n < total; n += 1) {
  const due = startedAt + (n * BATCH * 1_000) / rate;
  const wait = due - performance.now();
  if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
  // Open loop up to a bound: beyond it the server is not keeping up, and the achieved rate says so.
  while (inFlight >= connections * 4) await Promise.race(pending);
  mostInFlight = Math.max(mostInFlight, inFlight);
  const sending = send(makeBatch(Date.now())).finally(() => pending.delete(sending));
  pending.add(sending);
}
await Promise.all(pending);
const elapsed = (performance.now() - startedAt) / 1_000;
const used = process.cpuUsage(cpu);
agent.destroy();
console.log(
  JSON.stringify({
    ...result,
    seconds: elapsed,
    eventsPerSecond: result.acknowledged / elapsed,
    mostInFlight,
    p50Ms: latency.percentile(50) / 1_000,
    p95Ms: latency.percentile(95) / 1_000,
    p99Ms: latency.percentile(99) / 1_000,
    maxMs: latency.max / 1_000,
    producerCpuSeconds: (used.user + used.system) / 1e6,
  }),
);
