import type { Clock } from '../ports/clock.ts';
import type { EventStream, PackedRecord } from '../ports/event-stream.ts';
import type { SqlFile, Warehouse } from '../ports/warehouse.ts';
import { stageLines } from './stage-lines.ts';

export interface LoaderDeps {
  readonly stream: EventStream;
  readonly warehouse: Warehouse;
  /** Fills raw and errors from staged lines (sql/duckdb/load.sql). */
  readonly sql: SqlFile;
  readonly clock: Clock;
  /** Everything received before this moment has been appended or refused; what comes later is received at or after it. */
  readonly settledBefore: () => number;
}

/** How far the warehouse has come in the log; everything received before `dataAsOf` is at or before `seq`. */
export interface LoadPosition {
  readonly loadId: number;
  readonly node: string;
  readonly epoch: number;
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly dataAsOf: number;
}

export interface Load {
  readonly lines: number;
  readonly bytes: number;
  readonly position: LoadPosition;
  /** True when nothing was left behind in the log. */
  readonly caughtUp: boolean;
}

const CHUNK_BYTES = 12 * 1024 * 1024;

/** Moves lines from the log into raw and errors; the position is committed with the rows. */
export function createLoader({ stream, warehouse, sql, clock, settledBefore }: LoaderDeps, start: LoadPosition) {
  let position = start;

  const commit = (records: readonly PackedRecord[], next: LoadPosition): Promise<void> =>
    warehouse.write('load', async (writer) => {
      await stageLines(writer, records);
      const now = new Date(clock.now());
      for (const statement of sql.statements) await writer.run(statement({ load_id: next.loadId, now }));
      await writer.run({
        sql: `update pipeline_positions set load_id = ?, ingest_node = ?, ingest_epoch = ?, ingest_seq = ?,
          data_as_of = ?, updated_at = ? where pipeline = 'load'`,
        parameters: [next.loadId, next.node, next.epoch, next.seq, new Date(next.dataAsOf), now],
      });
    });

  return {
    position: (): LoadPosition => position,
    /** Loads the next chunk of the log. Never two at a time. */
    loadNext: async (): Promise<Load> => {
      // In this order: what is settled now is in the log whose head is read next.
      const settled = settledBefore();
      const head = await stream.head();
      const records = await stream.read(position.seq, CHUNK_BYTES);
      const last = records.at(-1);
      if (!last) {
        position = { ...position, dataAsOf: Math.max(position.dataAsOf, settled) };
        return { lines: 0, bytes: 0, position, caughtUp: true };
      }
      const caughtUp = last.lastSeq === head.seq;
      const next: LoadPosition = {
        loadId: position.loadId + 1,
        node: head.node,
        epoch: head.epoch,
        seq: last.lastSeq,
        // Each record has its own time, later than the one before it.
        dataAsOf: caughtUp ? Math.max(settled, last.receivedAt + 1) : last.receivedAt + 1,
      };
      await commit(records, next);
      const lines = next.seq - position.seq;
      position = next;
      return { lines, bytes: records.reduce((sum, { lines: text }) => sum + text.length, 0), position, caughtUp };
    },
  };
}

export type Loader = ReturnType<typeof createLoader>;
