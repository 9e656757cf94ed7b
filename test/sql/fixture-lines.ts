import { createHash } from 'node:crypto';
import { ACTIVITY_TYPES } from '../../src/domain/activity-type.ts';
import { ACTOR_KINDS, OUTCOMES, SENSITIVITIES } from '../../src/domain/audit-event.ts';
import { writeLine } from '../../src/domain/envelope.ts';
import { writeCanonicalJson } from '../../src/ingest/canonical-json.ts';
import { aDelivery, type Delivery, lineOf } from '../marts/delivery.ts';

const DAY = Date.UTC(2024, 2, 20);
const HOUR_MS = 3_600_000;

/** The same number for the same words: nothing here is random. */
const pick = (...words: (string | number)[]): number =>
  createHash('sha256').update(words.join('|')).digest().readUInt32BE(0);
const oneOf = <T>(list: readonly T[], ...words: (string | number)[]): T => list[pick(...words) % list.length] as T;

const METADATA: readonly (Record<string, unknown> | null)[] = [
  null,
  { a: { b: 1 } },
  { a: { b: 'one' }, list: [{ id: 'x' }, null, 2.5], 'a.b': 'dotted' },
  { a: null, on: true, 'it\'s "odd" \\ here': { '0': 'zero' }, deep: [[1, [2]]] },
  { note: 'Straße, Ünal, %_\\', n: -12.25 },
];

/** Deliveries of so many events: late, again, and of other content. */
export function deliveries(events: number): readonly Delivery[] {
  const made: Delivery[] = [];
  for (let n = 0; n < events; n += 1) {
    const timestamp = DAY + (pick('day', n) % 5) * 24 * HOUR_MS + (pick('at', n) % (24 * HOUR_MS));
    const userId = `usr-${pick('user', n) % 40}`;
    const metadata = oneOf(METADATA, 'metadata', n);
    const event = {
      eventId: n === 0 ? 'evt-a' : `evt-${n}`,
      timestamp: n === 0 ? Date.UTC(2024, 2, 20, 14, 30) : timestamp,
      userId: n < 3 ? `usr-${n}` : userId,
      userRole: oneOf(['ANALYST', 'ADMIN', null], 'role', n),
      userDepartment: oneOf(['Finance', 'IT', 'Finance', null], 'department', userId),
      activityType: oneOf(ACTIVITY_TYPES, 'activity', n),
      action: oneOf(['READ', 'write', 'Löschen'], 'action', n),
      actorKind: n % 3 < 2 ? ('HUMAN' as const) : oneOf(ACTOR_KINDS, 'kind', n),
      resourceId: oneOf(['res-1', 'res-2', 'RES-2', null], 'resource', n),
      resourceType: oneOf(['BUCKET', 'TABLE', null], 'type', n),
      outcome: oneOf(OUTCOMES, 'outcome', n),
      sensitivity: oneOf(SENSITIVITIES, 'sensitivity', n),
      environment: oneOf(['prod', 'test', null], 'environment', n),
      region: oneOf(['eu-central-1', 'us-east-1', null], 'region', n),
      source: oneOf(['app', 'vpn', 'app', 'trailgate'], 'source', n),
      sourceIp: oneOf(['192.0.2.7', '2001:db8::1', null], 'ip', n),
      sessionId: oneOf(['ses-1', null], 'session', n),
      metadata: metadata && writeCanonicalJson(metadata),
    };
    const origin = event.source === 'trailgate' && n % 7 !== 0 ? ('GATEWAY' as const) : ('API' as const);
    const at = { origin, node: oneOf(['node-a', 'node-b'], 'node', n), receivedAt: DAY + 6 * 24 * HOUR_MS + n * 1_000 };
    made.push(aDelivery(event, at));
    if (n % 9 === 0) made.push(aDelivery(event, { ...at, receivedAt: at.receivedAt + 500 }));
    // Another content of the same key, by another node whose clock is behind: it wins where it comes with a later load.
    if (n % 11 === 0) {
      const other = { ...event, action: 'OTHER', userDepartment: 'Legal', outcome: 'DENIED' as const };
      made.push(aDelivery(other, { ...at, node: 'node-c', receivedAt: at.receivedAt - (n % 2 === 0 ? 90_000 : -400) }));
    }
  }
  return made;
}

export const rejectedLine = (seq: number): string =>
  writeLine(
    {
      kind: 'REJECTED',
      origin: 'API',
      ingestedBy: seq % 2 === 0 ? 'svc-import' : 'svc-backup',
      trace: null,
      body: `"rejection":${JSON.stringify({
        code: seq % 3 === 0 ? 'INVALID_EVENT' : 'TOO_LARGE',
        message: 'no',
        path: ['outcome'],
        eventId: seq % 4 === 0 ? `evt-bad-${seq}` : null,
        source: null,
        document: seq % 5 === 0 ? null : '{"outcome":"no"}',
      })}`,
    },
    { node: 'node-a', epoch: 1, seq: 100_000 + seq },
    new Date(DAY + 6 * 24 * HOUR_MS + seq * 7_000).toISOString(),
  );

export const ledgerLine = (seq: number): string =>
  writeLine(
    {
      kind: 'LEDGER',
      origin: 'GATEWAY',
      ingestedBy: 'node-a',
      trace: null,
      body: '"ledger":{"bucket":1,"firstSeq":1,"lastSeq":9,"count":9,"refused":[],"state":"LIVE"}',
    },
    { node: 'node-a', epoch: 1, seq: 200_000 + seq },
    new Date(DAY + 6 * 24 * HOUR_MS + seq).toISOString(),
  );

/** The lines of some loads, each as whole lines. */
export function loads(events = 2_600): readonly (readonly string[])[] {
  const all = deliveries(events);
  // What comes late comes with the last load, in another order than it was received in.
  const early = all.filter(({ node }, index) => node !== 'node-c' || index % 3 === 0);
  const late = all.filter((delivery) => !early.includes(delivery));
  const third = Math.ceil(early.length / 3);
  const parts = [
    early.slice(0, third),
    early.slice(third, 2 * third),
    early.slice(2 * third),
    // With some that are loaded already.
    [...late, ...early.slice(5, 9)],
  ];
  return parts.map((part, load) => [
    ...part.map(lineOf),
    // A record that came twice.
    ...part.slice(0, 3).map(lineOf),
    ...Array.from({ length: 6 }, (_, n) => rejectedLine(load * 6 + n)),
    ledgerLine(load),
  ]);
}
