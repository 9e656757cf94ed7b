import { createHash } from 'node:crypto';
import type { NormalisedEvent } from '../../src/domain/audit-event.ts';
import type { SqlRow } from '../../src/ports/warehouse.ts';
import { contentHash, type Delivery } from './delivery.ts';
import type { Tables } from './warehouse-with-marts.ts';

/**
 * The marts worked out from the deliveries by the definitions alone, with loops and maps: it shares nothing with the
 * SQL, so that an error that the incremental and the full SQL have in common shows.
 */
export function expectedMarts(deliveries: readonly Delivery[], localHour: (at: number) => number): Tables {
  const forbidden = deliveries.filter(({ event, origin }) => event.source === 'trailgate' && origin !== 'GATEWAY');
  const copies = deliveries.filter((delivery) => !forbidden.includes(delivery));
  const winners: Delivery[] = [];
  const errors: SqlRow[] = [];
  for (const ofKey of groups(copies, ({ event }) => [event.eventId, event.timestamp]).values()) {
    const ordered = [...ofKey].sort(firstReceived);
    const winner = ordered[0] as Delivery;
    winners.push(winner);
    for (const [hash, ofContent] of groups(ordered, ({ event }) => contentHash(event))) {
      if (hash !== JSON.stringify(contentHash(winner.event))) errors.push(conflictRow(ofContent[0] as Delivery));
    }
  }
  const lines = new Map(forbidden.map((delivery) => [`${delivery.node}|${delivery.epoch}|${delivery.seq}`, delivery]));
  for (const [line, delivery] of lines) errors.push(forbiddenRow(line, delivery));

  const active = winners.map(({ event }) => event).filter(({ source }) => source !== 'trailgate');
  const sessions = sessionsOf(active);
  const resources = resourceRows(active);
  const totals = totalRows(active, sessions);
  return {
    audit_events_mart: winners.map(eventRow),
    audit_event_hours: [...groups(winners, ({ event }) => Math.floor(event.timestamp / 3_600_000))].map(
      ([hour, events]) => ({ event_hour: Number(hour) * 3_600_000, event_count: events.length }),
    ),
    audit_events_errors: errors,
    user_activity_daily: dailyRows(active, localHour),
    user_resource_daily: resources,
    user_sessions: sessions.map(({ types, ...row }) => ({ ...row, activity_types: types.join(',') })),
    users: [...groups(active, ({ userId }) => userId).values()].map((events) => {
      const latest = [...events].sort(latestLast).at(-1) as NormalisedEvent;
      return {
        user_id: latest.userId,
        user_pseudonym: latest.userPseudonym,
        user_role: latest.userRole,
        user_department: latest.userDepartment,
        latest_at: latest.timestamp,
        latest_event_id: latest.eventId,
      };
    }),
    user_activity_totals: totals,
    user_activity_mart: totals.map(({ session_seconds, ...row }) => ({
      ...row,
      resource_access_count: new Set(
        resources
          .filter(({ user_id, activity_type }) => user_id === row.user_id && activity_type === row.activity_type)
          .map(({ resource_type, resource_id }) => JSON.stringify([resource_type, resource_id])),
      ).size,
      avg_session_duration: row.session_count === 0 ? null : session_seconds / row.session_count / 60,
    })),
  };
}

const SESSION_GAP_MS = 30 * 60_000;

interface Session {
  readonly user_id: string;
  readonly user_pseudonym: string;
  readonly session_start: number;
  readonly session_end: number;
  readonly event_count: number;
  readonly duration_seconds: number;
  readonly types: readonly string[];
}

function sessionsOf(events: readonly NormalisedEvent[]): Session[] {
  const humans = events.filter(({ actorKind }) => actorKind === 'HUMAN');
  return [...groups(humans, ({ userId }) => userId).values()].flatMap((ofUser) => {
    const runs: NormalisedEvent[][] = [];
    for (const event of [...ofUser].sort((a, b) => a.timestamp - b.timestamp)) {
      const run = runs.at(-1);
      const before = run?.at(-1);
      if (run && before && event.timestamp - before.timestamp <= SESSION_GAP_MS) run.push(event);
      else runs.push([event]);
    }
    return runs.map((run) => {
      const [first, last] = [run[0] as NormalisedEvent, run.at(-1) as NormalisedEvent];
      return {
        user_id: first.userId,
        user_pseudonym: first.userPseudonym,
        session_start: first.timestamp,
        session_end: last.timestamp,
        event_count: run.length,
        duration_seconds: Math.floor((last.timestamp - first.timestamp) / 1_000),
        types: [...new Set(run.map(({ activityType }) => activityType))].sort(),
      };
    });
  });
}

function totalRows(events: readonly NormalisedEvent[], sessions: readonly Session[]) {
  return [...groups(events, ({ userId, activityType }) => [userId, activityType]).values()].map((found) => {
    const { userId, userPseudonym, activityType } = found[0] as NormalisedEvent;
    const own = sessions.filter(({ user_id, types }) => user_id === userId && types.includes(activityType));
    return {
      user_id: userId,
      user_pseudonym: userPseudonym,
      activity_type: activityType,
      event_count: found.length,
      first_activity: Math.min(...found.map(({ timestamp }) => timestamp)),
      last_activity: Math.max(...found.map(({ timestamp }) => timestamp)),
      session_count: own.length,
      session_seconds: own.reduce((sum, { duration_seconds }) => sum + duration_seconds, 0),
    };
  });
}

