import { AppError } from '../domain/errors.ts';
import { isLinePosition, type LogPosition, toLogPosition } from '../domain/log-position.ts';
import type { Reader, Warehouse } from '../ports/warehouse.ts';

/** What one read transaction sees: everything received before `dataAsOf`, which is everything up to `position`. */
export interface Moment {
  readonly position: LogPosition;
  /** Milliseconds since 1970. */
  readonly dataAsOf: number;
}

export interface QueryDeps {
  readonly warehouse: Warehouse;
  /**
   * Where the marts stand and what is known of the log since: while nothing arrives, `dataAsOf` moves on without a
   * write. Asked for before a read begins, never after.
   */
  readonly freshness: () => Moment;
  readonly queryTimeoutMs: number;
}

/** Runs `work` in one read transaction, with the moment that it sees. */
export async function readAtMoment<T>(
  { warehouse, freshness, queryTimeoutMs }: QueryDeps,
  work: (reader: Reader, moment: Moment) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const known = freshness();
  return warehouse.read({ timeoutMs: queryTimeoutMs, ...(signal && { signal }) }, async (reader) =>
    work(reader, await readMoment(reader, known)),
  );
}

async function readMoment(reader: Reader, known: Moment): Promise<Moment> {
  const [row] = await reader.all<{ ingest_node: string; ingest_epoch: number; ingest_seq: number; data_as_of: number }>(
    {
      sql: `select ingest_node, ingest_epoch, ingest_seq, data_as_of from pipeline_positions where pipeline = 'refresh'`,
    },
  );
  if (!row)
    throw new AppError('WAREHOUSE_UNAVAILABLE', 'The marts are being prepared. Try again.', { retryable: true });
  const position = toLogPosition(
    { node: row.ingest_node, epoch: row.ingest_epoch, seq: row.ingest_seq },
    row.data_as_of,
  );
  return {
    position,
    dataAsOf: isSameLine(position, known.position) ? Math.max(row.data_as_of, known.dataAsOf) : row.data_as_of,
  };
}

/**
 * Only at the same line of a log may more be known than was committed: that nothing has come behind it. Files may always
 * be on their way, and what is known of them is what a load has written.
 */
const isSameLine = (one: LogPosition, other: LogPosition): boolean =>
  isLinePosition(one) &&
  isLinePosition(other) &&
  one.node === other.node &&
  one.epoch === other.epoch &&
  one.seq === other.seq;
