import { AppError } from '../domain/errors.ts';
import type { Query, SqlFile, Writer } from '../ports/warehouse.ts';

/** How far a pipeline has come: the number of its last load, its place in the log, and what its rows are as of. */
export interface Standing {
  readonly load_id: number;
  readonly ingest_node: string;
  readonly ingest_epoch: number;
  readonly ingest_seq: number;
  /** Milliseconds since 1970. */
  readonly data_as_of: number;
}

/** Loads to be added: after the one, up to and with the other. */
export type Due = {
  readonly after_load: number;
  readonly through_load: number;
  /** Where loading stood when this was read; the last load there was. */
  readonly last: Standing;
};

const NOWHERE: Standing = { load_id: 0, ingest_node: '', ingest_epoch: 0, ingest_seq: 0, data_as_of: 0 };

export async function readStandings(writer: Writer): Promise<{ load: Standing; refresh: Standing }> {
  const rows = await writer.all<Standing & { pipeline: string }>({
    sql: 'select pipeline, load_id, ingest_node, ingest_epoch, ingest_seq, data_as_of from pipeline_positions',
  });
  const of = (pipeline: string): Standing => rows.find((row) => row.pipeline === pipeline) ?? NOWHERE;
  return { load: of('load'), refresh: of('refresh') };
}

export const isSamePlace = (one: Standing, other: Standing): boolean =>
  one.ingest_node === other.ingest_node &&
  one.ingest_epoch === other.ingest_epoch &&
  one.ingest_seq === other.ingest_seq;

/**
 * What the rows are as of is known of the last load only; until it is reached the marts stay as of the moment before.
 * @throws AppError where somebody else has refreshed since `due` was read: a lease can run out unnoticed, and a load must
 * not be added twice.
 */
export async function advance(writer: Writer, due: Due, { sql, now }: { sql: SqlFile; now: number }): Promise<void> {
  const { after_load, through_load, last } = due;
  const isLast = through_load === last.load_id;
  const values = { ...last, after_load, through_load, data_as_of: new Date(last.data_as_of), now: new Date(now) };
  const queries = isLast ? sql.statements.map((statement) => statement(values)) : [toPart(due, now)];
  let advanced = 0;
  for (const query of queries) advanced += await writer.run(query);
  if (advanced === 1) return;
  throw new AppError('WAREHOUSE_UNAVAILABLE', 'The marts were refreshed by another node meanwhile.', {
    retryable: true,
  });
}

const toPart = ({ after_load, through_load }: Due, now: number): Query => ({
  sql: `update pipeline_positions set load_id = ?, updated_at = ? where pipeline = 'refresh' and load_id = ?`,
  parameters: [through_load, new Date(now), after_load],
});
