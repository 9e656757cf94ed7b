import type { Column, Connection, RowStatement } from 'snowflake-sdk';
import type { Query, SqlRow } from '../../ports/warehouse.ts';
import { SnowflakeError, toSnowflakeError } from './snowflake-errors.ts';
import { createRowMapper, rowsChanged, toStatement } from './snowflake-values.ts';

export interface StatementOptions {
  /** Noted in the engine's history. */
  readonly tag: string;
  /** The engine ends it by itself after this, should nobody be there to cancel it. */
  readonly timeoutMs: number;
}

/** A statement on its way. */
export interface RunningStatement {
  /** @throws SnowflakeError */
  readonly finished: Promise<FinishedStatement>;
  /**
   * Asks the engine to end it, again and again until it has ended or ten seconds are over.
   * True when the engine said so or the statement ended by then; false when nothing was heard within `patienceMs`.
   */
  cancel(patienceMs: number): Promise<boolean>;
}

export interface FinishedStatement {
  readonly changed: () => Promise<number>;
  /** Rows in their order, some at a time; fetched from the engine as they are asked for. */
  batches(): AsyncGenerator<SqlRow[]>;
}

/** One session in the engine: logged in, its parameters set. */
export interface SnowflakeSession {
  start(query: Query, options: StatementOptions): RunningStatement;
  /** False once the driver knows that it is gone. */
  isUsable(): boolean;
  /** Resolves when none of its statements runs any more; false when that takes longer. */
  settles(withinMs: number): Promise<boolean>;
  /** Logs out, which rolls back what is open. False when the engine could not be told. */
  end(): Promise<boolean>;
}

const CANCEL_EVERY_MS = 500;
/** An engine that is not there is not asked for ever. */
const MOST_CANCELS = 20;
const END_WITHIN_MS = 5_000;
const BATCH_ROWS = 1_000;

export function createSession(connection: Connection): SnowflakeSession {
  const running = new Set<Promise<unknown>>();

  const start = (query: Query, { tag, timeoutMs }: StatementOptions): RunningStatement => {
    const { sqlText, binds } = toStatement(query);
    let statement: RowStatement | undefined;
    const finished = new Promise<FinishedStatement>((resolve, reject) => {
      statement = connection.execute({
        sqlText,
        binds,
        parameters: { QUERY_TAG: tag, STATEMENT_TIMEOUT_IN_SECONDS: Math.ceil(timeoutMs / 1_000) },
        streamResult: true,
        rowMode: 'array',
        fetchAsString: ['JSON'],
        complete: (error, done) => (error ? reject(toSnowflakeError(error)) : resolve(finish(done))),
      });
    });
    const ended = finished.catch(() => undefined).finally(() => running.delete(ended));
    running.add(ended);
    return {
      finished,
      cancel: (patienceMs) => {
        const ask = (): Promise<boolean> =>
          new Promise((resolve) => {
            if (statement) statement.cancel((error) => resolve(!error));
            else resolve(false);
          });
        return cancelUntil({ ask, ended, patienceMs });
      },
    };
  };

  return {
    start,
    isUsable: () => connection.isUp(),
    settles: (withinMs) =>
      within(
        withinMs,
        Promise.all(running).then(() => true),
      ),
    end: () => {
      if (!connection.isUp()) return Promise.resolve(true);
      const told = new Promise<boolean>((resolve) => connection.destroy((error) => resolve(!error || isGone(error))));
      return within(END_WITHIN_MS, told);
    },
  };
}

/** An engine that has not begun with a statement yet knows nothing to cancel: it is asked until the statement ends. */
async function cancelUntil({
  ask,
  ended,
  patienceMs,
}: {
  readonly ask: () => Promise<boolean>;
  readonly ended: Promise<unknown>;
  readonly patienceMs: number;
}): Promise<boolean> {
  let asked = 1;
  const again = setInterval(() => {
    asked += 1;
    if (asked >= MOST_CANCELS) clearInterval(again);
    void ask();
  }, CANCEL_EVERY_MS);
  const over = ended.then(() => true).finally(() => clearInterval(again));
  const said = ask().then((yes) => yes || over);
  return within(patienceMs, Promise.race([said, over]));
}

const isGone = (error: unknown): boolean => toSnowflakeError(error).failure === 'session gone';

async function within(ms: number, answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function finish(statement: RowStatement): FinishedStatement {
  const columns = (): Column[] => statement.getColumns() ?? [];
  async function* rows(): AsyncGenerator<readonly unknown[]> {
    const stream = statement.streamRows();
    try {
      for await (const row of stream) yield row as readonly unknown[];
    } catch (error) {
      throw error instanceof SnowflakeError ? error : toSnowflakeError(error);
    } finally {
      stream.destroy();
    }
  }
  return {
    changed: async () => {
      for await (const row of rows()) return rowsChanged(columns(), row);
      return 0;
    },
    batches: async function* () {
      const map = createRowMapper(columns());
      let batch: SqlRow[] = [];
      for await (const row of rows()) {
        batch.push(map(row));
        if (batch.length < BATCH_ROWS) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },
  };
}
