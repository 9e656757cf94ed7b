import { createBucketAppender } from '../../src/ingest/bucket-appender.ts';
import { createHeldBuckets } from './held-buckets.ts';
import { aDraft, linesOf } from './held-stream.ts';
import { createManualTimers } from './manual-timers.ts';

const LATENCY_MS = 30;

/** Sends requests of `perRequest` events of 800 bytes at a rate, to a stream that answers after 30 ms. */
async function measure({ buckets = 16, eventsPerSecond = 2_500, perRequest = 5, ms = 3_000 }) {
  const held = createHeldBuckets(buckets);
  const { clock, timers, pass } = createManualTimers();
  const appender = createBucketAppender({ stream: held.stream, clock, timers, node: 'node-a' });
  const due: { readonly at: number }[] = [];
  const waits: number[] = [];
  let sent = 0;
  let seen = 0;
  for (let now = 0; now < ms + 500; now += 1) {
    while (now < ms && sent < (eventsPerSecond * now) / 1_000) {
      const drafts = Array.from({ length: perRequest }, () => {
        sent += 1;
        return aDraft(`${sent}`, 400, 'x', `usr-${(sent * 7_919) % 5_003}`);
      });
      void appender.append(drafts).then(() => waits.push(timers.now() - now));
    }
    await pass(1);
    while (seen < held.calls()) {
      due.push({ at: now + LATENCY_MS });
      seen += 1;
    }
    for (; due[0] && due[0].at <= now; due.shift()) await held.end('durable');
  }
  const events = held.log.flatMap(linesOf).filter(({ event }) => event).length;
  waits.sort((a, b) => a - b);
  return {
    events,
    sent,
    recordsPerEvent: held.log.length / events,
    p99: waits[Math.floor(waits.length * 0.99)] ?? 0,
    bytesPerRecord: held.log.reduce((sum, { lines }) => sum + lines.length, 0) / held.log.length,
  };
}

test('packs at load: at most a tenth of a record an event, and no answer takes much longer than the stream', async () => {
  const steady = await measure({});
  expect(steady.events).toBe(steady.sent);
  expect(steady.recordsPerEvent).toBeLessThanOrEqual(0.1);
  expect(steady.p99).toBeLessThanOrEqual(100 + 2 * LATENCY_MS + 10);

  const busy = await measure({ eventsPerSecond: 10_000, perRequest: 100, ms: 1_500 });
  expect(busy.events).toBe(busy.sent);
  expect(busy.recordsPerEvent).toBeLessThanOrEqual(0.1);
}, 60_000);

test('waits little where there is little to wait for', async () => {
  const idle = await measure({ eventsPerSecond: 20, perRequest: 1, ms: 2_000 });
  expect(idle.events).toBe(idle.sent);
  expect(idle.p99).toBeLessThanOrEqual(20 + LATENCY_MS + 11);
});
