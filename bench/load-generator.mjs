// A producer for load runs, in a process of its own: batches of 100 events over keep-alive connections.
// One user makes 80% of the events, 10% are up to ten minutes late, 1% are sent twice.
// Prints one JSON line: what was sent and acknowledged, latencies in milliseconds, its own CPU.
//   at a fixed rate:             node bench/load-generator.mjs --url URL --key KEY --rate 10000 --seconds 60
//   so many, as fast as it goes: node bench/load-generator.mjs --url URL --key KEY --count 20000
//   and [--connections 16] [--seed 1] [--source bench]
//   --acks FILE writes [receivedAt, acknowledgedAt] of each acknowledged batch, in milliseconds since 1970.
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { createHistogram } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createEventText, createRandom } from './events.mjs';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    key: { type: 'string' },
    rate: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '60' },
    count: { type: 'string' },
    connections: { type: 'string', default: '16' },
    seed: { type: 'string', default: '1' },
    source: { type: 'string', default: 'bench' },
    acks: { type: 'string' },
  },
});
const BATCH = 100;
const REQUEST_TIMEOUT_MS = 60_000;
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
const target = new URL('/graphql', values.url);
const random = createRandom(Number(values.seed));
const eventText = createEventText(random, { source: values.source });

const QUERY = JSON.stringify(
  'mutation Load($events:[AuditEventDocument!]!){ingestEvents(events:$events){accepted rejected receivedAt}}',
);
const latency = createHistogram({ figures: 3, lowest: 1, highest: 120_000_000 });
const result = { sentEvents: 0, distinctEvents: 0, acknowledged: 0, refused: 0, failedRequests: 0 };
const acks = [];
/** By the number of the event: 1 once a batch that holds it was acknowledged as a whole. */
let isAcknowledged = new Uint8Array(1_000_000);
let inFlight = 0;
let remembered = [];

function makeBatch(now) {
  const texts = [];
  const numbers = [];
  for (let n = 0; n < BATCH; n += 1) {
    if (remembered.length > 0 && random() < 0.01) {
      const again = remembered[Math.floor(random() * remembered.length)];
      texts.push(again.text);
      numbers.push(again.number);
      continue;
    }
    const at = random() < 0.1 ? now - Math.floor(random() * 600_000) : now;
    const text = eventText(at);
    const number = result.distinctEvents;
    result.distinctEvents += 1;
    if (random() < 0.02) {
      remembered.push({ text, number });
      if (remembered.length > 500) remembered = remembered.slice(250);
    }
    texts.push(text);
    numbers.push(number);
  }
  return { body: Buffer.from(`{"query":${QUERY},"variables":{"events":[${texts.join(',')}]}}`), numbers };
}

function acknowledge({ accepted, rejected, receivedAt }, numbers) {
  result.acknowledged += accepted;
  result.refused += rejected;
  result.lastReceivedAt = receivedAt;
  if (values.acks) acks.push([Date.parse(receivedAt), performance.timeOrigin + performance.now()]);
  if (rejected > 0) return;
  while (result.distinctEvents > isAcknowledged.length) {
    const larger = new Uint8Array(isAcknowledged.length * 2);
    larger.set(isAcknowledged);
    isAcknowledged = larger;
  }
  for (const number of numbers) isAcknowledged[number] = 1;
}

function send({ body, numbers }) {
  inFlight += 1;
  result.sentEvents += BATCH;
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let isOver = false;
    const finish = (text, failed) => {
      if (isOver) return;
      isOver = true;
      inFlight -= 1;
      latency.record(Math.max(1, Math.round((performance.now() - startedAt) * 1_000)));
      const payload = failed ? null : JSON.parse(text).data?.ingestEvents;
      if (payload) acknowledge(payload, numbers);
      else result.failedRequests += 1;
      resolve();
    };
    const request = http.request(
      target,
      {
        agent,
        method: 'POST',
        timeout: REQUEST_TIMEOUT_MS,
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
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
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', () => finish('', true));
    request.end(body);
  });
}

let mostInFlight = 0;

/** Open loop up to a bound: beyond it the server is not keeping up, and the achieved rate says so. */
async function sendAtRate() {
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_500 + 30_000;
  const total = Math.round((rate * seconds) / BATCH);
  const pending = new Set();
  for (let n = 0; n < total && performance.now() < endsAt; n += 1) {
    const wait = startedAt + (n * BATCH * 1_000) / rate - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    while (inFlight >= connections * 4) await Promise.race(pending);
    mostInFlight = Math.max(mostInFlight, inFlight);
    const sending = send(makeBatch(Date.now())).finally(() => pending.delete(sending));
    pending.add(sending);
  }
  await Promise.all(pending);
}

/** Closed loop: every connection sends its next batch when it has the answer to the last. */
async function sendAll(batches) {
  mostInFlight = connections;
  const sendNext = async () => {
    for (let batch = batches.pop(); batch; batch = batches.pop()) await send(batch);
  };
  await Promise.all(Array.from({ length: connections }, sendNext));
}

// What is sent as fast as it goes is made before the clock starts, so that making it costs the server nothing.
const made =
  values.count && Array.from({ length: Math.ceil(Number(values.count) / BATCH) }, () => makeBatch(Date.now()));
const cpu = process.cpuUsage();
const startedAt = performance.now();
await (made ? sendAll(made) : sendAtRate());
const elapsed = (performance.now() - startedAt) / 1_000;
const used = process.cpuUsage(cpu);
agent.destroy();
if (values.acks) writeFileSync(values.acks, JSON.stringify(acks));
console.log(
  JSON.stringify({
    ...result,
    distinctAcknowledged: isAcknowledged.reduce((sum, bit) => sum + bit, 0),
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
