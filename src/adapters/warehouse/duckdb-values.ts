import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  SQLNULL,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api';
import type { SqlRow, SqlValue } from '../../ports/warehouse.ts';

/** The values and types to bind, so that the driver never has to guess. */
export function toBindings(parameters: readonly SqlValue[] = []): { values: DuckDBValue[]; types: DuckDBType[] } {
  const values: DuckDBValue[] = [];
  const types: DuckDBType[] = [];
  for (const parameter of parameters) {
    const [value, type] = toBinding(parameter);
    values.push(value);
    types.push(type);
  }
  return { values, types };
}

function toBinding(parameter: SqlValue): [DuckDBValue, DuckDBType] {
  if (parameter === null) return [null, SQLNULL];
  if (typeof parameter === 'string') return [parameter, VARCHAR];
  if (typeof parameter === 'boolean') return [parameter, BOOLEAN];
  if (parameter instanceof Date) return [new DuckDBTimestampValue(BigInt(parameter.getTime()) * 1000n), TIMESTAMP];
  if (!Number.isInteger(parameter)) return [parameter, DOUBLE];
  if (Math.abs(parameter) < 2 ** 31) return [parameter, INTEGER];
  return [BigInt(parameter), BIGINT];
}

/** Appends the chunk's rows in the port's types: numbers for counts and times, text for days and JSON. */
export function appendRows(chunk: DuckDBDataChunk, names: readonly string[], rows: SqlRow[]): void {
  const from = rows.length;
  for (let row = 0; row < chunk.rowCount; row += 1) rows.push({});
  chunk.visitColumns((column, index) => {
    const name = names[index] as string;
    for (let row = 0; row < column.length; row += 1) {
      (rows[from + row] as SqlRow)[name] = fromDuckdb(column[row] as DuckDBValue);
    }
  });
}

function fromDuckdb(value: DuckDBValue): string | number | boolean | null {
  if (value === null) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return value;
  if (value instanceof DuckDBTimestampValue) return Number(value.micros / 1000n);
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  throw new TypeError(`no mapping for a column of ${value.constructor.name}`);
}
