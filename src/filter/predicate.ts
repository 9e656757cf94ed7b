import type { NormalisedEvent } from '../domain/audit-event.ts';
import { unreachable } from '../domain/errors.ts';
import type { Filter, TextTest } from './filter.ts';
import { metadataText } from './metadata-text.ts';
import { foldCase } from './string-filter.ts';

/** An event as it lies in the log; times in milliseconds since 1970. */
export type FilterableEvent = Omit<NormalisedEvent, 'userPseudonym'> & { readonly receivedAt: number };

export type Predicate = (event: FilterableEvent) => boolean;

/** The filter as a function, with the same answer as filterToSql gives for the event's row. Nothing is built per event. */
export function filterToPredicate(filter: Filter): Predicate {
  switch (filter.kind) {
    case 'all':
      return () => true;
    case 'none':
      return () => false;
    case 'and': {
      const parts = filter.of.map(filterToPredicate);
      return (event) => parts.every((part) => part(event));
    }
    case 'or': {
      const parts = filter.of.map(filterToPredicate);
      return (event) => parts.some((part) => part(event));
    }
    case 'time': {
      const { field, test } = filter;
      return test.op === 'since' ? (event) => event[field] >= test.at : (event) => event[field] < test.at;
    }
    case 'text': {
      const { field } = filter;
      const passes = textPredicate(filter.test);
      return (event) => passes(event[field]);
    }
    case 'metadata': {
      const { path } = filter;
      const passes = textPredicate(filter.test);
      return (event) => passes(metadataText(event, path));
    }
    default:
      return unreachable(filter);
  }
}

function textPredicate(test: TextTest): (value: string | null) => boolean {
  const { negated } = test;
  if (test.op === 'absent') return (value) => (value === null) !== negated;
  const found = presentPredicate(test);
  if (test.ignoreCase) return (value) => (value !== null && found(foldCase(value))) !== negated;
  return (value) => (value !== null && found(value)) !== negated;
}

function presentPredicate(test: Exclude<TextTest, { op: 'absent' }>): (value: string) => boolean {
  switch (test.op) {
    case 'in': {
      const [only] = test.values;
      if (test.values.length === 1) return (value) => value === only;
      const values = new Set(test.values);
      return (value) => values.has(value);
    }
    case 'startsWith':
      return (value) => value.startsWith(test.value);
    case 'endsWith':
      return (value) => value.endsWith(test.value);
    case 'contains':
      return (value) => value.includes(test.value);
    default:
      return unreachable(test);
  }
}
