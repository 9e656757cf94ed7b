import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  SQLNULL,
  VARCHAR,
} from '@duckdb/node-api';
import { countsRowSet, type RowSet, statusRowSet, toRowSet } from './row-set.ts';
import { setParameters, takesQuotedNames } from './session-parameters.ts';
import { type Spelling, type StatementKind, spellForDuckdb, splitQuoted } from './spellings.ts';
import { SqlError } from './sql-error.ts';

/** As the driver sends it. */
export interface Binding {
  readonly type: string;
  readonly value: string | null;
}

export interface Answer {
  readonly kind: StatementKind;
  readonly rowSet: RowSet;
}

/** One session: a connection of its own, its parameters, and at most one transaction. */
export interface EngineSession {
  run(sql: string, bindings: readonly Binding[]): Promise<Answer>;
  /** Ends what runs in it as cancelled. */
  interrupt(): void;
  /** Rolls back what is open. */
  end(): Promise<void>;
}

export interface Engine {
  open(access: 'read' | 'write'): Promise<EngineSession>;
  close(): void;
}

/** DuckDB in memory, with the macros that the shared SQL expects and those that only Snowflake has. */
export async function createEngine(prelude: readonly string[]): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MiB' });
  const first = await instance.connect();
  const own = readFileSync(join(process.cwd(), 'test', 'rigs', 'snowflake', 'prelude.sql'), 'utf8');
  for (const statement of [...prelude, own]) await first.run(statement);
  first.closeSync();
  return {
    open: async (access) => {
      const connection = await instance.connect();
      await connection.run(`set TimeZone = 'UTC'`);
      return createSession(connection, access);
    },
    close: () => instance.closeSync(),
  };
}

function createSession(connection: DuckDBConnection, access: 'read' | 'write'): EngineSession {
  const parameters = new Map<string, string>();
  let inTransaction = false;
  let cancelled = false;
  let last: Promise<unknown> = Promise.resolve();

  const begin = async (): Promise<void> => {
    if (!inTransaction) await connection.run('begin transaction');
    inTransaction = true;
  };
  const finish = async (how: 'commit' | 'rollback'): Promise<void> => {
    if (!inTransaction) return;
    inTransaction = false;
    await connection.run(how);
  };

  const runSpelled = async ({ kind, statements }: Spelling, bindings: readonly Binding[]): Promise<Answer> => {
    // Snowflake commits what is open before it changes the schema.
    if (kind === 'ddl') await finish('commit');
    const own = statements.length > 1 && !inTransaction;
    if (own) await begin();
    try {
      for (const statement of statements.slice(0, -1)) await connection.run(statement);
      const { values, types } = toDuckdb(bindings);
      const result = await connection.run(statements.at(-1) as string, values, types);
      const rowSet = kind === 'select' ? await toRowSet(result) : countsOf(kind, result.rowsChanged);
      if (own) await finish('commit');
      return { kind, rowSet };
    } catch (error) {
      if (own) await finish('rollback');
      throw error;
    }
  };

  const run = async (sql: string, bindings: readonly Binding[]): Promise<Answer> => {
    const spelling = spellForDuckdb(sql);
    const { kind } = spelling;
    if (access === 'read' && ['insert', 'update', 'delete', 'merge', 'ddl'].includes(kind)) {
      throw new SqlError('003001', '42501', 'SQL access control error: Insufficient privileges to operate on table');
    }
    if (kind === 'begin') await begin();
    if (kind === 'commit' || kind === 'rollback') await finish(kind);
    if (kind === 'alter session') setParameters(parameters, sql);
    if (['begin', 'commit', 'rollback', 'alter session', 'use'].includes(kind)) return { kind, rowSet: statusRowSet() };
    if (!takesQuotedNames(parameters)) refuseQuotedNames(sql);
    return runSpelled(spelling, bindings);
  };

  return {
    run: (sql, bindings) => {
      // One at a time, as DuckDB's connection wants it.
      const answer = last.then(async () => {
        cancelled = false;
        try {
          return await run(sql, bindings);
        } catch (error) {
          if (error instanceof SqlError) throw error;
          if (cancelled) throw new SqlError('000604', '57014', 'SQL execution canceled');
          throw new SqlError('001003', '42000', `SQL compilation error: ${(error as Error).message}`);
        }
      });
      last = answer.catch(() => undefined);
      return answer;
    },
    interrupt: () => {
      cancelled = true;
      connection.interrupt();
    },
    end: async () => {
      await last;
      await finish('rollback').catch(() => undefined);
      connection.closeSync();
    },
  };
}

const countsOf = (kind: StatementKind, changed: number): RowSet => {
  switch (kind) {
    case 'insert':
      return countsRowSet({ 'number of rows inserted': changed });
    case 'update':
      return countsRowSet({ 'number of rows updated': changed, 'number of multi-joined rows updated': 0 });
    case 'delete':
      return countsRowSet({ 'number of rows deleted': changed });
    case 'merge':
      return countsRowSet({ 'number of rows inserted': changed, 'number of rows updated': 0 });
    default:
      return statusRowSet();
  }
};

/** Unless the session says otherwise, a name in quotes is looked for as it is written, and ours are kept in upper case. */
function refuseQuotedNames(sql: string): void {
  const name = splitQuoted(sql).find((part) => part.startsWith('"') && part !== part.toUpperCase());
  if (name) throw new SqlError('000904', '42000', `SQL compilation error: invalid identifier '${name}'`);
}

function toDuckdb(bindings: readonly Binding[]): { values: DuckDBValue[]; types: DuckDBType[] } {
  const values: DuckDBValue[] = [];
  const types: DuckDBType[] = [];
  for (const { type, value } of bindings) {
    const [bound, as] = toDuckdbValue(type, value);
    values.push(bound);
    types.push(as);
  }
  return { values, types };
}

function toDuckdbValue(type: string, value: string | null): [DuckDBValue, DuckDBType] {
  if (value === null) return [null, SQLNULL];
  switch (type) {
    case 'TEXT':
      return [value, VARCHAR];
    case 'BOOLEAN':
      return [value === 'true', BOOLEAN];
    case 'FIXED':
      return [BigInt(value), BIGINT];
    case 'REAL':
      return [Number(value), DOUBLE];
    default:
      throw new Error(`the rig takes no binding of type ${type}`);
  }
}
