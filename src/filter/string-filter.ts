import { badInput } from '../domain/errors.ts';
import type { TextTest } from './filter.ts';

/** A StringFilter of the API; null is the same as absent. */
export interface StringFilterInput {
  readonly eq?: string | null | undefined;
  readonly ne?: string | null | undefined;
  readonly in?: readonly string[] | null | undefined;
  readonly notIn?: readonly string[] | null | undefined;
  readonly startsWith?: string | null | undefined;
  readonly endsWith?: string | null | undefined;
  readonly contains?: string | null | undefined;
  readonly isNull?: boolean | null | undefined;
  readonly ignoreCase?: boolean | null | undefined;
}

/** Values in one `in` or `notIn`. */
export const MAX_LIST_VALUES = 1_000;

/**
 * The tests of a StringFilter; all must pass. `in: []` passes nothing, so its opposite `notIn: []` passes everything.
 * @throws AppError BAD_USER_INPUT, with `at` as its path, when it says nothing or holds a value that cannot be stored.
 */
export function parseStringFilter(input: StringFilterInput, at: readonly (string | number)[]): readonly TextTest[] {
  refuseUnknownKeys(input, OPERATORS, at);
  const ignoreCase = input.ignoreCase ?? false;
  const read = (value: unknown, ...where: (string | number)[]): string => {
    const text = storableText(value, [...at, ...where]);
    return ignoreCase ? foldCase(text) : text;
  };
  const readList = (key: 'in' | 'notIn', values: readonly string[]): readonly string[] => {
    if (!Array.isArray(values)) throw badInput('A list of texts is needed here.', [...at, key]);
    if (values.length > MAX_LIST_VALUES) {
      throw badInput(`"${key}" has ${values.length} values; the limit is ${MAX_LIST_VALUES}. Ask in several parts.`, [
        ...at,
        key,
      ]);
    }
    return [...new Set(values.map((value, index) => read(value, key, index)))];
  };

  const tests: TextTest[] = [];
  if (isGiven(input.eq)) tests.push({ op: 'in', values: [read(input.eq, 'eq')], ignoreCase, negated: false });
  if (isGiven(input.ne)) tests.push({ op: 'in', values: [read(input.ne, 'ne')], ignoreCase, negated: true });
  if (isGiven(input.in)) tests.push({ op: 'in', values: readList('in', input.in), ignoreCase, negated: false });
  if (isGiven(input.notIn)) tests.push({ op: 'in', values: readList('notIn', input.notIn), ignoreCase, negated: true });
  for (const op of ['startsWith', 'endsWith', 'contains'] as const) {
    const value = input[op];
    if (isGiven(value)) tests.push({ op, value: read(value, op), ignoreCase, negated: false });
  }
  if (isGiven(input.isNull)) tests.push({ op: 'absent', negated: !input.isNull });
  if (tests.length === 0) {
    throw badInput(
      'This StringFilter says nothing: give one of eq, ne, in, notIn, startsWith, endsWith, contains, isNull, or leave it out.',
      at,
    );
  }
  return tests;
}

const OPERATORS = new Set(['eq', 'ne', 'in', 'notIn', 'startsWith', 'endsWith', 'contains', 'isNull', 'ignoreCase']);

/** A-Z become a-z; every other character stays, so that no letter of another alphabet changes or grows. */
export const foldCase = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

export const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;

/** A filter that was kept as JSON is read again without GraphQL's own checks: a misspelt key must not widen the answer. */
export function refuseUnknownKeys(input: object, known: ReadonlySet<string>, at: readonly (string | number)[]): void {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw badInput('An object is needed here.', at);
  for (const [key, value] of Object.entries(input)) {
    if (!known.has(key) && isGiven(value)) throw badInput(`A filter has no "${key}" here.`, [...at, key]);
  }
}

function storableText(value: unknown, at: readonly (string | number)[]): string {
  if (typeof value !== 'string') throw badInput('A text is needed here.', at);
  if (value.includes('\0')) throw badInput('The value holds U+0000, which no event can hold; take it out.', at);
  if (/\p{Surrogate}/u.test(value)) {
    throw badInput(
      'The value is no well-formed Unicode: it holds half of a surrogate pair. Send whole characters.',
      at,
    );
  }
  return value;
}
