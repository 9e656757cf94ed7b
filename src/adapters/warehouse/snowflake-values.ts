import type { Bind, Column } from 'snowflake-sdk';
import type { Query, SqlRow, SqlValue } from '../../ports/warehouse.ts';
import { toCanonicalText } from './snowflake-json.ts';

/**
 * The driver binds no times: a Date is sent as text, and its `?` becomes a cast of it. How many rows are wanted is written
 * out: Snowflake has refused a bound number there ("Invalid row count"), and does not say where it takes one.
 */
export function toStatement({ sql, parameters = [] }: Query): { sqlText: string; binds: Bind[] } {
  let place = 0;
  const binds: Bind[] = [];
  const sqlText = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\?/g, (part, at: number) => {
    if (part !== '?') return part;
    const parameter = parameters[place];
    place += 1;
    if (parameter === undefined) return part;
    if (isCount(parameter) && ROWS_WANTED.test(sql.slice(Math.max(0, at - 20), at))) return String(parameter);
    binds.push(toBind(parameter));
    return parameter instanceof Date ? 'cast(? as timestamp_ntz)' : '?';
  });
  if (place !== parameters.length)
    throw new Error(`${parameters.length} values for ${place} marks in ${sql.slice(0, 60)}`);
  return { sqlText, binds };
}

const ROWS_WANTED = /\b(limit|offset)\s+$/i;
const isCount = (parameter: SqlValue): boolean => Number.isSafeInteger(parameter) && Number(parameter) >= 0;

function toBind(parameter: SqlValue): Bind {
  if (parameter instanceof Date) return parameter.toISOString().replace('T', ' ').replace('Z', '');
  // The driver would bind the text 'null'.
  if (typeof parameter === 'number' && !Number.isFinite(parameter)) throw new TypeError(`${parameter} cannot be bound`);
  return parameter;
}

/** A row of the driver as the port has it. */
export type RowMapper = (row: readonly unknown[]) => SqlRow;

/** @throws TypeError for a column of a type that the port does not have. */
export function createRowMapper(columns: readonly Column[]): RowMapper {
  const names = columns.map((column) => column.getName().toLowerCase());
  const mappers = columns.map(mapperOf);
  return (row) => {
    const mapped: SqlRow = {};
    for (let index = 0; index < names.length; index += 1) {
      const value = row[index];
      mapped[names[index] as string] =
        value === null || value === undefined ? null : (mappers[index] as ValueMapper)(value);
    }
    return mapped;
  };
}

type ValueMapper = (value: unknown) => string | number | boolean;

const asIs: ValueMapper = (value) => value as string | number | boolean;
const asDay: ValueMapper = (value) => (value as Date).toISOString().slice(0, 10);
const asMilliseconds: ValueMapper = (value) => (value as Date).getTime();
const asJsonText: ValueMapper = (value) => toCanonicalText(value as string);

function mapperOf(column: Column): ValueMapper {
  if (column.isString() || column.isNumber() || column.isBoolean()) return asIs;
  if (column.isDate()) return asDay;
  if (column.isTimestamp()) return asMilliseconds;
  if (column.isVariant()) return asJsonText;
  throw new TypeError(`no mapping for a column of ${column.getType()}`);
}

/** How many rows DML changed, from the row of counts that it answers. */
export function rowsChanged(columns: readonly Column[], row: readonly unknown[] | undefined): number {
  if (!row) return 0;
  // Rows that an update matched more than once are counted among the updated already.
  return columns.reduce(
    (sum, column, index) =>
      column.isNumber() && column.getName().startsWith('number of rows') ? sum + Number(row[index]) : sum,
    0,
  );
}
