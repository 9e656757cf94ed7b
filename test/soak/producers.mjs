// Producers that send, give up waiting, send again, repeat themselves and make mistakes, and a ledger of what they know.
import { INGEST, send } from './server-process.mjs';

const PRODUCERS = 8;
/** Between two batches of a producer: every id is kept until the end, so that a fast machine would fill the memory. */
const MOST_PAUSE_MS = 80;
const USERS = 40;
const RECENT = 200;
const TYPES = ['LOGIN', 'FILE_READ', 'ROLE_CHANGE', 'PAYMENT'];
const HOUR_MS = 3_600_000;
/** Shorter than some commits take. */
const IMPATIENT_MS = 25;

export function createLedger() {
  return {
    /** Every event ever sent, by id: its content, how often it was sent and acknowledged. */
    events: new Map(),
    /** The same of documents that must be refused. */
    refused: new Map(),
    /** Documents acknowledged lately, to be sent again or contradicted. */
    recent: [],
    /** Acknowledged conflicts, by the id they claim. */
    conflicts: new Map(),
    /** Answers that tell something else than what was sent. */
    faults: [],
    figures: { batches: 0, unanswered: 0, refusedForNow: 0, sentAgain: 0, repeated: 0 },
    lastReceivedAt: '',
  };
}

/** Sends until `stopped()`; what is left unanswered when the server dies goes on with the next one. */
export async function produce({ url, random, ledger, prefix, stopped, unsettled }) {
  let number = 0;
  const one = async (producer) => {
    while (!stopped()) {
      const again = unsettled.pop();
      if (again) ledger.figures.sentAgain += 1;
      const batch = again ?? aBatch(random, ledger, `${prefix}-${producer}-${number}`);
      number += 1;
      const timeoutMs = !again && random.chance(0.1) ? IMPATIENT_MS : 30_000;
      const settled = await deliver(url, batch, ledger, timeoutMs);
      if (settled || random.chance(0.2)) {
        await pause(random.whole(0, MOST_PAUSE_MS));
        continue;
      }
      unsettled.push(batch);
      await pause(random.whole(1, 20));
    }
  };
  await Promise.all(Array.from({ length: PRODUCERS }, (_, producer) => one(producer)));
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A batch of 1 to 100 documents; now and then one that was acknowledged already. */
function aBatch(random, ledger, name) {
  const known = ledger.recent;
  if (known.length > 0 && random.chance(0.05)) {
    ledger.figures.repeated += 1;
    return known.slice(0, random.whole(1, 50)).map((document) => ({ kind: 'event', document }));
  }
  return Array.from({ length: random.whole(1, 100) }, (_, index) => {
    const document = anEvent(random, `${name}-${index}`);
    if (random.chance(0.01)) return { kind: 'refused', document: { ...document, timestamp: 'yesterday' } };
    if (known.length > 0 && random.chance(0.01)) {
      const { eventId, timestamp } = random.pick(known);
      return { kind: 'conflict', document: { ...document, eventId, timestamp } };
    }
    return { kind: 'event', document };
  });
}

const anEvent = (random, eventId) => ({
  eventId,
  timestamp: new Date(Date.now() - random.whole(0, 48 * HOUR_MS)).toISOString(),
  eventType: random.pick(TYPES),
  action: 'DO',
  // One user makes most of it, as in real logs.
  userId: random.chance(0.5) ? 'usr-0000' : `usr-${String(random.whole(1, USERS)).padStart(4, '0')}`,
  resourceId: `res-${random.whole(1, 100)}`,
  outcome: random.pick(['SUCCESS', 'FAILURE']),
  metadata: { of: eventId, note: 'x'.repeat(random.whole(0, 400)) },
});

/** True when the server answered for the batch. */
async function deliver(url, batch, ledger, timeoutMs) {
  for (const { kind, document } of batch) note(ledger, kind, document).sent += 1;
  ledger.figures.batches += 1;
  let answer;
  try {
    answer = (await send(url, INGEST, { events: batch.map(({ document }) => document) }, timeoutMs)).ingestEvents;
  } catch (error) {
    if (error.extensions?.code === 'STREAM_UNAVAILABLE' && error.extensions.retryable) {
      // Nothing of it was written.
      for (const { kind, document } of batch) note(ledger, kind, document).sent -= 1;
      ledger.figures.refusedForNow += 1;
    } else {
      if (error.extensions) ledger.faults.push(`an ingest failed: ${error.extensions.code} ${error.message}`);
      ledger.figures.unanswered += 1;
    }
    return false;
  }
  const refused = new Set(answer.rejections.map(({ index }) => index));
  batch.forEach(({ kind, document }, index) => {
    note(ledger, kind, document).acknowledged += 1;
    if (kind === 'event') ledger.recent.push(document);
    if (refused.has(index) !== (kind === 'refused'))
      ledger.faults.push(`${document.eventId} was taken for another kind`);
  });
  ledger.recent.splice(0, ledger.recent.length - RECENT);
  if (answer.receivedAt > ledger.lastReceivedAt) ledger.lastReceivedAt = answer.receivedAt;
  return true;
}

function note(ledger, kind, document) {
  const entries = { event: ledger.events, refused: ledger.refused, conflict: ledger.conflicts }[kind];
  let entry = entries.get(document.eventId);
  if (!entry) {
    entry = { document, sent: 0, acknowledged: 0 };
    entries.set(document.eventId, entry);
  }
  return entry;
}
