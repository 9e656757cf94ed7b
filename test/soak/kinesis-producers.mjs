// Producers as they should be: one batch on its way each, sent again with the same ids until it is acknowledged, so that
// the order in which a user's events were acknowledged is known. And a record of what they know.
import { INGEST, send } from './server-process.mjs';

/** Makes most of the events: more than one bucket takes, so that its events are spread and have no order. */
export const HOT_USER = 'usr-hot';
/** Of all that is sent: a warehouse may hold other events before. */
export const SOURCE = 'soak';
const HOT_SHARE = 0.6;
const USERS_OF_EACH = 3;
/** So few that all of them can, each waiting for its answers. */
const EVENTS_PER_SECOND_OF_EACH = 40;
const BATCH = { from: 1, to: 100 };
const REPEATED = 0.02;
const REFUSED = 0.002;
const TYPES = ['LOGIN', 'FILE_READ', 'ROLE_CHANGE', 'PAYMENT'];
const HOUR_MS = 3_600_000;
const RETRY_MS = { from: 200, to: 1_200 };
const ANSWER_WITHIN_MS = 60_000;
const GIVE_UP_AFTER_MS = 300_000;

export function createRecord() {
  return {
    /** Acknowledged events by id: their user and its number there, 0 for the hot user. */
    acknowledged: new Map(),
    /** Documents that must be refused, by id: how often sent, how often acknowledged. */
    refused: new Map(),
    faults: [],
    figures: { batches: 0, refusedForNow: 0, unanswered: 0, sentAgain: 0, repeated: 0 },
    /** Of each acknowledged batch; milliseconds. */
    acknowledgedMs: [],
    lastReceivedAt: '',
  };
}

/** Sends at `rate` events a second until `stopped()`; resolves when every batch is acknowledged. */
export async function produce({ url, random, record, rate, stopped }) {
  const producers = Math.max(1, Math.ceil(rate / EVENTS_PER_SECOND_OF_EACH));
  const everyMs = (1_000 * producers * (BATCH.from + BATCH.to)) / 2 / rate;
  const one = async (producer) => {
    const numbers = new Map();
    let made = 0;
    let dueAt = performance.now() + random.whole(0, Math.round(everyMs));
    let before = null;
    while (!stopped()) {
      await pause(dueAt - performance.now());
      dueAt += everyMs;
      if (before && random.chance(REPEATED)) {
        record.figures.repeated += 1;
        await deliver(url, before, record, random);
      }
      const batch = Array.from({ length: random.whole(BATCH.from, BATCH.to) }, () => {
        made += 1;
        return aDocument(random, { producer, made, numbers });
      });
      await deliver(url, batch, record, random);
      before = batch;
    }
  };
  await Promise.all(Array.from({ length: producers }, (_, producer) => one(producer)));
}

const pause = (ms) => (ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve());

function aDocument(random, { producer, made, numbers }) {
  const userId = random.chance(HOT_SHARE) ? HOT_USER : `usr-${producer}-${random.whole(1, USERS_OF_EACH)}`;
  const isRefused = random.chance(REFUSED);
  const n = isRefused || userId === HOT_USER ? 0 : (numbers.get(userId) ?? 0) + 1;
  if (n > 0) numbers.set(userId, n);
  return {
    isRefused,
    n,
    event: {
      eventId: `e-${producer}-${made}`,
      timestamp: isRefused ? 'yesterday' : new Date(Date.now() - random.whole(0, 24 * HOUR_MS)).toISOString(),
      eventType: random.pick(TYPES),
      action: 'DO',
      userId,
      resourceId: `res-${random.whole(1, 100)}`,
      outcome: random.pick(['SUCCESS', 'FAILURE']),
      source: SOURCE,
      metadata: { n, note: 'x'.repeat(random.whole(0, 500)) },
    },
  };
}

/** Until it is acknowledged. @throws Error when that takes too long, or the server refuses it for good. */
async function deliver(url, batch, record, random) {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  const events = batch.map(({ event }) => event);
  for (;;) {
    for (const item of batch) if (item.isRefused) noteRefused(record, item).sent += 1;
    record.figures.batches += 1;
    const startedAt = performance.now();
    try {
      const { ingestEvents } = await send(url, INGEST, { events }, ANSWER_WITHIN_MS);
      record.acknowledgedMs.push(performance.now() - startedAt);
      return acknowledge(record, batch, ingestEvents);
    } catch (error) {
      const { code, retryable } = error.extensions ?? {};
      if (code === undefined) record.figures.unanswered += 1;
      else if (code === 'STREAM_UNAVAILABLE' && retryable) record.figures.refusedForNow += 1;
      else throw new Error(`an ingest failed: ${code} ${error.message}`);
      if (performance.now() > giveUpAt) throw new Error('a batch is not taken', { cause: error });
      record.figures.sentAgain += 1;
      await pause(random.whole(RETRY_MS.from, RETRY_MS.to));
    }
  }
}

function acknowledge(record, batch, { rejections, receivedAt }) {
  const rejected = new Set(rejections.map(({ index }) => index));
  for (const [index, item] of batch.entries()) {
    const { eventId, userId } = item.event;
    if (rejected.has(index) !== item.isRefused) record.faults.push(`${eventId} was taken for another kind`);
    if (item.isRefused) noteRefused(record, item).acknowledged += 1;
    else record.acknowledged.set(eventId, { userId, n: item.n });
  }
  if (receivedAt > record.lastReceivedAt) record.lastReceivedAt = receivedAt;
}

function noteRefused(record, { event: { eventId } }) {
  const entry = record.refused.get(eventId) ?? { sent: 0, acknowledged: 0 };
  record.refused.set(eventId, entry);
  return entry;
}
