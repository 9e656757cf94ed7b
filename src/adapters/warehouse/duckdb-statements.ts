import type { DuckDBConnection } from '@duckdb/node-api';
import type { Query, SqlRow } from '../../ports/warehouse.ts';
import { appendRows, toBindings } from './duckdb-values.ts';

/** Every row, in the port's types; names in lower case. */
export async function all<R>(connection: DuckDBConnection, { sql, parameters }: Query): Promise<R[]> {
  const { values, types } = toBindings(parameters);
  const result = await connection.run(sql, values, types);
  const names = result.columnNames().map((name) => name.toLowerCase());
  const rows: SqlRow[] = [];
  for (const chunk of await result.fetchAllChunks()) appendRows(chunk, names, rows);
  // The caller names the row type beside the SQL that makes it; nothing else knows it.
  return rows as R[];
}

/** A chunk of rows at a time, as the engine makes them; the statement is let go of when the caller stops. */
export async function* stream<R>(connection: DuckDBConnection, { sql, parameters }: Query): AsyncGenerator<R[]> {
  const { values, types } = toBindings(parameters);
  const result = await connection.stream(sql, values, types);
  const names = result.columnNames().map((name) => name.toLowerCase());
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    const rows: SqlRow[] = [];
    appendRows(chunk, names, rows);
    yield rows as R[];
  }
}

/** Returns the number of rows changed. */
export async function run(connection: DuckDBConnection, { sql, parameters }: Query): Promise<number> {
  const { values, types } = toBindings(parameters);
  return (await connection.run(sql, values, types)).rowsChanged;
}

/** Rolls back whatever `work`, or the commit, throws; the connection can be used again afterwards. */
export async function inTransaction<T>(
  connection: DuckDBConnection,
  begin: string,
  work: () => Promise<T>,
): Promise<T> {
  await connection.run(begin);
  try {
    const result = await work();
    await connection.run('commit');
    return result;
  } catch (error) {
    // A failed commit has rolled back already, and then says so.
    await connection.run('rollback').catch(() => undefined);
    throw error;
  }
}
