import type { AuditEventFilterInput, MetadataFilterInput } from '../../src/filter/audit-event-filter.ts';
import { ENUM_FIELDS, TIME_FIELDS } from '../../src/filter/fields.ts';
import type { FilterableEvent } from '../../src/filter/predicate.ts';
import type { StringFilterInput } from '../../src/filter/string-filter.ts';
import { writeCanonicalJson } from '../../src/ingest/canonical-json.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** An event with its metadata before it became text. */
export type Subject = { fields: FilterableEvent; metadata: { [key: string]: Json } | null };

/** The contract read aloud: no compilation, no negation pushed anywhere. */
export function holds(filter: AuditEventFilterInput, { fields, metadata }: Subject): boolean {
  return Object.entries(filter).every(([name, given]) => {
    if (name === 'not') return !holds(given as AuditEventFilterInput, { fields, metadata });
    if (name === 'and') return (given as AuditEventFilterInput[]).every((part) => holds(part, { fields, metadata }));
    if (name === 'or') return (given as AuditEventFilterInput[]).some((part) => holds(part, { fields, metadata }));
    if (name === 'metadata') {
      const parts = given as MetadataFilterInput[];
      return parts.length > 0 && parts.every(({ path, value }) => passes(value, readAloud(metadata, path)));
    }
    const value = fields[name as keyof FilterableEvent];
    if (name in TIME_FIELDS) {
      const { from, to } = given as { from: number | null; to: number | null };
      return (from === null || (value as number) >= from) && (to === null || (value as number) < to);
    }
    if (name in ENUM_FIELDS) return (given as string[]).includes(value as string);
    return passes(given as StringFilterInput, value as string | null);
  });
}

function passes(test: StringFilterInput, value: string | null): boolean {
  const same = (given: string): string =>
    test.ignoreCase
      ? Array.from(given, (each) => (each >= 'A' && each <= 'Z' ? each.toLowerCase() : each)).join('')
      : given;
  const bytes = (given: string): Buffer => Buffer.from(same(given));
  const equals = (given: string): boolean => value !== null && bytes(given).equals(bytes(value));
  const at = (given: string): number[] => {
    if (value === null) return [];
    const whole = bytes(value);
    const part = bytes(given);
    return [...Array(whole.length + 1).keys()].filter((from) => whole.subarray(from, from + part.length).equals(part));
  };
  if (typeof test.eq === 'string' && !equals(test.eq)) return false;
  if (typeof test.ne === 'string' && equals(test.ne)) return false;
  if (test.in && !test.in.some(equals)) return false;
  if (test.notIn?.some(equals)) return false;
  if (typeof test.startsWith === 'string' && !at(test.startsWith).includes(0)) return false;
  if (typeof test.contains === 'string' && at(test.contains).length === 0) return false;
  if (typeof test.endsWith === 'string') {
    const last = value === null ? -1 : bytes(value).length - bytes(test.endsWith).length;
    if (!at(test.endsWith).includes(last)) return false;
  }
  return typeof test.isNull !== 'boolean' || test.isNull === (value === null);
}

/** The value at a written path as a filter compares it; null where absent or null. */
export function readAloud(metadata: Json, path: string): string | null {
  const tokens = path.match(/\[\d+\]|"(?:[^"\\]|\\.)*"|[^.[\]"]+/gu) ?? [];
  let value: Json | undefined = metadata;
  for (const token of tokens) {
    if (token.startsWith('[')) {
      value = Array.isArray(value) ? value[Number(token.slice(1, -1))] : undefined;
    } else {
      const name = token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/gu, '$1') : token;
      const object = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
      value = Object.entries(object).find(([each]) => each === name)?.[1] as Json | undefined;
    }
  }
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : writeCanonicalJson(value);
}
