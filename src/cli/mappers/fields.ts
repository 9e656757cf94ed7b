/** Reading loosely typed records: every reader answers undefined where the record does not hold what was asked for. */
import { createHash } from 'node:crypto';
import { LIMITS } from '../../domain/audit-event.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object under a key; empty when there is none, so that reads can be chained. */
export function objectAt(fields: Fields, key: string): Fields {
  const value = valueAt(fields, key);
  return isObject(value) ? value : {};
}

/** Text that is not empty. */
export function textAt(fields: Fields, key: string): string | undefined {
  const value = valueAt(fields, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A boolean, or the words true and false in any case, as some exports write them. */
export function flagAt(fields: Fields, key: string): boolean | undefined {
  const value = valueAt(fields, key);
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** Own keys only: a record may not borrow `constructor` from its prototype. */
export const valueAt = (fields: Fields, key: string): unknown => (Object.hasOwn(fields, key) ? fields[key] : undefined);

/**
 * Text that fits a field beside metadata. Longer text keeps its beginning and ends in its SHA-256, so that two long
 * values stay two values; the mapper keeps the whole value in metadata.
 */
export function fittingText(text: string): string {
  if (text.length <= LIMITS.maxFieldLength) return text;
  const mark = `…sha256:${createHash('sha256').update(text).digest('hex')}`;
  const kept = text.slice(0, LIMITS.maxFieldLength - mark.length);
  // Half a surrogate pair at the cut would make the text ill-formed, and the gateway refuses that.
  return (/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept) + mark;
}

/** An id for a record that has none: the same for the same content, whatever the order of its keys. */
export const contentId = (record: unknown): string =>
  `sha256:${createHash('sha256').update(stableJson(record)).digest('hex')}`;

function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${stableJson(value[key])}`).join(',')}}`;
}
