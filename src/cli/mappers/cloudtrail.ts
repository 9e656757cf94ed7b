/** AWS CloudTrail records as audit events. docs/import.md has the table; keep both alike. */
import type { AuditEventInput } from '../../domain/audit-event.ts';
import { activityOf } from './cloudtrail/activity.ts';
import { actorOf } from './cloudtrail/actor.ts';
import { cloudTrailRecords } from './cloudtrail/envelopes.ts';
import { readEventName } from './cloudtrail/event-name.ts';
import { outcomeOf } from './cloudtrail/outcome.ts';
import { resourceIdOf, resourceTypeOf } from './cloudtrail/resource.ts';
import { contentId, type Fields, fittingText, isObject, objectAt, textAt, valueAt } from './fields.ts';
import { type Mapper, MappingError } from './mapper.ts';

/** The system that reports the events, whichever service they come from; that one is `metadata.eventSource`. */
const CLOUDTRAIL_SOURCE = 'aws.cloudtrail';

export const cloudTrail: Mapper = {
  name: 'cloudtrail',
  records: cloudTrailRecords,
  map: (record) => toEvent(isObject(record) ? record : parseText(record)),
};

function toEvent(record: Fields): AuditEventInput {
  const eventName = textAt(record, 'eventName') ?? textAt(objectAt(record, 'insightDetails'), 'eventName');
  if (eventName === undefined) {
    throw new MappingError('is no CloudTrail record: it has no eventName', ['eventName']);
  }
  const time = ['eventTime', '@timestamp'].map((key) => valueAt(record, key)).find(isTime);
  if (time === undefined) {
    throw new MappingError('does not say when it happened: it needs eventTime or @timestamp', ['eventTime']);
  }
  const actor = actorOf(record);
  if (actor.userId === undefined) {
    throw new MappingError(
      'does not say who acted: userIdentity has no arn, invokedBy, userName, principalId or accountId',
      ['userIdentity'],
    );
  }

  const service = (textAt(record, 'eventSource') ?? '').replace(/\.amazonaws\.com(?:\.cn)?$/, '');
  const { verb, noun } = readEventName(eventName);
  const eventId = textAt(record, 'eventID');
  return {
    eventId: eventId === undefined ? contentId(record) : fittingText(eventId),
    timestamp: time,
    ...activityOf(record, eventName, verb, service),
    userId: fittingText(actor.userId),
    ...fitting('userRole', actor.userRole),
    actorKind: actor.actorKind,
    ...fitting('resourceId', resourceIdOf(record, service)),
    ...fitting('resourceType', resourceTypeOf(record, service, noun)),
    outcome: outcomeOf(record, eventName),
    ...fitting('region', textAt(record, 'awsRegion')),
    source: CLOUDTRAIL_SOURCE,
    ...fitting('sourceIp', textAt(record, 'sourceIPAddress')),
    ...fitting('sessionId', actor.sessionId),
    metadata: metadataOf(record),
  };
}

/** LookupEvents carries each record as JSON text. */
function parseText(record: unknown): Fields {
  if (typeof record === 'string') {
    try {
      const parsed: unknown = JSON.parse(record);
      if (isObject(parsed)) return parsed;
    } catch (error) {
      throw new MappingError(`is text that is not JSON: ${(error as Error).message}`);
    }
  }
  throw new MappingError('is no JSON object');
}

const isTime = (value: unknown): value is string | number =>
  (typeof value === 'string' && value !== '') || typeof value === 'number';

const fitting = <K extends string>(field: K, value: string | undefined): { [P in K]?: string } =>
  (value === undefined ? {} : { [field]: fittingText(value) }) as { [P in K]?: string };

/** A field holds these whole, so metadata need not repeat them. */
const MOVED: Readonly<Record<string, (value: string) => boolean>> = {
  eventID: (value) => fittingText(value) === value,
  awsRegion: (value) => fittingText(value) === value,
  sourceIPAddress: (value) => fittingText(value) === value,
  // The gateway keeps milliseconds.
  eventTime: (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/.test(value),
};

/** Everything else of the record, under its own names: nothing is lost, and rules find what they look for. */
function metadataOf(record: Fields): Record<string, unknown> {
  const kept = Object.entries(record).filter(
    ([key, value]) => !(Object.hasOwn(MOVED, key) && typeof value === 'string' && value !== '' && MOVED[key]?.(value)),
  );
  return Object.fromEntries(kept);
}
