import type { FilterField, TimeField } from './fields.ts';
import { conditionsOf, type Filter } from './filter.ts';
import { foldCase } from './string-filter.ts';

/** Half open, in milliseconds since 1970; an end that the filter does not bound is absent. */
export interface TimeBounds {
  readonly from?: number;
  readonly to?: number;
}

/**
 * The narrowest range of `timestamp` outside which the filter holds for no event: what a read may skip by day.
 * `from` is not before `to` where it holds for none at all.
 */
export const timestampBounds = (filter: Filter): TimeBounds => toBounds(span(filter, 'timestamp'));

/** As timestampBounds, of `receivedAt`. */
export const receivedAtBounds = (filter: Filter): TimeBounds => toBounds(span(filter, 'receivedAt'));

/**
 * Whether the filter names a source: a condition of it, `not` taken into account, lists it with `eq` or `in`. Excluding it
 * with `ne`, or a prefix that fits it, does not name it.
 */
export function namesSource(filter: Filter, source: string): boolean {
  for (const condition of conditionsOf(filter)) {
    if (condition.kind !== 'text' || condition.field !== 'source') continue;
    const { test } = condition;
    if (test.op !== 'in' || test.negated) continue;
    if (test.values.includes(test.ignoreCase ? foldCase(source) : source)) return true;
  }
  return false;
}

/** Every field that the filter has a condition on: who may not see one of them may not use the filter. */
export function filteredFields(filter: Filter): ReadonlySet<FilterField> {
  const fields = new Set<FilterField>();
  for (const condition of conditionsOf(filter)) {
    fields.add(condition.kind === 'metadata' ? 'metadata' : condition.field);
  }
  return fields;
}

type Span = readonly [from: number, to: number];
const EVERYTHING: Span = [-Infinity, Infinity];
const NOTHING: Span = [Infinity, -Infinity];

function span(filter: Filter, field: TimeField): Span {
  switch (filter.kind) {
    case 'none':
      return NOTHING;
    case 'and':
      return filter.of.map((part) => span(part, field)).reduce(overlap, EVERYTHING);
    case 'or':
      return filter.of.map((part) => span(part, field)).reduce(hull, NOTHING);
    case 'time':
      if (filter.field !== field) return EVERYTHING;
      return filter.test.op === 'since' ? [filter.test.at, Infinity] : [-Infinity, filter.test.at];
    default:
      return EVERYTHING;
  }
}

function overlap(a: Span, b: Span): Span {
  const from = Math.max(a[0], b[0]);
  const to = Math.min(a[1], b[1]);
  return from < to ? [from, to] : NOTHING;
}

const hull = (a: Span, b: Span): Span => [Math.min(a[0], b[0]), Math.max(a[1], b[1])];

function toBounds([from, to]: Span): TimeBounds {
  if (from >= to) return { from: 0, to: 0 };
  return { ...(from > -Infinity && { from }), ...(to < Infinity && { to }) };
}
