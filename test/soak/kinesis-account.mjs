// What the API says there is, held against what the producers of kinesis-producers.mjs know.
import { createCopier } from './kinesis-copier.mjs';
import { HOT_USER, SOURCE } from './kinesis-producers.mjs';
import { send } from './server-process.mjs';

const OWN = `filter: { source: { eq: "${SOURCE}" } }`;
const TOTALS = `{ auditEventGroups(${OWN}) { nodes { count uniqueUsers } } }`;
const BY_USER = `query ($after: String) {
  auditEventGroups(first: 1000, after: $after, ${OWN}, groupBy: [USER_ID]) {
    nodes { dimensions { userId } count }
    pageInfo { endCursor hasNextPage }
  }
}`;
const ACTIVITY = `query ($after: String) {
  userActivity(first: 1000, after: $after) { nodes { userId eventCount } pageInfo { endCursor hasNextPage } }
}`;
const ERRORS = `query ($after: String) {
  ingestErrors(first: 1000, after: $after) { nodes { code eventId message } pageInfo { endCursor hasNextPage } }
}`;
const READY_WITHIN_MS = 180_000;

/** Until everything acknowledged so far must be in every answer. */
export async function untilWhole(url, receivedAt) {
  const startedAt = performance.now();
  for (;;) {
    const { dataAsOf } = (await send(url, '{ auditEvents(first: 1) { dataAsOf } }')).auditEvents;
    if (dataAsOf > receivedAt) return Math.round(performance.now() - startedAt);
    if (performance.now() - startedAt > READY_WITHIN_MS) {
      throw new Error(`what was received at ${receivedAt} cannot be queried: the data is as of ${dataAsOf}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Everything that is wrong, in words; and figures. `copier` has been at it for the whole run. */
export async function account(url, record, copier) {
  const faults = [...record.faults];
  const fail = (text) => faults.push(text);
  const fresh = createCopier();
  await fresh.copy(url);
  const { events } = fresh;
  accountEvents(events, record, fail);
  accountCopier(copier, events, fail);
  const checkedMoments = accountMoments(copier.moments, events, fail);
  await accountMarts(url, events, fail);
  const errors = await list(url, ERRORS, 'ingestErrors');
  accountErrors(errors, record, fail);
  return {
    faults,
    figures: {
      eventsAcknowledged: record.acknowledged.size,
      eventsPresent: events.length,
      eventsOfHotUser: events.filter(({ userId }) => userId === HOT_USER).length,
      momentsChecked: checkedMoments,
      rejectionsAcknowledged: [...record.refused.values()].reduce((sum, { acknowledged }) => sum + acknowledged, 0),
      ingestErrors: errors.length,
      lateLines: errors.filter(({ code }) => code === 'LATE_LINE').length,
    },
  };
}

/** Once each, as it was sent, and each user's in the order of its numbers. */
function accountEvents(events, record, fail) {
  const seen = new Set();
  const last = new Map();
  let before = '';
  for (const { eventId, userId, receivedAt, n } of events) {
    if (seen.has(eventId)) fail(`${eventId} is there twice`);
    seen.add(eventId);
    if (receivedAt < before) fail(`${eventId} comes out of the order of receipt`);
    before = receivedAt;
    const sent = record.acknowledged.get(eventId);
    if (!sent) fail(`${eventId} is there and was never acknowledged, although every batch was`);
    else if (sent.userId !== userId || sent.n !== n) fail(`${eventId} has another content than was sent`);
    if (userId === HOT_USER) continue;
    const expected = (last.get(userId) ?? 0) + 1;
    if (n !== expected) fail(`event ${n} of ${userId} comes where ${expected} belongs`);
    last.set(userId, n);
  }
  for (const eventId of record.acknowledged.keys()) {
    if (!seen.has(eventId)) fail(`${eventId} was acknowledged and is missing`);
  }
}

function accountCopier(copier, events, fail) {
  const copied = copier.events;
  if (copied.length !== events.length) {
    fail(`the copier has ${copied.length} events, a new one ${events.length}`);
  }
  const at = copied.findIndex(({ eventId }, index) => eventId !== events[index]?.eventId);
  if (at !== -1) fail(`the copier's event ${at} is ${copied[at].eventId}, a new one's ${events[at]?.eventId}`);
}

/** Everything received before a moment was there when that moment was told. */
function accountMoments(moments, events, fail) {
  let index = 0;
  let latest = '';
  for (const { dataAsOf, count } of moments) {
    if (dataAsOf < latest) fail(`dataAsOf went back from ${latest} to ${dataAsOf}`);
    latest = dataAsOf;
    while (index < events.length && events[index].receivedAt < dataAsOf) index += 1;
    if (index !== count) fail(`as of ${dataAsOf} there were ${count} events, and ${index} were received before it`);
  }
  return moments.length;
}

async function accountMarts(url, events, fail) {
  const byUser = new Map();
  for (const { userId } of events) byUser.set(userId, (byUser.get(userId) ?? 0) + 1);
  const [total] = (await send(url, TOTALS)).auditEventGroups.nodes;
  if (total.count !== events.length) fail(`the groups count ${total.count} events of ${events.length}`);
  if (total.uniqueUsers !== byUser.size) fail(`the groups count ${total.uniqueUsers} users of ${byUser.size}`);
  const groups = await list(url, BY_USER, 'auditEventGroups');
  compare(
    'the group',
    byUser,
    countOf(groups, ({ dimensions, count }) => [dimensions.userId, count]),
    fail,
  );
  // Activity is kept of users, whatever the source of their events.
  const activity = (await list(url, ACTIVITY, 'userActivity')).filter(({ userId }) => byUser.has(userId));
  compare(
    'the activity',
    byUser,
    countOf(activity, ({ userId, eventCount }) => [userId, eventCount]),
    fail,
  );
}

function compare(what, expected, found, fail) {
  for (const [userId, count] of expected) {
    if (found.get(userId) !== count) fail(`${what} of ${userId} counts ${found.get(userId)} of ${count}`);
  }
  if (found.size !== expected.size) fail(`${what} is kept of ${found.size} users, there are ${expected.size}`);
}

function countOf(rows, entryOf) {
  const counts = new Map();
  for (const row of rows) {
    const [userId, count] = entryOf(row);
    counts.set(userId, (counts.get(userId) ?? 0) + count);
  }
  return counts;
}

/**
 * A row for each acknowledged refusal, perhaps more where it was sent again. A line may have come after its sender had been
 * told that it was not taken, and the sender sent it again: it is told of, and nothing else is.
 */
function accountErrors(errors, { refused, acknowledged }, fail) {
  const rejected = countOf(
    errors.filter(({ code }) => code === 'INVALID_EVENT'),
    ({ eventId }) => [eventId, 1],
  );
  for (const [eventId, entry] of refused) {
    const rows = rejected.get(eventId) ?? 0;
    if (rows < entry.acknowledged || rows > entry.sent) {
      fail(`${eventId} was refused ${entry.acknowledged} times of ${entry.sent} and has ${rows} ingest errors`);
    }
    rejected.delete(eventId);
  }
  for (const eventId of rejected.keys()) fail(`${eventId} is an ingest error and was never refused`);
  for (const { code, eventId, message } of errors) {
    if (code === 'INVALID_EVENT') continue;
    if (code === 'LATE_LINE' && (eventId === null || acknowledged.has(eventId) || refused.has(eventId))) continue;
    fail(`an ingest error that should not be: ${code} ${message}`);
  }
}

async function list(url, query, field) {
  const nodes = [];
  for (let after = null; ; ) {
    const page = (await send(url, query, { after }))[field];
    nodes.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return nodes;
    after = page.pageInfo.endCursor;
  }
}
