import { type RawBuilder, sql } from 'kysely';
import { unreachable } from '../domain/errors.ts';
import type { FilterDialect } from './dialect.ts';
import { COLUMNS, type FilterField } from './fields.ts';
import type { Condition, Filter, TextTest, TimeTest } from './filter.ts';

export interface SqlOptions {
  readonly dialect: FilterDialect;
  /** Table or alias that the columns are read from, where a join would make them ambiguous. */
  readonly table?: string;
  /** Columns to read instead, for example { userId: 'user_pseudonym' } for a caller who sees pseudonyms. */
  readonly columns?: Readonly<Partial<Record<FilterField, string>>>;
}

/** What a test is about. `presence` says how to keep the answer true or false where the value is null. */
export interface TestedValue {
  readonly value: RawBuilder<unknown>;
  readonly presence: 'always' | 'nullable column' | 'computed';
}

/**
 * The filter as a condition for `where`. It is true or false for every row, never null, so that it may be negated,
 * counted or joined with anything; what zone maps can use stays plain (`"user_id" = ?`).
 */
export function filterToSql(filter: Filter, options: SqlOptions): RawBuilder<boolean> {
  switch (filter.kind) {
    case 'all':
      return TRUE;
    case 'none':
      return FALSE;
    case 'and':
    case 'or':
      return joined(
        filter.of.map((part) => filterToSql(part, options)),
        filter.kind,
      );
    case 'text':
    case 'metadata':
    case 'time':
      return conditionToSql(filter, options);
    default:
      return unreachable(filter);
  }
}

/** A StringFilter on any value; see parseStringFilter. */
export const textTestsToSql = (
  tested: TestedValue,
  tests: readonly TextTest[],
  dialect: FilterDialect,
): RawBuilder<boolean> =>
  joined(
    tests.map((test) => textTestToSql(tested, test, dialect)),
    'and',
  );

/** A TimeRange on a column that is never null; see parseTimeRange. */
export const timeTestsToSql = (time: RawBuilder<unknown>, tests: readonly TimeTest[]): RawBuilder<boolean> =>
  joined(
    tests.map((test) => timeTestToSql(time, test)),
    'and',
  );

/** A column by its name, for the functions above. */
export const columnNamed = (name: string, { nullable = false } = {}): TestedValue => ({
  value: sql.ref(name),
  presence: nullable ? 'nullable column' : 'always',
});

const TRUE = sql<boolean>`true`;
const FALSE = sql<boolean>`false`;

function joined(parts: readonly RawBuilder<boolean>[], word: 'and' | 'or'): RawBuilder<boolean> {
  const [first, ...others] = parts;
  if (!first) return word === 'and' ? TRUE : FALSE;
  return others.length === 0 ? first : sql<boolean>`(${sql.join(parts, word === 'and' ? sql` and ` : sql` or `)})`;
}

function conditionToSql(condition: Condition, { dialect, table, columns }: SqlOptions): RawBuilder<boolean> {
  const field = condition.kind === 'metadata' ? 'metadata' : condition.field;
  const name = columns?.[field] ?? COLUMNS[field].column;
  const { value, presence } = columnNamed(table ? `${table}.${name}` : name, COLUMNS[field]);
  if (condition.kind === 'time') return timeTestToSql(value, condition.test);
  if (condition.kind === 'text') return textTestToSql({ value, presence }, condition.test, dialect);
  return textTestToSql(
    { value: dialect.jsonText(value, condition.path), presence: 'computed' },
    condition.test,
    dialect,
  );
}

const timeTestToSql = (time: RawBuilder<unknown>, { op, at }: TimeTest): RawBuilder<boolean> =>
  op === 'since' ? sql<boolean>`${time} >= ${new Date(at)}` : sql<boolean>`${time} < ${new Date(at)}`;

function textTestToSql(tested: TestedValue, test: TextTest, dialect: FilterDialect): RawBuilder<boolean> {
  if (test.op === 'absent') {
    if (tested.presence === 'always') return test.negated ? TRUE : FALSE;
    return test.negated ? sql<boolean>`${tested.value} is not null` : sql<boolean>`${tested.value} is null`;
  }
  if (test.op === 'in' && test.values.length === 0) return test.negated ? TRUE : FALSE;
  return decided(tested, presentTest(tested, test, dialect), test.negated);
}

function presentTest(
  { value }: TestedValue,
  test: Exclude<TextTest, { op: 'absent' }>,
  dialect: FilterDialect,
): RawBuilder<boolean> {
  const text = test.ignoreCase ? dialect.foldCase(value) : value;
  if (test.op === 'in') {
    if (test.values.length === 1) {
      return test.negated ? sql<boolean>`${text} <> ${test.values[0]}` : sql<boolean>`${text} = ${test.values[0]}`;
    }
    const values = sql.join(test.values);
    return test.negated ? sql<boolean>`${text} not in (${values})` : sql<boolean>`${text} in (${values})`;
  }
  const found = dialect[test.op](text, test.value);
  return test.negated ? sql<boolean>`not ${found}` : found;
}

/** An absent value passes a negated test and no other. */
function decided({ value, presence }: TestedValue, test: RawBuilder<boolean>, negated: boolean): RawBuilder<boolean> {
  if (presence === 'always') return test;
  // Reading a computed value twice costs twice as much; on a plain column the null check keeps zone maps in use.
  if (presence === 'computed') return sql<boolean>`coalesce(${test}, ${sql.lit(negated)})`;
  return negated ? sql<boolean>`(${value} is null or ${test})` : sql<boolean>`(${test} and ${value} is not null)`;
}
