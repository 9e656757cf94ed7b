import { createHash } from 'node:crypto';
import type { NormalisedEvent } from '../../src/domain/audit-event.ts';
import { type Origin, writeLine } from '../../src/domain/envelope.ts';

/** One copy of an event as it lies in the log. */
export interface Delivery {
  readonly event: NormalisedEvent;
  readonly origin: Origin;
  readonly node: string;
  readonly epoch: number;
  readonly seq: number;
  readonly receivedAt: number;
  readonly ingestedBy: string;
}

export function anEvent(fields: Partial<NormalisedEvent> = {}): NormalisedEvent {
  const userId = fields.userId ?? 'usr-0042';
  return {
    eventId: 'evt-1',
    timestamp: Date.UTC(2024, 2, 20, 14, 30),
    eventType: 'LOGIN',
    activityType: 'LOGIN',
    action: 'LOGIN',
    userId,
    userPseudonym: `pseudonym of ${userId}`,
    userRole: null,
    userDepartment: null,
    actorKind: 'HUMAN',
    resourceId: null,
    resourceType: null,
    outcome: 'SUCCESS',
    sensitivity: 'LOW',
    environment: null,
    region: null,
    source: 'app',
    sourceIp: null,
    sessionId: null,
    metadata: null,
    ...fields,
  };
}

let lastSeq = 0;

/** Received a minute after it happened, under the next number of node-a, unless told otherwise. */
export function aDelivery(fields: Partial<NormalisedEvent> = {}, at: Partial<Omit<Delivery, 'event'>> = {}): Delivery {
  const event = anEvent(fields);
  lastSeq += 1;
  return {
    event,
    origin: 'API',
    node: 'node-a',
    epoch: 1,
    seq: lastSeq,
    receivedAt: event.timestamp + 60_000,
    ingestedBy: 'svc-import',
    ...at,
  };
}

/** The event object of a line. `metadata` goes in as the text it is. */
export function eventJson({ metadata, timestamp, ...event }: NormalisedEvent): string {
  const head = JSON.stringify({ ...event, timestamp: new Date(timestamp).toISOString() });
  return `${head.slice(0, -1)},"metadata":${metadata ?? 'null'}}`;
}

export const contentHash = (event: NormalisedEvent): string =>
  createHash('sha256').update(eventJson(event)).digest('hex');

export const lineOf = ({ event, origin, ingestedBy, receivedAt, ...at }: Delivery): string =>
  writeLine(
    {
      kind: 'EVENT',
      origin,
      ingestedBy,
      trace: null,
      body: `"sha256":"${contentHash(event)}","event":${eventJson(event)}`,
    },
    at,
    new Date(receivedAt).toISOString(),
  );
