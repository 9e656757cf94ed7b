import { isObject, valueAt } from '../fields.ts';
import { type LocatedRecord, MappingError } from '../mapper.ts';

const EXPECTED =
  'expected {"Records":[…]}, a list of records, one record, an EventBridge event with `detail`, or LookupEvents {"Events":[{"CloudTrailEvent":…}]}';

/** The CloudTrail records of a document, in its order. What an envelope says beside its records, they say themselves. */
export function cloudTrailRecords(document: unknown): readonly LocatedRecord[] {
  if (Array.isArray(document)) return unwrapAll(document, '');
  if (!isObject(document)) throw new MappingError(`holds no CloudTrail records: ${EXPECTED}`);
  for (const key of ['Records', 'Events']) {
    const list = valueAt(document, key);
    if (Array.isArray(list)) return unwrapAll(list, key);
  }
  // AWS delivers digest files into the same bucket; they prove the logs unchanged and hold no records.
  if (valueAt(document, 'digestStartTime') !== undefined) return [];
  if (!OWN_KEYS.some((key) => valueAt(document, key) !== undefined)) {
    throw new MappingError(`holds no CloudTrail records: ${EXPECTED}`);
  }
  return [unwrap(document, '')];
}

const OWN_KEYS = ['detail', 'CloudTrailEvent', 'eventName', 'eventType', 'eventID'];

const unwrapAll = (list: readonly unknown[], name: string) => list.map((item, i) => unwrap(item, `${name}[${i}]`));

function unwrap(item: unknown, at: string): LocatedRecord {
  if (!isObject(item)) return { at, record: item };
  const inside = at === '' ? '' : `${at}.`;
  const detail = valueAt(item, 'detail');
  if (isObject(detail)) return { at: `${inside}detail`, record: detail };
  const text = valueAt(item, 'CloudTrailEvent');
  if (text !== undefined) return { at: `${inside}CloudTrailEvent`, record: text };
  return { at, record: item };
}
