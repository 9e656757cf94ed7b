import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { AppError } from '../../domain/errors.ts';
import type { Query, Reader, ReadOptions, SqlRow, Warehouse, Writer } from '../../ports/warehouse.ts';
import { appendRows, toBindings } from './duckdb-values.ts';
import { createWriteQueue } from './write-queue.ts';

export interface DuckdbOptions {
  /** The database file. Opened once in a process: a second instance on it would lose committed rows without a word. */
  readonly path: string;
  /** For files that live as long as a statement. */
  readonly temporaryDirectory: string;
  readonly threads: number;
  readonly memoryLimitMiB: number;
  /** Connections that read at the same time; more readers wait. */
  readonly readers: number;
  /** Statements run on every new connection: macros and staging tables (sql/duckdb). */
  readonly prelude: readonly string[];
}

const openPaths = new Set<string>();

export async function createDuckdbWarehouse(options: DuckdbOptions): Promise<Warehouse> {
  if (openPaths.has(options.path)) throw new Error(`${options.path} is open in this process already`);
  openPaths.add(options.path);
  const instance = await DuckDBInstance.create(options.path, {
    threads: String(options.threads),
    memory_limit: `${options.memoryLimitMiB}MiB`,
    temp_directory: options.temporaryDirectory,
    autoinstall_known_extensions: 'false',
    // Small checkpoints would each rewrite the newest row groups; this many bytes are replayed after a crash at most.
    checkpoint_threshold: '512MB',
    preserve_insertion_order: 'true',
  });
  const connect = async (): Promise<DuckDBConnection> => {
    const connection = await instance.connect();
    for (const statement of options.prelude) await connection.run(statement);
    return connection;
  };
  const writeConnection = await connect();
  const readConnections: DuckDBConnection[] = [];
  for (let n = 0; n < options.readers; n += 1) readConnections.push(await connect());
  const queue = createWriteQueue();
  const pool = createPool(readConnections);
  let stagings = 0;

  const stageJsonLines: Writer['stageJsonLines'] = async (table, lines, columns) => {
    stagings += 1;
    const file = join(options.temporaryDirectory, `stage-${process.pid}-${stagings}.ndjson`);
    const types = Object.entries(columns).map(([name, type]) => `${quote(name)}: ${quote(type)}`);
    await writeFile(file, lines, { mode: 0o600 });
    try {
      await writeConnection.run(
        `create or replace temp table ${table} as select * from read_ndjson(${quote(file)}, columns = {${types.join(', ')}})`,
      );
    } finally {
      await rm(file, { force: true });
    }
  };

  return {
    read: (readOptions, work) => pool.run(readOptions, (connection) => readOnce(connection, readOptions, work)),
    write: (urgency, work) =>
      queue.run(urgency, () =>
        inTransaction(writeConnection, 'begin transaction', () =>
          work({
            all: (query) => all(writeConnection, query),
            run: (query) => run(writeConnection, query),
            stageJsonLines,
          }),
        ),
      ),
    close: async () => {
      await queue.run('migrations', async () => writeConnection.run('checkpoint'));
      for (const connection of [writeConnection, ...readConnections]) connection.closeSync();
      instance.closeSync();
      openPaths.delete(options.path);
    },
  };
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

async function all<R>(connection: DuckDBConnection, { sql, parameters }: Query): Promise<R[]> {
  const { values, types } = toBindings(parameters);
  const result = await connection.run(sql, values, types);
  const names = result.columnNames().map((name) => name.toLowerCase());
  const rows: SqlRow[] = [];
  for (const chunk of await result.fetchAllChunks()) appendRows(chunk, names, rows);
  // The caller names the row type beside the SQL that makes it; nothing else knows it.
  return rows as R[];
}

async function run(connection: DuckDBConnection, { sql, parameters }: Query): Promise<number> {
  const { values, types } = toBindings(parameters);
  return (await connection.run(sql, values, types)).rowsChanged;
}

async function inTransaction<T>(connection: DuckDBConnection, begin: string, work: () => Promise<T>): Promise<T> {
  await connection.run(begin);
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await connection.run('rollback').catch(() => undefined);
    throw error;
  }
  await connection.run('commit');
  return result;
}

async function readOnce<T>(
  connection: DuckDBConnection,
  { timeoutMs, signal }: ReadOptions,
  work: (reader: Reader) => Promise<T>,
): Promise<T> {
  let stopped: 'late' | 'left' | null = null;
  const stop = (why: 'late' | 'left') => {
    stopped = why;
    connection.interrupt();
  };
  const timer = setTimeout(() => stop('late'), timeoutMs);
  const onAbort = () => stop('left');
  signal?.addEventListener('abort', onAbort, { once: true });
  const reader: Reader = {
    all: async (query) => {
      if (stopped) throw stoppedError(stopped, timeoutMs);
      return all(connection, query);
    },
  };
  try {
    return await inTransaction(connection, 'begin transaction read only', () => work(reader));
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (stopped) throw stoppedError(stopped, timeoutMs);
    throw new AppError('WAREHOUSE_UNAVAILABLE', 'The warehouse could not answer. Try again.', {
      cause: error,
      retryable: true,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

const stoppedError = (why: 'late' | 'left', timeoutMs: number): AppError =>
  why === 'left'
    ? new AppError('TOO_COSTLY', 'The caller left before the answer was ready.')
    : new AppError(
        'TOO_COSTLY',
        `The query took longer than ${timeoutMs} ms (settings.queryTimeoutMs) and was cancelled. Narrow its time range or its filter.`,
      );

interface Pool {
  run<T>(options: ReadOptions, work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
}

/** Hands out idle connections, first come first served; a reader that waits longer than its time-out gives up. */
function createPool(connections: readonly DuckDBConnection[]): Pool {
  const idle = [...connections];
  const waiting: ((connection: DuckDBConnection) => void)[] = [];

  const take = (timeoutMs: number): Promise<DuckDBConnection> => {
    const free = idle.pop();
    if (free) return Promise.resolve(free);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(resolveWith), 1);
        reject(
          new AppError('WAREHOUSE_UNAVAILABLE', 'The warehouse is busy with other queries. Try again.', {
            retryable: true,
            retryAfterMs: 1_000,
          }),
        );
      }, timeoutMs);
      const resolveWith = (connection: DuckDBConnection) => {
        clearTimeout(timer);
        resolve(connection);
      };
      waiting.push(resolveWith);
    });
  };

  return {
    run: async ({ timeoutMs }, work) => {
      const connection = await take(timeoutMs);
      try {
        return await work(connection);
      } finally {
        const next = waiting.shift();
        if (next) next(connection);
        else idle.push(connection);
      }
    },
  };
}
