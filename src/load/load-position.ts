import { AppError } from '../domain/errors.ts';
import type { Reader, Writer } from '../ports/warehouse.ts';
import type { LoadPosition } from './loader.ts';

export interface LoadStep {
  readonly next: LoadPosition;
  /** Whether the load brought rows. */
  readonly changed: boolean;
  readonly now: number;
}

/**
 * With the rows of a load. One that brought none takes the marts along where they hold everything before it: what they
 * are as of moves on without a refresh.
 * @throws AppError where somebody else has loaded meanwhile: a lease can run out unnoticed.
 */
export async function writePosition(writer: Writer, { next, changed, now }: LoadStep): Promise<void> {
  const set = `update pipeline_positions set load_id = ?, ingest_node = ?, ingest_epoch = ?, ingest_seq = ?,
    data_as_of = ?, updated_at = ?`;
  const values = [next.loadId, next.node, next.epoch, next.seq, new Date(next.dataAsOf), new Date(now)];
  const before = next.loadId - 1;
  const moved = await writer.run({
    sql: `${set} where pipeline = 'load' and load_id = ?`,
    parameters: [...values, before],
  });
  if (moved !== 1) {
    throw new AppError('WAREHOUSE_UNAVAILABLE', 'Another node has loaded meanwhile.', { retryable: true });
  }
  if (changed) return;
  await writer.run({ sql: `${set} where pipeline = 'refresh' and load_id = ?`, parameters: [...values, before] });
}

export async function readPosition(reader: Pick<Reader, 'all'>): Promise<LoadPosition> {
  const [row] = await reader.all<{
    load_id: number;
    ingest_node: string;
    ingest_epoch: number;
    ingest_seq: number;
    data_as_of: number;
  }>({
    sql: `select load_id, ingest_node, ingest_epoch, ingest_seq, data_as_of from pipeline_positions where pipeline = 'load'`,
  });
  if (!row) throw new Error('pipeline_positions has no row for the loader');
  return {
    loadId: row.load_id,
    node: row.ingest_node,
    epoch: row.ingest_epoch,
    seq: row.ingest_seq,
    dataAsOf: row.data_as_of,
  };
}
