import { badInput } from '../domain/errors.ts';
import type { TimeTest } from './filter.ts';
import { isGiven, refuseUnknownKeys } from './string-filter.ts';

/** A moment as the DateTime scalar gives it, or as milliseconds since 1970. */
export type Moment = Date | number;

/** A TimeRange of the API, half open; null is the same as absent. */
export interface TimeRangeInput {
  readonly from?: Moment | null | undefined;
  readonly to?: Moment | null | undefined;
}

/**
 * The tests of a TimeRange; all must pass.
 * @throws AppError BAD_USER_INPUT, with `at` as its path, when it says nothing or `from` lies after `to`.
 */
export function parseTimeRange(input: TimeRangeInput, at: readonly (string | number)[]): readonly TimeTest[] {
  refuseUnknownKeys(input, ENDS, at);
  const from = isGiven(input.from) ? milliseconds(input.from, [...at, 'from']) : null;
  const to = isGiven(input.to) ? milliseconds(input.to, [...at, 'to']) : null;
  if (from === null && to === null)
    throw badInput('This TimeRange says nothing: give from, to or both, or leave it out.', at);
  if (from !== null && to !== null && from > to) {
    throw badInput(`"from" (${iso(from)}) lies after "to" (${iso(to)}); swap them.`, at);
  }
  const tests: TimeTest[] = [];
  if (from !== null) tests.push({ op: 'since', at: from });
  if (to !== null) tests.push({ op: 'before', at: to });
  return tests;
}

const ENDS = new Set(['from', 'to']);

const iso = (at: number): string => new Date(at).toISOString();

function milliseconds(moment: unknown, at: readonly (string | number)[]): number {
  const value = moment instanceof Date ? moment.getTime() : moment;
  if (typeof value !== 'number' || !Number.isInteger(value) || Number.isNaN(new Date(value).getTime())) {
    throw badInput('A time is needed here, for example 2024-03-20T08:30:00Z.', at);
  }
  return value;
}
