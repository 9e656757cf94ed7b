import type { Query, SqlRow, Warehouse, Writer } from '../../ports/warehouse.ts';
import { couldNotAnswer, outcomeUnknown, SnowflakeError, unavailable } from './snowflake-errors.ts';
import { queryTag } from './snowflake-reads.ts';
import type { FinishedStatement, SnowflakeSession } from './snowflake-session.ts';
import { stageJsonLines } from './snowflake-staging.ts';
import { createWriteQueue } from './write-queue.ts';

export interface Writes {
  readonly write: Warehouse['write'];
  close(): Promise<void>;
}

export interface WritesOptions {
  readonly open: () => Promise<SnowflakeSession>;
  /** For each statement. */
  readonly timeoutMs: number;
}

const MOST_SESSIONS_TRIED = 3;
const CANCEL_PATIENCE_MS = 1_000;

/**
 * One transaction at a time, in one session. Where it is not known how a transaction ended, its session is ended before
 * the next begins: after that it is either committed or rolled back for good, and what the next reads is the truth. The
 * driver repeats requests by itself, so a commit could otherwise arrive after its work was done a second time.
 */
export function createWrites({ open, timeoutMs }: WritesOptions): Writes {
  const queue = createWriteQueue();
  let current: SnowflakeSession | null = null;
  let unsettled: SnowflakeSession | null = null;
  let isClosed = false;

  const settle = async (): Promise<void> => {
    if (!unsettled) return;
    if (!(await unsettled.end())) {
      throw unavailable('It is not known yet whether the change before this one was made. Try again.');
    }
    unsettled = null;
  };

  const execute = async (session: SnowflakeSession, query: Query, tag: string): Promise<FinishedStatement> => {
    const running = session.start(query, { tag, timeoutMs });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        void running.cancel(CANCEL_PATIENCE_MS);
        reject(new SnowflakeError('unanswered', `no answer within ${timeoutMs} ms`));
      }, timeoutMs);
    });
    return Promise.race([running.finished, late]).finally(() => clearTimeout(timer));
  };

  /** Nothing has been done yet, so a session that is gone is no loss: another is tried. */
  const begin = async (tag: string): Promise<SnowflakeSession> => {
    for (let tried = 1; ; tried += 1) {
      await settle();
      current ??= await open();
      const session = current;
      try {
        await execute(session, { sql: 'begin transaction' }, tag);
        return session;
      } catch (error) {
        current = null;
        unsettled = session;
        const isGone = error instanceof SnowflakeError && error.failure === 'session gone';
        if (!isGone || tried === MOST_SESSIONS_TRIED) throw error;
      }
    }
  };

  const abandon = async (session: SnowflakeSession): Promise<void> => {
    current = null;
    unsettled = session;
    // Should it fail it is tried again before the next write, which waits for it.
    await settle().catch(() => undefined);
  };

  const transact = async <T>(tag: string, work: (writer: Writer) => Promise<T>): Promise<T> => {
    let begun: SnowflakeSession | null = null;
    let failure: SnowflakeError | null = null;
    let isOver = false;
    let last: Promise<unknown> = Promise.resolve();
    const runNext = async (query: Query): Promise<FinishedStatement> => {
      if (isOver) throw new Error('this write is over');
      try {
        begun ??= await begin(tag);
        return await execute(begun, query, tag);
      } catch (error) {
        if (error instanceof SnowflakeError) failure ??= error;
        throw error;
      }
    };
    // One after the other: a statement that reached the engine after the end would be committed by itself.
    const run = (query: Query): Promise<FinishedStatement> => {
      const finished = last.then(() => runNext(query));
      last = finished.catch(() => undefined);
      return finished;
    };
    const finishRunning = (): Promise<unknown> => {
      isOver = true;
      return last;
    };
    const ending = { execute, abandon, tag };
    try {
      const result = await work(createWriter(run));
      await finishRunning();
      // Work that goes on after a failed statement must not commit the rest of it.
      if (failure) throw failure;
      if (begun) await commit(begun, ending);
      return result;
    } catch (error) {
      await finishRunning();
      if (begun && current === begun) await rollBack(begun, failure, ending);
      throw error;
    }
  };

  return {
    write: (urgency, work) =>
      queue.run(urgency, async () => {
        if (isClosed) throw unavailable('The warehouse has been closed.');
        try {
          return await transact(queryTag(urgency), work);
        } catch (error) {
          throw error instanceof SnowflakeError ? couldNotAnswer(error) : error;
        }
      }),
    close: () =>
      queue.run('migrations', async () => {
        isClosed = true;
        await Promise.all([current?.end(), unsettled?.end()]);
      }),
  };
}

interface Ending {
  readonly execute: (session: SnowflakeSession, query: Query, tag: string) => Promise<FinishedStatement>;
  readonly abandon: (session: SnowflakeSession) => Promise<void>;
  readonly tag: string;
}

async function commit(session: SnowflakeSession, { execute, abandon, tag }: Ending): Promise<void> {
  try {
    await execute(session, { sql: 'commit' }, tag);
  } catch (error) {
    await abandon(session);
    const isRefused = error instanceof SnowflakeError && error.failure === 'refused';
    throw isRefused ? error : outcomeUnknown(error);
  }
}

async function rollBack(
  session: SnowflakeSession,
  failure: SnowflakeError | null,
  { execute, abandon, tag }: Ending,
): Promise<void> {
  if (failure && failure.failure !== 'refused') return abandon(session);
  await execute(session, { sql: 'rollback' }, tag).catch(() => abandon(session));
}

function createWriter(run: (query: Query) => Promise<FinishedStatement>): Writer {
  const runAndCount = async (query: Query): Promise<number> => (await run(query)).changed();
  return {
    all: async <R>(query: Query) => {
      const rows: SqlRow[] = [];
      for await (const batch of (await run(query)).batches()) for (const row of batch) rows.push(row);
      return rows as R[];
    },
    run: runAndCount,
    stageJsonLines: (table, lines, columns) => stageJsonLines(runAndCount, { table, lines, columns }),
  };
}
