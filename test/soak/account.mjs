// What the API says there is, held against what the producers know.
import { send } from './server-process.mjs';

const COPY = `query ($after: String) {
  auditEvents(first: 2000, after: $after, orderBy: { field: RECEIVED_AT, direction: ASC }) {
    nodes { eventId timestamp eventType userId resourceId outcome receivedAt metadata }
    pageInfo { endCursor hasNextPage }
  }
}`;
const TOTALS = `query {
  auditEventGroups { nodes { count failureCount uniqueUsers } }
}`;
const BY_USER = `query ($after: String) {
  auditEventGroups(first: 1000, after: $after, groupBy: [USER_ID, EVENT_TYPE]) {
    nodes { dimensions { userId eventType } count failureCount }
    pageInfo { endCursor hasNextPage }
  }
}`;
const ACTIVITY = `query ($after: String) {
  userActivity(first: 1000, after: $after) { nodes { userId eventCount } pageInfo { endCursor hasNextPage } }
}`;
const ERRORS = `query ($after: String) {
  ingestErrors(first: 1000, after: $after) { nodes { code eventId message } pageInfo { endCursor hasNextPage } }
}`;
const READY_WITHIN_MS = 120_000;

/** A copier that goes on from its last cursor for ever, over every restart. */
export function createCopier(keep = (event) => event) {
  let cursor = null;
  const copied = [];
  return {
    copied,
    copy: async (url) => {
      for (;;) {
        const { nodes, pageInfo } = (await send(url, COPY, { after: cursor })).auditEvents;
        copied.push(...nodes.map(keep));
        cursor = pageInfo.endCursor ?? cursor;
        if (!pageInfo.hasNextPage) return;
      }
    },
  };
}

