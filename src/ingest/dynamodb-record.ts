import { describeChange } from './dynamodb-change.ts';
import type { Item } from './dynamodb-images.ts';
import { readItem } from './dynamodb-values.ts';
import { kindOf, type Refusal, RefusalError } from './refusal.ts';

/** What becomes of one record of a table's stream. */
export type MappedRecord =
  /** A document for accept, in either of the requirement's forms. */
  | { readonly phase: 'event'; readonly document: unknown }
  /** None that accept could make an event of; sending it again would not help. */
  | { readonly phase: 'refused'; readonly refusal: Refusal; readonly document: unknown }
  /** DynamoDB itself let go of an item whose time to live was over: storage, not what somebody did. */
  | { readonly phase: 'expired' };

export interface RecordMapping {
  /** Attributes of an item that are the table's own business, for example its time to live. */
  readonly ignoredAttributes: ReadonlySet<string>;
}

/**
 * INSERT is the event itself. MODIFY and REMOVE leave that one as it is: each is an event of its own, named and timed by
 * the stream, so that a record delivered twice is the same event twice. Takes what Lambda delivers; pure, never throws.
 */
export function mapStreamRecord(record: unknown, { ignoredAttributes }: RecordMapping): MappedRecord {
  try {
    return map(asObject(record, []), ignoredAttributes);
  } catch (error) {
    if (error instanceof RefusalError) return { phase: 'refused', refusal: error.refusal, document: record };
    throw error;
  }
}

type Json = Readonly<Record<string, unknown>>;

function map(record: Json, ignored: ReadonlySet<string>): MappedRecord {
  const kind = record.eventName;
  const change = asObject(record.dynamodb, ['dynamodb']);
  const eventId = requiredText(record.eventID, ['eventID']);
  if (kind === 'INSERT') {
    return { phase: 'event', document: withId(withoutIgnored(insertedItem(change), ignored), eventId) };
  }
  if (kind !== 'MODIFY' && kind !== 'REMOVE') {
    throw new RefusalError(['eventName'], 'is none of INSERT, MODIFY, REMOVE');
  }
  const identity = isObject(record.userIdentity) ? record.userIdentity : {};
  if (kind === 'REMOVE' && isTimeToLive(identity)) return { phase: 'expired' };
  const arn = textOf(record.eventSourceARN);
  return {
    phase: 'event',
    document: describeChange({
      kind,
      eventId,
      at: creationTime(change.ApproximateCreationDateTime),
      principal: textOf(identity.principalId),
      table: tableOf(arn),
      awsRegion: arn?.split(':')[3] || textOf(record.awsRegion),
      sequenceNumber: textOf(change.SequenceNumber),
      keys: imageOf(change, 'Keys') ?? {},
      oldImage: imageOf(change, 'OldImage'),
      newImage: imageOf(change, 'NewImage'),
    }),
  };
}

/** The name in `arn:aws:dynamodb:eu-central-1:111122223333:table/audit_events/stream/…`. */
export const tableOf = (arn: string | null): string => (arn && /:table\/([^/]+)/.exec(arn)?.[1]) || 'unknown';

const isTimeToLive = ({ type, principalId }: Json): boolean =>
  type === 'Service' && principalId === 'dynamodb.amazonaws.com';

function insertedItem(change: Json): Item {
  const item = imageOf(change, 'NewImage');
  if (item) return item;
  throw new RefusalError(
    ['dynamodb', 'NewImage'],
    `is missing; set the view type of the table’s stream to NEW_AND_OLD_IMAGES${viewOf(change)}`,
  );
}

const viewOf = ({ StreamViewType: view }: Json): string => (typeof view === 'string' ? ` (it is ${view})` : '');

const imageOf = (change: Json, name: string): Item | null =>
  change[name] === undefined || change[name] === null ? null : readItem(change[name], ['dynamodb', name]);

const withoutIgnored = (item: Item, ignored: ReadonlySet<string>): Item =>
  Object.keys(item).some((name) => ignored.has(name))
    ? Object.fromEntries(Object.entries(item).filter(([name]) => !ignored.has(name)))
    : item;

const ID_NAMES: ReadonlySet<string> = new Set(['eventId', 'event_id']);

/** An item of a table with another key may have no id: that of the stream is the same however often it is delivered. */
const withId = (item: Item, eventId: string): Item =>
  [...ID_NAMES].some((name) => Object.hasOwn(item, name) && item[name] !== null && item[name] !== '')
    ? item
    : { ...withoutIgnored(item, ID_NAMES), eventId };

/**
 * Seconds since 1970 from Lambda, a Date from the API; milliseconds. Cut to the second, which is all that the service
 * promises: the same record must have the same time whichever way it came.
 */
function creationTime(value: unknown): number {
  const seconds = value instanceof Date ? value.getTime() / 1_000 : value;
  if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= LAST_SECOND)) {
    throw new RefusalError(['dynamodb', 'ApproximateCreationDateTime'], 'is no time in seconds since 1970');
  }
  return Math.floor(seconds) * 1_000;
}

/** The end of the year 9999. */
const LAST_SECOND = 253_402_300_799;

function asObject(value: unknown, path: readonly string[]): Json {
  if (isObject(value)) return value;
  throw new RefusalError(path, `${path.length === 0 ? 'The stream record ' : ''}is a ${kindOf(value)}, not an object`);
}

function requiredText(value: unknown, path: readonly string[]): string {
  const text = textOf(value);
  if (text !== null) return text;
  throw new RefusalError(path, 'is missing; a record of a DynamoDB stream has one');
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
