import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Warehouse, Writer } from '../../ports/warehouse.ts';
import { all, inTransaction, run } from './duckdb-statements.ts';
import { createReaderPool } from './reader-pool.ts';
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

/** @throws Error when this process has the file open already. */
export async function createDuckdbWarehouse(options: DuckdbOptions): Promise<Warehouse> {
  const path = resolve(options.path);
  if (openPaths.has(path)) throw new Error(`${path} is open in this process already; share the one warehouse`);
  openPaths.add(path);
  try {
    return await openWarehouse({ ...options, path }, () => openPaths.delete(path));
  } catch (error) {
    openPaths.delete(path);
    throw error;
  }
}

/** DuckDB's own default. */
const VACUUM_TASKS_AT_CLOSE = 100;

async function openWarehouse(options: DuckdbOptions, onClosed: () => void): Promise<Warehouse> {
  const instance = await DuckDBInstance.create(options.path, {
    threads: String(options.threads),
    memory_limit: `${options.memoryLimitMiB}MiB`,
    temp_directory: options.temporaryDirectory,
    autoinstall_known_extensions: 'false',
    // What waits for a checkpoint is kept in memory and replayed after a crash; each checkpoint holds up the writer.
    checkpoint_threshold: '64MB',
    // Joining small row groups took seconds of a checkpoint that otherwise takes a tenth of one: it is left to `close`.
    max_vacuum_tasks: '0',
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
  const pool = createReaderPool(readConnections);
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

  // At once, and not when the next batch makes them anew: until its commit there would be two of each in memory.
  const dropStaging = async (): Promise<void> => {
    const found = await all<{ name: string }>(writeConnection, {
      sql: 'select table_name as name from duckdb_tables() where temporary',
    });
    for (const { name } of found) await writeConnection.run(`drop table "${name}"`);
  };

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await pool.drain();
    await queue
      .run('migrations', async () => {
        await writeConnection.run(`set max_vacuum_tasks = ${VACUUM_TASKS_AT_CLOSE}`);
        await writeConnection.run('checkpoint');
      })
      .finally(() => {
        for (const connection of [writeConnection, ...readConnections]) connection.closeSync();
        instance.closeSync();
        onClosed();
      });
  };

  return {
    read: (readOptions, work) => pool.run(readOptions, work),
    write: (urgency, work) =>
      queue.run(urgency, () =>
        inTransaction(writeConnection, 'begin transaction', () =>
          work({
            all: (query) => all(writeConnection, query),
            run: (query) => run(writeConnection, query),
            stageJsonLines,
          }),
        ).finally(dropStaging),
      ),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
