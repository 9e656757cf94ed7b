import { createHash } from 'node:crypto';
import type { EventStream, StreamHead } from '../ports/event-stream.ts';
import type { Warehouse } from '../ports/warehouse.ts';
import type { LoadPosition } from './loader.ts';

/** Something the log and the warehouse cannot both be right about, in words for an operator. */
export interface Discrepancy {
  readonly code: 'LOG_REPLACED' | 'LOG_OLDER' | 'LOG_TRIMMED';
  readonly message: string;
}

export interface Reconciliation {
  readonly position: LoadPosition;
  readonly discrepancy: Discrepancy | null;
}

/**
 * Where loading goes on at start. A log that is not the one the warehouse was loaded from, or that is older than it,
 * is loaded from its beginning or from a new epoch: the loader never waits for numbers that will not come. What may be
 * missing is said, and kept as an ingest error.
 */
export async function reconcile(
  { stream, warehouse }: { stream: EventStream; warehouse: Warehouse },
  now: number,
): Promise<Reconciliation> {
  const stored = await readPosition(warehouse);
  const decided = decide(stored, await stream.head(), await stream.oldestSeq());
  const head = decided.newEpoch ? await stream.startEpoch() : await stream.head();
  const position: LoadPosition = { ...stored, node: head.node, epoch: head.epoch, seq: decided.seq };
  await warehouse.write('load', async (writer) => {
    await writer.run({
      sql: `update pipeline_positions set ingest_node = ?, ingest_epoch = ?, ingest_seq = ? where pipeline = 'load'`,
      parameters: [position.node, position.epoch, position.seq],
    });
    if (!decided.discrepancy) return;
    const { code, message } = decided.discrepancy;
    const id = createHash('sha256').update(
      `${code}|${stored.node}|${stored.epoch}|${stored.seq}|${head.node}|${head.epoch}`,
    );
    await writer.run({
      sql: `insert into audit_events_errors (error_id, occurred_at, stage, code, message, status, ingest_node, ingest_epoch, ingest_seq)
        values (?, ?, 'LOAD', ?, ?, 'NEW', ?, ?, ?)`,
      parameters: [id.digest('hex').slice(0, 32), new Date(now), code, message, head.node, head.epoch, decided.seq],
    });
  });
  return { position, discrepancy: decided.discrepancy };
}

interface Decision {
  readonly seq: number;
  readonly newEpoch: boolean;
  readonly discrepancy: Discrepancy | null;
}

function decide(stored: LoadPosition, head: StreamHead, oldest: number | null): Decision {
  const sameLog = stored.node === head.node && stored.epoch === head.epoch;
  const from = sameLog ? stored.seq : 0;
  const firstHeld = oldest ?? head.seq + 1;
  const trimmed = firstHeld - from - 1;
  if (sameLog && stored.seq > head.seq) {
    return {
      seq: 0,
      newEpoch: true,
      discrepancy: {
        code: 'LOG_OLDER',
        message:
          `The log ends at line ${head.seq}, but the warehouse was loaded up to line ${stored.seq} of it: the log is an older copy. ` +
          `Lines ${head.seq + 1} to ${stored.seq} are in the warehouse only; lines after ${stored.seq} that had been acknowledged are lost. ` +
          `Numbering goes on in epoch ${head.epoch + 1}.`,
      },
    };
  }
  if (!sameLog && stored.node !== '') {
    return {
      seq: firstHeld - 1,
      newEpoch: false,
      discrepancy: {
        code: 'LOG_REPLACED',
        message:
          `The warehouse was loaded up to line ${stored.seq} of log ${stored.node} (epoch ${stored.epoch}), but the log here is ` +
          `${head.node} (epoch ${head.epoch}). Lines after ${stored.seq} of the former log that had been acknowledged are missing` +
          `${trimmed > 0 ? `, and so are lines 1 to ${firstHeld - 1} of this one, which were trimmed` : ''}. This log is loaded from line ${firstHeld}.`,
      },
    };
  }
  if (trimmed > 0) {
    return {
      seq: firstHeld - 1,
      newEpoch: false,
      discrepancy: {
        code: 'LOG_TRIMMED',
        message:
          `The warehouse was loaded up to line ${from} of the log, but its oldest line is ${firstHeld}: ` +
          `${trimmed} lines (${from + 1} to ${firstHeld - 1}) had been trimmed and are not in this warehouse.`,
      },
    };
  }
  return { seq: from, newEpoch: false, discrepancy: null };
}

async function readPosition(warehouse: Warehouse): Promise<LoadPosition> {
  const [row] = await warehouse.read({ timeoutMs: 10_000 }, (reader) =>
    reader.all<{ load_id: number; ingest_node: string; ingest_epoch: number; ingest_seq: number; data_as_of: number }>({
      sql: `select load_id, ingest_node, ingest_epoch, ingest_seq, data_as_of from pipeline_positions where pipeline = 'load'`,
      parameters: [],
    }),
  );
  if (!row) throw new Error('pipeline_positions has no row for the loader');
  return {
    loadId: row.load_id,
    node: row.ingest_node,
    epoch: row.ingest_epoch,
    seq: row.ingest_seq,
    dataAsOf: row.data_as_of,
  };
}
