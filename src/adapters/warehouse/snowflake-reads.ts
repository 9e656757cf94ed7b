import { AppError } from '../../domain/errors.ts';
import type { Query, Reader, ReadOptions, SqlRow, Warehouse } from '../../ports/warehouse.ts';
import { busy, callerLeft, couldNotAnswer, didNotAnswer, SnowflakeError, tookTooLong } from './snowflake-errors.ts';
import { createLease, type Lease } from './snowflake-lease.ts';
import { BusyError, type SessionPool } from './snowflake-pool.ts';
import type { FinishedStatement } from './snowflake-session.ts';
import { createStop, type Stop } from './snowflake-stop.ts';

interface Reading {
  readonly options: ReadOptions;
  readonly stop: Stop;
  readonly lease: Lease;
}

const MOST_SESSIONS_TRIED = 3;

/**
 * Reads without a transaction: Snowflake's would not hold a moment, and costs two requests. Each statement stands by
 * itself, so one that met a session that is gone is run again in another.
 */
export const createReads =
  (pool: SessionPool): Warehouse['read'] =>
  async (options, work) => {
    const stop = createStop(options);
    const lease = createLease(pool, stop);
    const reading: Reading = { options, stop, lease };
    const working = lease.begin().then(() => work(createReader(reading)));
    // Who waits is answered as soon as it is stopped; the session comes back when the engine has let go of it.
    void working.then(lease.end, lease.end);
    try {
      return await Promise.race([working, stop.thrown]);
    } catch (error) {
      throw await translate(error, reading);
    } finally {
      stop.release();
    }
  };

function createReader({ options: { timeoutMs, operation }, stop, lease }: Reading): Reader {
  const tag = queryTag('read', operation);

  const run = async (query: Query): Promise<FinishedStatement> => {
    refuseToWrite(query.sql);
    for (let tried = 1; ; tried += 1) {
      stop.signal.throwIfAborted();
      try {
        return await Promise.race([lease.start(query, { tag, timeoutMs }).finished, stop.thrown]);
      } catch (error) {
        const isGone = error instanceof SnowflakeError && error.failure === 'session gone';
        if (!isGone || tried === MOST_SESSIONS_TRIED) throw error;
        await lease.renew();
      }
    }
  };

  async function* stream(query: Query): AsyncGenerator<SqlRow[]> {
    const batches = (await run(query)).batches();
    try {
      for (;;) {
        const next = await Promise.race([batches.next(), stop.thrown]);
        if (next.done) return;
        yield next.value;
      }
    } finally {
      // Not awaited: a part that is still on its way would hold up who was stopped.
      batches.return(undefined).catch(() => undefined);
    }
  }

  return {
    all: async <R>(query: Query) => {
      const rows: SqlRow[] = [];
      for await (const batch of stream(query)) for (const row of batch) rows.push(row);
      // The caller names the row type beside the SQL that makes it; nothing else knows it.
      return rows as R[];
    },
    stream: <R>(query: Query) => stream(query) as AsyncIterable<R[]>,
  };
}

/** What the engine's history of queries shows beside a statement. */
export const queryTag = (kind: string, operation?: string): string =>
  JSON.stringify({ app: 'trailgate', kind, ...(operation !== undefined && { operation: operation.slice(0, 200) }) });

/** The role of a reader may not write either; where it may do more than it should, this still holds. */
function refuseToWrite(sql: string): void {
  if (!/^[\s(]*(select|with|values|show|describe)\b/i.test(sql)) {
    throw new SnowflakeError('refused', `a read may only select, not: ${sql.trim().slice(0, 20)}`);
  }
}

async function translate(error: unknown, { stop, lease, options: { timeoutMs } }: Reading): Promise<unknown> {
  if (error instanceof AppError) return error;
  if (stop.why() === 'left') return callerLeft();
  if (stop.why() === null) return error instanceof BusyError ? busy() : couldNotAnswer(error);
  const taking = lease.taking();
  if (taking) {
    const failure = await taking.then(
      () => null,
      (found: unknown) => found,
    );
    return failure instanceof BusyError ? busy() : didNotAnswer(timeoutMs);
  }
  return (await lease.wasCancelled()) ? tookTooLong(timeoutMs) : didNotAnswer(timeoutMs);
}