const cellOf = (event: NormalisedEvent) => ({
  user_id: event.userId,
  user_pseudonym: event.userPseudonym,
  activity_type: event.activityType,
  activity_date: dayOf(event.timestamp),
  user_department: event.userDepartment,
  environment: event.environment,
  region: event.region,
});

const dailyRows = (events: readonly NormalisedEvent[], localHour: (at: number) => number): SqlRow[] =>
  [...groups(events, cellOf).values()].map((found) => ({
    ...cellOf(found[0] as NormalisedEvent),
    event_count: found.length,
    failed_count: found.filter(({ outcome }) => outcome === 'FAILURE' || outcome === 'DENIED').length,
    sensitive_count: found.filter(({ sensitivity }) => sensitivity === 'HIGH' || sensitivity === 'RESTRICTED').length,
    off_hours_count: found.filter(({ timestamp }) => localHour(timestamp) < 7 || localHour(timestamp) >= 19).length,
    first_activity: Math.min(...found.map(({ timestamp }) => timestamp)),
    last_activity: Math.max(...found.map(({ timestamp }) => timestamp)),
  }));

const resourceRows = (events: readonly NormalisedEvent[]): SqlRow[] => {
  const touching = events.filter(({ resourceId }) => resourceId !== null);
  const keyOf = (event: NormalisedEvent) => ({
    ...cellOf(event),
    resource_type: event.resourceType,
    resource_id: event.resourceId,
  });
  return [...groups(touching, keyOf).values()].map((found) => ({
    ...keyOf(found[0] as NormalisedEvent),
    event_count: found.length,
  }));
};

const eventRow = ({ event, node, epoch, seq, receivedAt, ingestedBy }: Delivery): SqlRow => ({
  event_day: dayOf(event.timestamp),
  event_id: event.eventId,
  timestamp: event.timestamp,
  received_at: receivedAt,
  ingested_by: ingestedBy,
  event_type: event.eventType,
  activity_type: event.activityType,
  action: event.action,
  user_id: event.userId,
  user_pseudonym: event.userPseudonym,
  user_role: event.userRole,
  user_department: event.userDepartment,
  actor_kind: event.actorKind,
  resource_id: event.resourceId,
  resource_type: event.resourceType,
  outcome: event.outcome,
  sensitivity: event.sensitivity,
  environment: event.environment,
  region: event.region,
  source: event.source,
  source_ip: event.sourceIp,
  session_id: event.sessionId,
  metadata: event.metadata,
  payload_sha256: contentHash(event),
  ingest_node: node,
  ingest_epoch: epoch,
  ingest_seq: seq,
});

function conflictRow({ event, node, epoch, seq, receivedAt, ingestedBy }: Delivery): SqlRow {
  const { userPseudonym, activityType, metadata, timestamp, ...fields } = event;
  const occurred = new Date(timestamp).toISOString();
  const text = (name: keyof typeof fields) => JSON.stringify(fields[name]);
  return {
    ...NEW_ERROR,
    error_id: sha256(`${event.eventId}|${occurred}|${contentHash(event)}`).slice(0, 32),
    occurred_at: receivedAt,
    stage: 'REFRESH',
    code: 'CONFLICT',
    message: 'Another event has this eventId and timestamp, with other content. The one received first is kept.',
    event_id: event.eventId,
    source: event.source,
    ingested_by: ingestedBy,
    document:
      `{"eventId":${text('eventId')},"timestamp":"${occurred}","eventType":${text('eventType')},` +
      `"action":${text('action')},"userId":${text('userId')},"userRole":${text('userRole')},` +
      `"userDepartment":${text('userDepartment')},"actorKind":${text('actorKind')},"resourceId":${text('resourceId')},` +
      `"resourceType":${text('resourceType')},"outcome":${text('outcome')},"sensitivity":${text('sensitivity')},` +
      `"environment":${text('environment')},"region":${text('region')},"source":${text('source')},` +
      `"sourceIp":${text('sourceIp')},"sessionId":${text('sessionId')},"metadata":${metadata}}`,
    ingest_node: node,
    ingest_epoch: epoch,
    ingest_seq: seq,
  };
}

const forbiddenRow = (line: string, { event, node, epoch, seq, receivedAt, ingestedBy }: Delivery): SqlRow => ({
  ...NEW_ERROR,
  error_id: sha256(line).slice(0, 32),
  occurred_at: receivedAt,
  stage: 'LOAD',
  code: 'FORBIDDEN_SOURCE',
  message: 'The source "trailgate" is reserved for what people do in the gateway itself.',
  event_id: event.eventId,
  source: 'trailgate',
  ingested_by: ingestedBy,
  document: null,
  ingest_node: node,
  ingest_epoch: epoch,
  ingest_seq: seq,
});

const NEW_ERROR = { status: 'NEW', resolved_at: null, resolved_by: null, resolution_reason: null };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
const bytesOf = (text: string): Buffer => Buffer.from(text);

const firstReceived = (a: Delivery, b: Delivery): number =>
  a.receivedAt - b.receivedAt || Buffer.compare(bytesOf(a.node), bytesOf(b.node)) || a.epoch - b.epoch || a.seq - b.seq;

const latestLast = (a: NormalisedEvent, b: NormalisedEvent): number =>
  a.timestamp - b.timestamp || Buffer.compare(bytesOf(a.eventId), bytesOf(b.eventId));

function groups<T>(items: readonly T[], keyOf: (item: T) => unknown): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    found.set(key, [...(found.get(key) ?? []), item]);
  }
  return found;
}
