import type { DuckDBConnection } from '@duckdb/node-api';
import { AppError } from '../../domain/errors.ts';
import type { Reader, ReadOptions } from '../../ports/warehouse.ts';
import { all, inTransaction } from './duckdb-statements.ts';

export interface ReaderPool {
  /** Runs `work` in one read transaction on an idle connection, first come first served. */
  run<T>(options: ReadOptions, work: (reader: Reader) => Promise<T>): Promise<T>;
  /** Resolves when nobody reads any more; nobody can afterwards. */
  drain(): Promise<void>;
}

type Stop = 'late' | 'left';

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
      let connection: DuckDBConnection | null = null;
      try {
        if (stopped) throw stoppedError(stopped, timeoutMs);
        connection = await take((end) => {
          onStop = (why) => end(why === 'left' ? stoppedError(why, timeoutMs) : busy());
        });
        const taken = connection;
        onStop = () => taken.interrupt();
        const reader: Reader = {
          all: async (query) => {
            if (stopped) throw stoppedError(stopped, timeoutMs);
            return all(taken, query);
          },
        };
        return await inTransaction(taken, 'begin transaction read only', async () => {
          const result = await work(reader);
          // What follows must not be interrupted: the connection goes back with its transaction ended.
          onStop = () => undefined;
          return result;
        });
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
        if (connection) giveBack(connection);
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
