import { randomUUID } from 'node:crypto';
import type { Answer, Binding } from './engine.ts';
import type { Cell } from './row-set.ts';
import type { Session } from './sessions.ts';
import type { StatementKind } from './spellings.ts';
import { SqlError } from './sql-error.ts';

export interface QueryBody {
  readonly sqlText: string;
  readonly bindings?: Readonly<Record<string, Binding>>;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface SeenStatement {
  readonly sql: string;
  readonly role: string;
  readonly sessionId: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** How it ended; null while it runs. */
  outcome: 'done' | 'failed' | 'cancelled' | null;
}

interface Query {
  readonly id: string;
  readonly requestId: string;
  readonly session: Session;
  readonly statement: SeenStatement;
  readonly answer: Promise<object>;
}

interface QueriesOptions {
  readonly chunkUrl: (queryId: string, index: number) => string;
  readonly inProgressAfterMs: number;
  readonly rowsPerChunk: number;
  readonly changed: () => void;
}

const INTERRUPT_EVERY_MS = 20;

/** Statements: run once each, however often their request comes; answered late if need be; ended when asked. */
export function createQueries({ chunkUrl, inProgressAfterMs, rowsPerChunk, changed }: QueriesOptions) {
  const queries = new Map<string, Query>();
  const chunks = new Map<string, string>();
  const seen: SeenStatement[] = [];

  const byEitherId = (id: string): Query | undefined =>
    queries.get(id) ?? [...queries.values()].find((query) => query.requestId === id);

  const start = (
    session: Session,
    requestId: string,
    { sqlText, bindings = {}, parameters = {} }: QueryBody,
  ): Query => {
    const statement: SeenStatement = {
      sql: sqlText,
      role: session.role,
      sessionId: session.id,
      parameters,
      outcome: null,
    };
    seen.push(statement);
    const id = randomUUID();
    const ordered = Object.keys(bindings)
      .sort((a, b) => Number(a) - Number(b))
      .map((place) => bindings[place] as Binding);
    const answer = session.engine
      .run(sqlText, ordered)
      .then(
        (found) => {
          statement.outcome = 'done';
          return answerOf(id, found);
        },
        (error: unknown) => {
          const { code, sqlState, message } =
            error instanceof SqlError ? error : new SqlError('000603', 'XX000', String(error));
          statement.outcome = code === '000604' ? 'cancelled' : 'failed';
          return { data: { queryId: id, errorCode: code, sqlState }, code, message, success: false };
        },
      )
      .finally(changed);
    const query = { id, requestId, session, statement, answer };
    queries.set(id, query);
    changed();
    return query;
  };

  const answerOf = (id: string, { kind, rowSet }: Answer): object => {
    const { columns, rows } = rowSet;
    const inline = rows.slice(0, rowsPerChunk);
    const later: { url: string; rowCount: number; uncompressedSize: number; compressedSize: number }[] = [];
    for (let from = rowsPerChunk; from < rows.length; from += rowsPerChunk) {
      const part = rows.slice(from, from + rowsPerChunk);
      const text = chunkText(part);
      const url = chunkUrl(id, later.length);
      chunks.set(url.slice(url.indexOf('/chunks/')), text);
      later.push({ url, rowCount: part.length, uncompressedSize: text.length, compressedSize: text.length });
    }
    return {
      data: {
        queryId: id,
        version: 1,
        parameters: [
          { name: 'TIMEZONE', value: 'UTC' },
          { name: 'DATE_OUTPUT_FORMAT', value: 'YYYY-MM-DD' },
        ],
        rowtype: columns,
        rowset: inline,
        total: rows.length,
        returned: rows.length,
        statementTypeId: STATEMENT_TYPES[kind],
        queryResultFormat: 'json',
        ...(later.length > 0 && { chunks: later, chunkHeaders: {} }),
      },
      success: true,
    };
  };

  const inTime = async ({ id, answer }: Query): Promise<object> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<object>((resolve) => {
      const data = { queryId: id, getResultUrl: `/queries/${id}/result` };
      timer = setTimeout(
        () => resolve({ data, code: '333333', message: 'in progress', success: true }),
        inProgressAfterMs,
      );
    });
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  };

  const abort = async (id: string): Promise<object> => {
    const query = byEitherId(id);
    if (!query || query.statement.outcome) {
      return {
        data: {},
        code: '000605',
        message: 'Identified SQL statement is not currently executing.',
        success: false,
      };
    }
    // DuckDB forgets an interrupt that comes before the statement has begun.
    const again = setInterval(() => query.session.engine.interrupt(), INTERRUPT_EVERY_MS);
    query.session.engine.interrupt();
    await query.answer.finally(() => clearInterval(again));
    return { data: null, success: true };
  };

  return {
    seen,
    run: (session: Session, requestId: string, body: QueryBody): Promise<object> =>
      inTime(byEitherId(requestId) ?? start(session, requestId, body)),
    result: (id: string): Promise<object> => inTime(queries.get(id) as Query),
    abort,
    abortAll: (): void => {
      for (const { statement, id } of queries.values()) if (!statement.outcome) void abort(id);
    },
    running: (): number => [...queries.values()].filter(({ statement }) => !statement.outcome).length,
    chunk: (id: string, index: number): Buffer => Buffer.from(chunks.get(`/chunks/${id}/${index}`) ?? ''),
  };
}

/** Rows without the brackets around them, as chunks are kept. */
const chunkText = (rows: readonly (readonly Cell[])[]): string => rows.map((row) => JSON.stringify(row)).join(',');

/** As the driver's own list has them. */
const STATEMENT_TYPES: Readonly<Record<StatementKind, number>> = {
  select: 0x1000,
  insert: 0x3100,
  update: 0x3200,
  delete: 0x3300,
  merge: 0x3400,
  'alter session': 0x4000,
  use: 0x4000,
  begin: 0x5100,
  commit: 0x5200,
  rollback: 0x5300,
  ddl: 0x6000,
};
