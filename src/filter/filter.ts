import type { TextField, TimeField } from './fields.ts';
import type { MetadataPath } from './metadata-path.ts';

/**
 * A filter after parsing. `not` is pushed down to the conditions, so both compilers see only positive and negated
 * conditions and neither has a third truth value to carry.
 */
export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and'; readonly of: readonly Filter[] }
  | { readonly kind: 'or'; readonly of: readonly Filter[] }
  | Condition;

export type Condition =
  | { readonly kind: 'text'; readonly field: TextField; readonly test: TextTest }
  | { readonly kind: 'metadata'; readonly path: MetadataPath; readonly test: TextTest }
  | { readonly kind: 'time'; readonly field: TimeField; readonly test: TimeTest };

/**
 * A test of one value that may be absent. Without `negated` only a present value can pass (but for `absent`);
 * with it, the exact opposite. Where `ignoreCase` is set, values are already folded (foldCase).
 */
export type TextTest =
  | { readonly op: 'absent'; readonly negated: boolean }
  | { readonly op: 'in'; readonly values: readonly string[]; readonly ignoreCase: boolean; readonly negated: boolean }
  | {
      readonly op: 'startsWith' | 'endsWith' | 'contains';
      readonly value: string;
      readonly ignoreCase: boolean;
      readonly negated: boolean;
    };

/** A test of a time, which is never absent; `at` in milliseconds since 1970, included in `since` and not in `before`. */
export interface TimeTest {
  readonly op: 'since' | 'before';
  readonly at: number;
}

export const ALL: Filter = { kind: 'all' };
export const NONE: Filter = { kind: 'none' };

export function allOf(filters: readonly Filter[]): Filter {
  const [first, ...others] = filters;
  if (!first) return ALL;
  return others.length === 0 ? first : { kind: 'and', of: filters };
}

export function anyOf(filters: readonly Filter[]): Filter {
  const [first, ...others] = filters;
  if (!first) return NONE;
  return others.length === 0 ? first : { kind: 'or', of: filters };
}

/** Holds for exactly the events for which `filter` does not. */
export function negate(filter: Filter): Filter {
  switch (filter.kind) {
    case 'all':
      return NONE;
    case 'none':
      return ALL;
    case 'and':
      return { kind: 'or', of: filter.of.map(negate) };
    case 'or':
      return { kind: 'and', of: filter.of.map(negate) };
    case 'time':
      return { ...filter, test: { ...filter.test, op: filter.test.op === 'since' ? 'before' : 'since' } };
    default:
      return { ...filter, test: { ...filter.test, negated: !filter.test.negated } };
  }
}

/** Every condition of the filter, in the order it was given. */
export function* conditionsOf(filter: Filter): Generator<Condition> {
  if (filter.kind === 'and' || filter.kind === 'or') {
    for (const part of filter.of) yield* conditionsOf(part);
  } else if (filter.kind !== 'all' && filter.kind !== 'none') {
    yield filter;
  }
}
