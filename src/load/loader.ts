import { createHash } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { PackedRecord } from '../ports/event-stream.ts';
import type { Query, SqlFile, Warehouse, Writer } from '../ports/warehouse.ts';
import { writePosition } from './load-position.ts';
import { type LostLine, siftLines } from './sift-lines.ts';
import { stageLines, stageSoundLines, UnknownEnvelopeError, UnsoundLinesError } from './stage-lines.ts';

export interface LoaderDeps {
  readonly stream: EventLog;
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
  /** False when no line became a row, so that the marts have nothing to add: only ledger lines came, say. */
  readonly changed: boolean;
  readonly bytes: number;
  readonly position: LoadPosition;
  /** True when nothing was left behind in the log. */
  readonly caughtUp: boolean;
}

const CHUNK_BYTES = 12 * 1024 * 1024;

/** Moves lines into the warehouse: from the log (below), or from files that landed (landed-loader.ts). */
export interface Loader {
  position(): LoadPosition;
  /** Loads what comes next. Never two at a time. */
  loadNext(): Promise<Load>;
}

/** Moves lines from the log into raw and errors; the position is committed with the rows. */
export function createLoader(
  { stream, warehouse, sql, clock, settledBefore }: LoaderDeps,
  start: LoadPosition,
): Loader {
  let position = start;

  /** `stage` answers how many lines become rows. */
  const write = (next: LoadPosition, stage: (writer: Writer) => Promise<number>): Promise<boolean> =>
    warehouse.write('load', async (writer) => {
      const changed = (await stage(writer)) > 0;
      const now = clock.now();
      if (changed) {
        for (const statement of sql.statements)
          await writer.run(statement({ load_id: next.loadId, now: new Date(now) }));
      }
      await writePosition(writer, { next, changed, now });
      return changed;
    });

  const commit = async (records: readonly PackedRecord[], next: LoadPosition): Promise<boolean> => {
    try {
      return await write(next, (writer) =>
        stageLines(
          writer,
          records.map(({ lines }) => lines),
          { node: next.node, epoch: next.epoch, firstSeq: position.seq + 1, lastSeq: next.seq },
        ),
      );
    } catch (error) {
      if (error instanceof UnknownEnvelopeError) throw error;
      const { sound, lost } = siftLines(records, next);
      // Every line is good: what failed is the warehouse, and no line may be called lost for that.
      if (lost.length === 0 && !(error instanceof UnsoundLinesError)) throw error;
      return write(next, async (writer) => {
        await stageSoundLines(writer, sound);
        for (const line of lost) await writer.run(lostLineRow(line, next));
        return sound.length + lost.length;
      });
    }
  };

  return {
    position: (): LoadPosition => position,
    /**
     * Loads the next chunk of the log. Never two at a time. A line that cannot be read becomes an ingest error.
     * @throws UnknownEnvelopeError at a record of a version that this code does not know, once all before it is loaded;
     * and again at every later call.
     */
    loadNext: async (): Promise<Load> => {
      // In this order: what is settled now is in the log whose head is read next.
      const settled = settledBefore();
      const head = await stream.head();
      let found = await stream.read(position.seq, CHUNK_BYTES, position.epoch);
      while (found.length === 0 && position.epoch < head.epoch) {
        position = { ...position, epoch: position.epoch + 1, seq: 0 };
        found = await stream.read(0, CHUNK_BYTES, position.epoch);
      }
      const [first] = found;
      if (!first) {
        position = { ...position, dataAsOf: Math.max(position.dataAsOf, settled) };
        return { lines: 0, changed: false, bytes: 0, position, caughtUp: true };
      }
      if (first.firstSeq !== position.seq + 1) {
        throw new Error(
          `Lines ${position.seq + 1} to ${first.firstSeq - 1} of the log were let go before they were loaded. ` +
            'Start again to go on behind them.',
        );
      }
      const load = async (records: readonly PackedRecord[]): Promise<Load> => {
        const last = records.at(-1) as PackedRecord;
        const caughtUp = position.epoch === head.epoch && last.lastSeq >= head.seq;
        const next: LoadPosition = {
          loadId: position.loadId + 1,
          node: head.node,
          epoch: position.epoch,
          seq: last.lastSeq,
          // Each record has its own time, later than the one before it.
          dataAsOf: caughtUp ? Math.max(settled, last.receivedAt + 1) : last.receivedAt + 1,
        };
        const changed = await commit(records, next);
        const lines = next.seq - position.seq;
        position = next;
        return {
          lines,
          changed,
          bytes: records.reduce((sum, { lines: text }) => sum + text.length, 0),
          position,
          caughtUp,
        };
      };
      try {
        return await load(found);
      } catch (error) {
        if (!(error instanceof UnknownEnvelopeError)) throw error;
        const { seq } = error;
        const before = seq === null ? [] : found.filter(({ lastSeq }) => lastSeq < seq);
        if (before.length === 0) throw error;
        return load(before);
      }
    },
  };
}

function lostLineRow(line: LostLine, { node, epoch }: LoadPosition): Query {
  return {
    sql: `insert into audit_events_errors (error_id, occurred_at, stage, code, message, event_id, source, ingested_by,
        document, status, ingest_node, ingest_epoch, ingest_seq)
      select ?, ?, 'LOAD', 'UNREADABLE_LINE', ?, ?, ?, ?, ?, 'NEW', ?, ?, ?
      where not exists (select 1 from audit_events_errors where error_id = ?)`,
    parameters: [
      lineErrorId(node, epoch, line.seq),
      new Date(line.receivedAt ?? line.recordReceivedAt),
      `Line ${line.seq} of the log ${node} (epoch ${epoch}) cannot be read: ${line.why}.`,
      line.eventId,
      line.source,
      line.ingestedBy,
      line.document,
      node,
      epoch,
      line.seq,
      lineErrorId(node, epoch, line.seq),
    ],
  };
}

/** The same as in sql/duckdb/load.sql: one error for one line, however often it is loaded. */
const lineErrorId = (node: string, epoch: number, seq: number): string =>
  createHash('sha256').update(`${node}|${epoch}|${seq}`).digest('hex').slice(0, 32);
