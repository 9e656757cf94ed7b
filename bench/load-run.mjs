import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuSeconds, outputOf, residentMiB, startNode } from './children.mjs';
import { mean, slope } from './statistics.mjs';

const METRICS_EVERY_MS = 500;
const FRESHNESS_EVERY_MS = 100;
const DRAIN_TIMEOUT_MS = 180_000;
/** Reads no row: its filter is out of reach. */
const FRESHNESS = '{ auditEvents(first: 1, filter: { timestamp: { from: "9000-01-01T00:00:00Z" } }) { dataAsOf } }';
const COUNT = `query Count($source: String!) {
  auditEventGroups(first: 1, filter: { source: { eq: $source } }) { nodes { count } }
}`;

/**
 * Drives a server with the load generator at a rate, watches it, waits until everything that was acknowledged can be
 * queried, and counts it. Seconds in `samples` are since the load began.
 */
export async function runLoad({
  server,
  rate,
  seconds,
  source,
  seed = 1,
  connections = 16,
  onSample = () => undefined,
}) {
  const folder = mkdtempSync(join(tmpdir(), 'trailgate-bench-acks-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const acksFile = join(folder, 'acks.json');
  try {
    const startedAt = Date.now();
    const cpuBefore = cpuSeconds(server.pid);
    const args = { url: server.url, key: server.key, rate, seconds, connections, seed, source, acks: acksFile };
    const child = startNode(
      'load-generator.mjs',
      Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]),
    );
    const watch = startWatch(server, startedAt, onSample);
    let producer;
    try {
      producer = JSON.parse(await outputOf(child, (seconds * 2 + 120) * 1_000));
      watch.loadEnded();
      await watch.caughtUp(producer.lastReceivedAt);
    } finally {
      await watch.stop();
    }
    const cpu = cpuSeconds(server.pid) - cpuBefore;
    const { data } = await server.query(COUNT, { source });
    return {
      producer,
      samples: watch.samples,
      visibleMs: visibleAfter(JSON.parse(readFileSync(acksFile, 'utf8')), watch.freshness),
      drainSeconds: watch.drainSeconds(),
      cpuSeconds: cpu,
      counted: data.auditEventGroups.nodes[0]?.count ?? 0,
    };
  } finally {
    process.off('exit', remove);
    remove();
  }
}

function startWatch(server, startedAt, onSample) {
  const samples = [];
  const freshness = [];
  let isOver = false;
  let endedAt = null;
  let caughtUpAt = null;

  /** The next one begins on its beat, or at once where the last took longer. */
  const every = async (ms, sample) => {
    while (!isOver) {
      const next = Date.now() + ms;
      await sample();
      const wait = next - Date.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };
  const loops = [
    every(METRICS_EVERY_MS, async () => {
      const metrics = await server.metrics();
      const sample = {
        second: (Date.now() - startedAt) / 1_000,
        duringLoad: endedAt === null,
        backlog: metrics.trailgate_backlog_lines,
        dataAgeSeconds: metrics.trailgate_data_age_seconds,
        resident: residentMiB(server.pid),
        cpuSeconds: cpuSeconds(server.pid),
      };
      samples.push(sample);
      onSample(sample);
    }),
    every(FRESHNESS_EVERY_MS, async () => {
      const { data } = await server.query(FRESHNESS);
      freshness.push([Date.parse(data.auditEvents.dataAsOf), performance.timeOrigin + performance.now()]);
    }),
  ];
  const failed = Promise.all(loops).then(() => new Promise(() => undefined));

  return {
    samples,
    freshness,
    loadEnded: () => {
      endedAt = Date.now();
    },
    /** @throws Error when it takes too long. */
    caughtUp: (receivedAt) => Promise.race([failed, waitUntil(Date.parse(receivedAt))]),
    drainSeconds: () => (caughtUpAt - endedAt) / 1_000,
    stop: async () => {
      isOver = true;
      await Promise.allSettled(loops);
    },
  };

  async function waitUntil(receivedAt) {
    const deadline = Date.now() + DRAIN_TIMEOUT_MS;
    while (!((freshness.at(-1)?.[0] ?? 0) > receivedAt)) {
      if (Date.now() > deadline)
        throw new Error(`not everything could be queried ${DRAIN_TIMEOUT_MS} ms after the load`);
      await new Promise((resolve) => setTimeout(resolve, FRESHNESS_EVERY_MS / 2));
    }
    caughtUpAt = Date.now();
  }
}

/** For each acknowledged batch: from its acknowledgement to the first answer whose dataAsOf is later than its receivedAt. */
export function visibleAfter(acks, freshness) {
  const found = [];
  for (const [receivedAt, acknowledgedAt] of acks) {
    let low = 0;
    let high = freshness.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (freshness[middle][0] > receivedAt) high = middle;
      else low = middle + 1;
    }
    if (low < freshness.length) found.push(Math.max(0, freshness[low][1] - acknowledgedAt));
  }
  return found;
}

/**
 * Flat: in the last quarter of the load the backlog was on average at most a quarter of a second of events above that of
 * the quarter before. Its saw teeth (a batch is loaded as a whole) are about a second high.
 */
export function backlogOf(samples, rate) {
  const during = samples.filter(({ duringLoad }) => duringLoad);
  const length = during.at(-1)?.second ?? 0;
  const between = (from, to) => during.filter(({ second }) => second >= length * from && second < length * to);
  const meanOf = (list) => mean(list.map(({ backlog }) => backlog));
  const secondHalf = between(0.5, 1.01);
  const growth = meanOf(between(0.75, 1.01)) - meanOf(between(0.5, 0.75));
  return {
    most: Math.max(...during.map(({ backlog }) => backlog)),
    slopePerSecond: slope(secondHalf.map(({ second, backlog }) => [second, backlog])),
    growth,
    isFlat: growth <= rate / 4,
  };
}
