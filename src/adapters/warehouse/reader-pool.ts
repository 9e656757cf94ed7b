import type { DuckDBConnection } from '@duckdb/node-api';
import { AppError } from '../../domain/errors.ts';
import type { Query, Reader, ReadOptions } from '../../ports/warehouse.ts';
import { all, inTransaction, stream } from './duckdb-statements.ts';

export interface ReaderPool {
  /** Runs `work` in one read transaction on an idle connection, first come first served. */
  run<T>(options: ReadOptions, work: (reader: Reader) => Promise<T>): Promise<T>;
  /** Resolves when nobody reads any more; nobody can afterwards. */
  drain(): Promise<void>;
}

type Stop = 'late' | 'left';

interface Reading<T> {
  readonly work: (reader: Reader) => Promise<T>;
  readonly stoppedBy: () => Stop | null;
  /** Sets what is done when the reading is stopped. */
  readonly whenStopped: (then: (why: Stop) => void) => void;
  readonly timeoutMs: number;
}

const INTERRUPT_EVERY_MS = 100;

export function createReaderPool(connections: readonly DuckDBConnection[]): ReaderPool {
  const idle = [...connections];
  const waiting: ((connection: DuckDBConnection) => void)[] = [];

  const giveBack = (connection: DuckDBConnection): void => {
    const next = waiting.shift();
    if (next) next(connection);
    else idle.push(connection);
  };

  /** `giveUp` is handed what ends the waiting. */
  const take = (giveUp: (end: (error: AppError) => void) => void): Promise<DuckDBConnection> => {
    const free = idle.pop();
    if (free) return Promise.resolve(free);
    return new Promise((resolve, reject) => {
      waiting.push(resolve);
      giveUp((error) => {
        const place = waiting.indexOf(resolve);
        if (place === -1) return;
        waiting.splice(place, 1);
        reject(error);
      });
    });
  };

  /**
   * The engine looks up from a costly statement only now and then, seconds apart at worst: who waits is answered at
   * once, and the connection comes back when the engine has let go of it.
   */
  const readWith = <T>(
    connection: DuckDBConnection,
    { work, stoppedBy, whenStopped, timeoutMs }: Reading<T>,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      let again: NodeJS.Timeout | undefined;
      const interrupt = (): void => connection.interrupt();
      // A statement that has not begun in the engine yet forgets an interrupt: it is told until it ends.
      const begin = (why: Stop): void => {
        again ??= setInterval(interrupt, INTERRUPT_EVERY_MS);
        interrupt();
        reject(stoppedError(why, timeoutMs));
      };
      // What ends the transaction must not be interrupted: the connection goes back without one.
      const end = (): void => {
        whenStopped(() => undefined);
        clearInterval(again);
      };
      whenStopped(begin);
      const checkStopped = (): void => {
        const why = stoppedBy();
        if (why) throw stoppedError(why, timeoutMs);
      };
      const reader: Reader = {
        all: async (query) => {
          checkStopped();
          return all(connection, query);
        },
        stream: async function* <R>(query: Query) {
          checkStopped();
          for await (const rows of stream<R>(connection, query)) {
            yield rows;
            checkStopped();
          }
        },
      };
      inTransaction(connection, 'begin transaction read only', () => work(reader).finally(end))
        .finally(() => {
          end();
          giveBack(connection);
        })
        .then(resolve, reject);
    });

  return {
    run: async ({ timeoutMs, signal }, work) => {
      let stopped: Stop | null = null;
      let onStop: (why: Stop) => void = () => undefined;
      const stop = (why: Stop): void => {
        stopped ??= why;
        onStop(why);
      };
      const timer = setTimeout(() => stop('late'), timeoutMs);
      const onAbort = () => stop('left');
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) stopped = 'left';
      const translate = (error: unknown): AppError => {
        if (error instanceof AppError) return error;
        if (stopped) return stoppedError(stopped, timeoutMs);
        return new AppError('WAREHOUSE_UNAVAILABLE', 'The warehouse could not answer. Try again.', {
          cause: error,
          retryable: true,
        });
      };
      try {
        if (stopped) throw stoppedError(stopped, timeoutMs);
        const connection = await take((end) => {
          onStop = (why) => end(why === 'left' ? stoppedError(why, timeoutMs) : busy());
        });
        return await readWith(connection, {
          work,
          stoppedBy: () => stopped,
          whenStopped: (then) => {
            onStop = then;
          },
          timeoutMs,
        });
      } catch (error) {
        throw translate(error);
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      }
    },
    drain: async () => {
      for (let left = connections.length; left > 0; left -= 1) await take(() => undefined);
    },
  };
}

const busy = (): AppError =>
  new AppError('WAREHOUSE_UNAVAILABLE', 'The warehouse is busy with other queries. Try again.', {
    retryable: true,
    retryAfterMs: 1_000,
  });

const stoppedError = (why: Stop, timeoutMs: number): AppError =>
  why === 'left'
    ? new AppError('TOO_COSTLY', 'The caller left before the answer was ready.')
    : new AppError(
        'TOO_COSTLY',
        `The query took longer than ${timeoutMs} ms (settings.queryTimeoutMs) and was cancelled. Narrow its time range or its filter.`,
      );