/** Until everything acknowledged so far must be in every answer. */
export async function untilQueryable(url, receivedAt) {
  const until = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const { auditEvents } = await send(url, '{ auditEvents(first: 1) { dataAsOf } }');
    if (auditEvents.dataAsOf > receivedAt) return;
    if (performance.now() > until) throw new Error(`what was received at ${receivedAt} cannot be queried`);
    await new Promise((resolve) => setTimeout(resolve, 50));
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

/** Everything that is wrong, in words; and figures. `copied` are the ids that a copier has seen over all restarts. */
export async function account(url, ledger, copied) {
  const faults = [...ledger.faults];
  const fail = (text) => faults.push(text);
  const fresh = createCopier();
  await fresh.copy(url);
  const events = fresh.copied;

  const seen = new Map();
  let before = '';
  for (const event of events) {
    if (seen.has(event.eventId)) fail(`${event.eventId} is there twice`);
    seen.set(event.eventId, event);
    if (event.receivedAt < before) fail(`${event.eventId} comes out of order`);
    before = event.receivedAt;
    const entry = ledger.events.get(event.eventId);
    if (!entry || entry.sent === 0) fail(`${event.eventId} was never sent`);
    else if (!isSame(event, entry.document)) fail(`${event.eventId} has another content than was sent`);
  }
  let acknowledged = 0;
  for (const [eventId, entry] of ledger.events) {
    if (entry.acknowledged === 0) continue;
    acknowledged += 1;
    if (!seen.has(eventId)) fail(`${eventId} was acknowledged and is missing`);
  }
  if (copied.length !== events.length || copied.some((eventId, index) => eventId !== events[index].eventId)) {
    const missed = new Set(seen.keys());
    for (const id of copied) missed.delete(id);
    fail(
      `a copier over all restarts has ${copied.length} events, a new one ${events.length}; missed: ${[...missed].slice(0, 5)}`,
    );
  }

  await accountMarts(url, events, fail);
  const errors = await list(url, ERRORS, 'ingestErrors');
  accountErrors(errors, ledger, fail);
  return {
    faults,
    figures: {
      eventsAcknowledged: acknowledged,
      eventsPresent: events.length,
      presentUnacknowledged: events.length - acknowledged,
      sentButAbsent: ledger.events.size - events.length,
      rejectionsAcknowledged: acknowledgedOf(ledger.refused),
      conflictsAcknowledged: acknowledgedOf(ledger.conflicts),
      ingestErrors: errors.length,
    },
  };
}

const acknowledgedOf = (entries) => [...entries.values()].reduce((sum, { acknowledged }) => sum + acknowledged, 0);

const isSame = (event, sent) =>
  ['timestamp', 'eventType', 'userId', 'resourceId', 'outcome'].every((name) => event[name] === sent[name]) &&
  event.metadata.of === sent.metadata.of &&
  event.metadata.note === sent.metadata.note;

async function accountMarts(url, events, fail) {
  const [total] = (await send(url, TOTALS)).auditEventGroups.nodes;
  const failures = events.filter(({ outcome }) => outcome === 'FAILURE').length;
  const users = new Set(events.map(({ userId }) => userId)).size;
  if (total.count !== events.length) fail(`the groups count ${total.count} events of ${events.length}`);
  if (total.failureCount !== failures) fail(`the groups count ${total.failureCount} failures of ${failures}`);
  if (total.uniqueUsers !== users) fail(`the groups count ${total.uniqueUsers} users of ${users}`);

  const byUserAndType = countBy(events, ({ userId, eventType }) => `${userId} ${eventType}`);
  const groups = await list(url, BY_USER, 'auditEventGroups');
  for (const { dimensions, count } of groups) {
    const name = `${dimensions.userId} ${dimensions.eventType}`;
    if (byUserAndType.get(name) !== count) fail(`the group ${name} counts ${count} of ${byUserAndType.get(name)}`);
    byUserAndType.delete(name);
  }
  for (const name of byUserAndType.keys()) fail(`the group ${name} is missing`);

  const byUser = countBy(events, ({ userId }) => userId);
  const active = new Map();
  for (const { userId, eventCount } of await list(url, ACTIVITY, 'userActivity')) {
    active.set(userId, (active.get(userId) ?? 0) + eventCount);
  }
  for (const [userId, count] of byUser) {
    if (active.get(userId) !== count) fail(`the activity of ${userId} counts ${active.get(userId)} of ${count}`);
  }
  if (active.size !== byUser.size) fail(`activity is kept of ${active.size} users, there are ${byUser.size}`);
}

function countBy(items, nameOf) {
  const counts = new Map();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  return counts;
}

/** One row for each acknowledged rejection, perhaps one for an unanswered one, and none for anything else. */
function accountErrors(errors, ledger, fail) {
  const rejected = countBy(
    errors.filter(({ code }) => code === 'INVALID_EVENT'),
    ({ eventId }) => eventId,
  );
  for (const [eventId, { sent, acknowledged }] of ledger.refused) {
    const rows = rejected.get(eventId) ?? 0;
    if (rows < acknowledged || rows > sent) {
      fail(`${eventId} was refused ${acknowledged} times of ${sent} and is among the ingest errors ${rows} times`);
    }
    rejected.delete(eventId);
  }
  for (const eventId of rejected.keys()) fail(`${eventId} is an ingest error and was never refused`);
  const conflicting = countBy(
    errors.filter(({ code }) => code === 'CONFLICT'),
    ({ eventId }) => eventId,
  );
  for (const [eventId, { acknowledged }] of ledger.conflicts) {
    if (acknowledged > 0 && !conflicting.has(eventId))
      fail(`a conflict over ${eventId} is not among the ingest errors`);
    conflicting.delete(eventId);
  }
  for (const eventId of conflicting.keys()) fail(`a conflict over ${eventId} was never sent`);
  for (const { code, message } of errors) {
    if (code !== 'INVALID_EVENT' && code !== 'CONFLICT') fail(`an ingest error that should not be: ${code} ${message}`);
  }
}
