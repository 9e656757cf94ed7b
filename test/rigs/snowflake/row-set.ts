import {
  type DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  type DuckDBResult,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';

export interface ColumnType {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly length: number | null;
}

export type Cell = string | null;

/** A result as the JSON format of Snowflake's protocol has it: every value is text. */
export interface RowSet {
  readonly columns: readonly ColumnType[];
  readonly rows: readonly (readonly Cell[])[];
}

export async function toRowSet(result: DuckDBResult): Promise<RowSet> {
  const types = result.columnTypes();
  const columns = result.columnNames().map((name, index) => columnOf(name.toUpperCase(), types[index] as DuckDBType));
  const rows: Cell[][] = [];
  for (const chunk of await result.fetchAllChunks()) appendRows(chunk, columns, rows);
  return { columns, rows };
}

/** One row of counts, as DML answers. */
export const countsRowSet = (counts: Readonly<Record<string, number>>): RowSet => ({
  columns: Object.keys(counts).map((name) => fixed(name, 0)),
  rows: [Object.values(counts).map(String)],
});

/** What statements answer that have nothing to tell. */
export const statusRowSet = (): RowSet => ({
  columns: [text('status')],
  rows: [['Statement executed successfully.']],
});

const plain = { nullable: true, precision: null, scale: null, length: null } as const;
const fixed = (name: string, scale: number): ColumnType => ({ ...plain, name, type: 'fixed', precision: 38, scale });
const text = (name: string): ColumnType => ({ ...plain, name, type: 'text', length: 16_777_216 });

function columnOf(name: string, type: DuckDBType): ColumnType {
  if (type.alias === 'JSON') return { ...plain, name, type: 'variant' };
  switch (type.typeId) {
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return fixed(name, 0);
    case DuckDBTypeId.DECIMAL:
      return fixed(name, (type as { scale: number }).scale);
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return { ...plain, name, type: 'real' };
    case DuckDBTypeId.BOOLEAN:
      return { ...plain, name, type: 'boolean' };
    case DuckDBTypeId.DATE:
      return { ...plain, name, type: 'date' };
    case DuckDBTypeId.TIMESTAMP:
      return { ...plain, name, type: 'timestamp_ntz', precision: 0, scale: 9 };
    case DuckDBTypeId.LIST:
      return { ...plain, name, type: 'array' };
    case DuckDBTypeId.VARCHAR:
    case DuckDBTypeId.SQLNULL:
      return text(name);
    default:
      throw new Error(`the rig has no column of ${type.toString()}`);
  }
}

function appendRows(chunk: DuckDBDataChunk, columns: readonly ColumnType[], rows: Cell[][]): void {
  for (const row of chunk.getRows()) {
    rows.push(row.map((value, index) => toCell(value, columns[index] as ColumnType)));
  }
}

function toCell(value: DuckDBValue, column: ColumnType): Cell {
  if (value === null) return null;
  // Snowflake keeps a parsed value and sends it as indented text, its keys in order.
  if (column.type === 'variant') return JSON.stringify(sorted(JSON.parse(value as string)), null, 2);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (value instanceof DuckDBDateValue) return String(value.days);
  if (value instanceof DuckDBTimestampValue) return secondsOf(value.micros);
  if (value instanceof DuckDBDecimalValue) return value.toString();
  return String(value);
}

/** Seconds with nine decimals; of times before 1970 too. */
function secondsOf(micros: bigint): string {
  const size = micros < 0n ? -micros : micros;
  const sign = micros < 0n ? '-' : '';
  return `${sign}${size / 1_000_000n}.${String(size % 1_000_000n).padStart(6, '0')}000`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
