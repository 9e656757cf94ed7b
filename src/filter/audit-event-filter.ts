import type { ActorKind, Outcome, Sensitivity } from '../domain/audit-event.ts';
import { badInput } from '../domain/errors.ts';
import { ENUM_FIELDS, type EnumField, TEXT_FIELDS, TIME_FIELDS, type TimeField } from './fields.ts';
import { ALL, allOf, anyOf, type Filter, NONE, negate } from './filter.ts';
import { parseMetadataPath } from './metadata-path.ts';
import { isGiven, parseStringFilter, refuseUnknownKeys, type StringFilterInput } from './string-filter.ts';
import { parseTimeRange, type TimeRangeInput } from './time-range.ts';

export interface MetadataFilterInput {
  readonly path: string;
  readonly value: StringFilterInput;
}

type OpenTextField = keyof typeof TEXT_FIELDS;
type EnumLists = { actorKind: ActorKind; outcome: Outcome; sensitivity: Sensitivity };

/** An AuditEventFilter of the API; null is the same as absent. */
export type AuditEventFilterInput = { readonly [F in TimeField]?: TimeRangeInput | null | undefined } & {
  readonly [F in OpenTextField]?: StringFilterInput | null | undefined;
} & { readonly [F in EnumField]?: readonly EnumLists[F][] | null | undefined } & {
  readonly metadata?: readonly MetadataFilterInput[] | null | undefined;
  readonly and?: readonly AuditEventFilterInput[] | null | undefined;
  readonly or?: readonly AuditEventFilterInput[] | null | undefined;
  readonly not?: AuditEventFilterInput | null | undefined;
};

export interface ParseOptions {
  /**
   * settings.maxFilterConditions. Each operator of a StringFilter counts (a list as one), each end of a TimeRange,
   * each list of enum values, each filter that says nothing and each empty list of filters.
   */
  readonly maxConditions: number;
  /** Where the filter stands in the request; ['filter'] when absent. */
  readonly inputPath?: InputPath;
}

/** Levels of `and`, `or` and `not`, so that no walk of a filter can overflow the stack. */
export const MAX_FILTER_DEPTH = 32;

/**
 * Reads a filter. Absent, {} and `and: []` hold for every event; `or: []`, `metadata: []` and empty lists of values for none.
 * @throws AppError BAD_USER_INPUT with the path of what is wrong.
 */
export function parseAuditEventFilter(input: AuditEventFilterInput | null | undefined, options: ParseOptions): Filter {
  if (!isGiven(input)) return ALL;
  const root = options.inputPath ?? ['filter'];
  const { maxConditions } = options;
  let conditions = 0;
  const count = (added: number): void => {
    conditions += added;
    if (conditions > maxConditions) {
      throw badInput(
        `The filter has more than ${maxConditions} conditions, which is the limit (settings.maxFilterConditions); narrow it, or list values with "in".`,
        root,
      );
    }
  };
  return parse(input, root, { depth: 1, count });
}

type InputPath = readonly (string | number)[];

interface Walk {
  readonly depth: number;
  readonly count: (added: number) => void;
}

function parse(input: AuditEventFilterInput, at: InputPath, walk: Walk): Filter {
  if (walk.depth > MAX_FILTER_DEPTH) {
    throw badInput(
      `The filter is nested more than ${MAX_FILTER_DEPTH} levels deep, which is the limit; flatten it.`,
      at,
    );
  }
  refuseUnknownKeys(input, KEYS, at);
  const parts = parseConditions(input, at);
  walk.count(parts.length);

  const deeper = { ...walk, depth: walk.depth + 1 };
  const parseEach = (key: 'and' | 'or', filters: readonly AuditEventFilterInput[]): Filter[] => {
    if (asList(filters, [...at, key]).length === 0) walk.count(1);
    return filters.map((filter, index) => parse(filter, [...at, key, index], deeper));
  };
  if (isGiven(input.and)) parts.push(allOf(parseEach('and', input.and)));
  if (isGiven(input.or)) parts.push(anyOf(parseEach('or', input.or)));
  if (isGiven(input.not)) parts.push(negate(parse(input.not, [...at, 'not'], deeper)));
  if (parts.length === 0) walk.count(1);
  return allOf(parts);
}

/** Metadata comes last: the predicate then parses it only for events that pass the rest. */
function parseConditions(input: AuditEventFilterInput, at: InputPath): Filter[] {
  const conditions: Filter[] = [];
  for (const field of TIME_NAMES) {
    const range = input[field];
    if (!isGiven(range)) continue;
    for (const test of parseTimeRange(range, [...at, field])) conditions.push({ kind: 'time', field, test });
  }
  for (const field of ENUM_NAMES) {
    const given = input[field];
    if (!isGiven(given)) continue;
    const values = parseEnumValues(given, ENUM_FIELDS[field].values, [...at, field]);
    conditions.push({ kind: 'text', field, test: { op: 'in', values, ignoreCase: false, negated: false } });
  }
  for (const field of TEXT_NAMES) {
    const value = input[field];
    if (!isGiven(value)) continue;
    for (const test of parseStringFilter(value, [...at, field])) conditions.push({ kind: 'text', field, test });
  }
  if (!isGiven(input.metadata)) return conditions;

  const metadata = asList(input.metadata, [...at, 'metadata']);
  if (metadata.length === 0) conditions.push(NONE);
  for (const [index, entry] of metadata.entries()) {
    const where = [...at, 'metadata', index];
    refuseUnknownKeys(entry, METADATA_KEYS, where);
    if (typeof entry.path !== 'string') throw badInput('A metadata filter needs a path.', [...where, 'path']);
    const path = parseMetadataPath(entry.path, [...where, 'path']);
    for (const test of parseStringFilter(entry.value, [...where, 'value'])) {
      conditions.push({ kind: 'metadata', path, test });
    }
  }
  return conditions;
}

const namesOf = <T extends object>(table: T): readonly (keyof T)[] => Object.keys(table) as (keyof T)[];
const TIME_NAMES = namesOf(TIME_FIELDS);
const ENUM_NAMES = namesOf(ENUM_FIELDS);
const TEXT_NAMES = namesOf(TEXT_FIELDS);
const KEYS = new Set<string>([...TIME_NAMES, ...ENUM_NAMES, ...TEXT_NAMES, 'metadata', 'and', 'or', 'not']);
const METADATA_KEYS = new Set(['path', 'value']);

function parseEnumValues(given: readonly string[], known: readonly string[], at: InputPath): readonly string[] {
  for (const [index, value] of asList(given, at).entries()) {
    if (!known.includes(value)) throw badInput(`The value is not one of ${known.join(', ')}.`, [...at, index]);
  }
  return [...new Set(given)];
}

function asList<T>(given: readonly T[], at: InputPath): readonly T[] {
  if (!Array.isArray(given)) throw badInput('A list is needed here.', at);
  return given;
}
