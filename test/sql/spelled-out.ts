import type { Query, SqlValue } from '../../src/ports/warehouse.ts';

/** The statement with its values in its text, as an engine would see them: for checkers that bind nothing. */
export function spelledOut({ sql, parameters = [] }: Query, engine: 'duckdb' | 'snowflake'): string {
  let place = 0;
  const text = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g, (part) => {
    if (part !== '?') return part;
    place += 1;
    return literal(parameters[place - 1] as SqlValue, engine);
  });
  if (place !== parameters.length) throw new Error(`${parameters.length} values for ${place} marks in ${sql}`);
  return text;
}

function literal(value: SqlValue, engine: 'duckdb' | 'snowflake'): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return value < 0 ? `(${value})` : String(value);
  if (value instanceof Date)
    return `cast('${value.toISOString().replace('T', ' ').replace('Z', '')}' as timestamp_ntz)`;
  const text = value.replaceAll("'", "''");
  return `'${engine === 'snowflake' ? text.replaceAll('\\', '\\\\') : text}'`;
}
