import { hash } from 'node:crypto';
import {
  type AuditEventInput,
  GATEWAY_SOURCE,
  LIMITS,
  SENSITIVITIES,
  type Sensitivity,
} from '../domain/audit-event.ts';
import { textFault } from './canonical-json.ts';
import { type Item, keepImages } from './dynamodb-images.ts';

/** A MODIFY or REMOVE of the stream, its images read. */
export interface RecordChange {
  readonly kind: 'MODIFY' | 'REMOVE';
  readonly eventId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly principal: string | null;
  readonly table: string;
  readonly awsRegion: string | null;
  readonly sequenceNumber: string | null;
  readonly keys: Item;
  readonly oldImage: Item | null;
  readonly newImage: Item | null;
}

/** Room for what accept adds: a pseudonym, defaults, what a mapping file fills in. */
const ACCEPT_BYTES = 16 * 1024;
const MAX_CHANGED_NAMES = 50;
const MAX_NAME_LENGTH = 100;

/**
 * An audit record was changed or removed where it should never be: an event of its own, by whoever did it. Where the
 * record said what it was about (source, environment, region, sensitivity), those who look for it there find this too;
 * the department is the actor's, and who changed a record is not the person that the record is about.
 */
export function describeChange(change: RecordChange): AuditEventInput {
  const { kind, oldImage, newImage } = change;
  const original = oldImage ?? newImage ?? {};
  const event: AuditEventInput = {
    eventId: shortText(change.eventId, LIMITS.maxFieldLength),
    timestamp: new Date(change.at).toISOString(),
    eventType: kind === 'MODIFY' ? 'AUDIT_RECORD_CHANGED' : 'AUDIT_RECORD_REMOVED',
    action: kind === 'MODIFY' ? 'UPDATE' : 'DELETE',
    userId: change.principal ? shortText(change.principal, LIMITS.maxFieldLength) : 'unknown',
    actorKind: 'SYSTEM',
    resourceId: resourceIdOf(change.keys),
    resourceType: 'AUDIT_RECORD',
    outcome: 'SUCCESS',
    sensitivity: sensitivityOf(original),
    environment: fieldOf(original, 'environment'),
    region: fieldOf(original, 'region'),
    source: sourceOf(original),
  };
  const facts = {
    table: change.table,
    awsRegion: change.awsRegion,
    sequenceNumber: change.sequenceNumber,
    keys: keepImages({ keys: change.keys }, MAX_KEY_BYTES).images.keys,
    ...(oldImage && newImage ? changedNames(oldImage, newImage) : {}),
  };
  const room = LIMITS.maxEventBytes - ACCEPT_BYTES - Buffer.byteLength(JSON.stringify({ ...event, metadata: facts }));
  const given = { ...(oldImage && { oldImage }), ...(newImage && { newImage }) };
  const { images, cutValues, alteredTexts } = keepImages(given, room);
  const metadata = {
    ...facts,
    ...images,
    ...(cutValues > 0 && { cutValues }),
    ...(alteredTexts > 0 && { alteredTexts }),
  };
  return { ...event, metadata };
}

/** A key has 3 KiB at most; escaped and in base64 it is longer. */
const MAX_KEY_BYTES = 24 * 1024;

/** The values of the key in the order of their names: of the requirement's table `evt_1/2024-03-20T14:30:00Z`. */
function resourceIdOf(keys: Item): string | null {
  const values = Object.keys(keys)
    .sort()
    .map((name) => String(keys[name]));
  return values.length === 0 ? null : shortText(values.join('/'), LIMITS.maxFieldLength);
}

/** The attributes that differ, in the order of their names. */
function changedNames(oldImage: Item, newImage: Item): { changed: string[]; moreChanged?: number } {
  const names = [...new Set([...Object.keys(oldImage), ...Object.keys(newImage)])].sort();
  const changed = names.filter((name) => comparable(oldImage, name) !== comparable(newImage, name));
  const shown = changed.slice(0, MAX_CHANGED_NAMES).map((name) => shortText(name, MAX_NAME_LENGTH));
  return { changed: shown, ...(changed.length > shown.length && { moreChanged: changed.length - shown.length }) };
}

/** Read from an item of DynamoDB, so that its keys stand in one order only after this. */
const comparable = (item: Item, name: string): string | null =>
  Object.hasOwn(item, name) ? JSON.stringify(item[name], sortedKeys) : null;

const sortedKeys = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Only the gateway speaks as `trailgate`: a record that claims it is reported by the table's own name. */
function sourceOf(original: Item): string | null {
  const source = fieldOf(original, 'source');
  return source === GATEWAY_SOURCE ? null : source;
}

function fieldOf(item: Item, name: string): string | null {
  const value = Object.hasOwn(item, name) ? item[name] : null;
  if (typeof value !== 'string' || value === '' || value.length > LIMITS.maxFieldLength) return null;
  return textFault(value) ? null : value;
}

/** Where either form of the requirement keeps it. */
function sensitivityOf({ sensitivity, action, metadata }: Item): Sensitivity | null {
  const inAction = isObject(action) ? action.sensitivity : undefined;
  const inMetadata = isObject(metadata) ? metadata.data_classification : undefined;
  const found = [sensitivity, inAction, inMetadata].find((value) => typeof value === 'string' && value !== '') as
    | string
    | undefined;
  return SENSITIVITIES.find((known) => known === found?.toUpperCase()) ?? null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Text of any origin as a field may hold it; what is cut off is named by the whole text's SHA-256. */
function shortText(text: string, maxLength: number): string {
  const kept = text.toWellFormed().replaceAll('\u0000', '\uFFFD');
  if (kept.length <= maxLength) return kept;
  const tail = `…sha256:${hash('sha256', text, 'hex')}`;
  return `${kept.slice(0, maxLength - tail.length).toWellFormed()}${tail}`;
}
