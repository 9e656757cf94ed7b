import { createHash } from 'node:crypto';
import { FILES } from '../domain/log-position.ts';
import type { EpochRange, EventLog, StreamHead } from '../ports/event-log.ts';
import type { Query, Warehouse } from '../ports/warehouse.ts';
import { readPosition } from './load-position.ts';
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
  { stream, warehouse }: { stream: EventLog; warehouse: Warehouse },
  now: number,
): Promise<Reconciliation> {
  const found = await warehouse.read({ timeoutMs: 10_000 }, readPosition);
  // A warehouse that was loaded from files holds nothing of a log yet.
  const stored = found.node === FILES.node ? { ...found, node: '', epoch: 0, seq: 0 } : found;
  const decided = decide(stored, await readHoldings(stream));
  const head = decided.newEpoch ? await stream.startEpoch(stored.epoch) : await stream.head();
  const start = decided.newEpoch ? { epoch: head.epoch, seq: 0 } : decided.start;
  const position: LoadPosition = { ...stored, node: head.node, ...start };
  const { discrepancy } = decided;
  await warehouse.write('load', async (writer) => {
    // The marts too where they hold all that was loaded: a place in another log would keep dataAsOf still until an event comes.
    await writer.run({
      sql: `update pipeline_positions set ingest_node = ?, ingest_epoch = ?, ingest_seq = ?
        where pipeline = 'load' or (pipeline = 'refresh' and load_id = ?)`,
      parameters: [position.node, position.epoch, position.seq, position.loadId],
    });
    if (discrepancy) await writer.run(errorRow(discrepancy, position, now));
  });
  return { position, discrepancy };
}

interface Holdings {
  readonly head: StreamHead;
  /** Every epoch that holds lines, and the present one; oldest first. */
  readonly epochs: readonly EpochRange[];
}

async function readHoldings(stream: EventLog): Promise<Holdings> {
  const head = await stream.head();
  const oldest = await stream.oldestSeq();
  const present = { epoch: head.epoch, firstSeq: oldest ?? head.seq + 1, lastSeq: head.seq };
  return { head, epochs: [...(await stream.formerEpochs()), present] };
}

interface Decision {
  readonly start: { readonly epoch: number; readonly seq: number };
  readonly newEpoch: boolean;
  readonly discrepancy: Discrepancy | null;
}

function decide(stored: LoadPosition, { head, epochs }: Holdings): Decision {
  if (stored.node !== '' && stored.node !== head.node) return replaced(stored, { head, epochs });
  const own = epochs.find(({ epoch }) => epoch === stored.epoch);
  if (stored.node !== '' && stored.seq > (own?.lastSeq ?? 0)) return older(stored, { head, epochs });
  const first = own ?? (epochs[0] as EpochRange);
  const from = own ? stored.seq : 0;
  const start = { epoch: first.epoch, seq: Math.max(from, first.firstSeq - 1) };
  const gone = goneBefore(first, from);
  if (!gone) return { start, newEpoch: false, discrepancy: null };
  const message =
    `The warehouse was loaded up to line ${from} of the log, but the oldest that it holds is line ${first.firstSeq} of ` +
    `epoch ${first.epoch}: ${gone} had been trimmed and are not in this warehouse.`;
  return { start, newEpoch: false, discrepancy: { code: 'LOG_TRIMMED', message } };
}

function replaced(stored: LoadPosition, { head, epochs }: Holdings): Decision {
  const first = epochs[0] as EpochRange;
  const gone = goneBefore(first, 0);
  const message =
    `The warehouse was loaded up to line ${stored.seq} of log ${stored.node} (epoch ${stored.epoch}), but the log here is ` +
    `${head.node} (epoch ${head.epoch}). Lines after ${stored.seq} of the former log that had been acknowledged are missing` +
    `${gone ? `, and so are ${gone} of this one, which were trimmed` : ''}. ` +
    `This log is loaded from line ${first.firstSeq} of epoch ${first.epoch}.`;
  const start = { epoch: first.epoch, seq: first.firstSeq - 1 };
  return { start, newEpoch: false, discrepancy: { code: 'LOG_REPLACED', message } };
}

/** Numbers must not be given twice, so that an older copy of a log goes on in an epoch that was never used. */
function older(stored: LoadPosition, { head, epochs }: Holdings): Decision {
  const lastSeq = epochs.find(({ epoch }) => epoch === stored.epoch)?.lastSeq ?? 0;
  const begun = head.epoch > stored.epoch;
  const epoch = begun ? head.epoch : stored.epoch + 1;
  const message =
    `The log ends at line ${lastSeq} of epoch ${stored.epoch}, but the warehouse was loaded up to line ${stored.seq} of it: ` +
    `the log is an older copy. Lines ${lastSeq + 1} to ${stored.seq} are in the warehouse only; lines after ${stored.seq} ` +
    `that had been acknowledged are lost. Numbering goes on in epoch ${epoch}.`;
  const next = epochs.find((range) => range.epoch > stored.epoch);
  const start = { epoch: next?.epoch ?? epoch, seq: (next?.firstSeq ?? 1) - 1 };
  return { start, newEpoch: !begun, discrepancy: { code: 'LOG_OLDER', message } };
}

/** What the log no longer holds of what was not loaded, in words; null where it holds all. */
function goneBefore({ epoch, firstSeq }: EpochRange, loadedSeq: number): string | null {
  const lines = firstSeq - loadedSeq - 1;
  const parts = [
    ...(epoch > 1 && loadedSeq === 0 ? [`all lines of the epochs before ${epoch}`] : []),
    ...(lines > 0 ? [`${lines} lines (${loadedSeq + 1} to ${firstSeq - 1})`] : []),
  ];
  return parts.length > 0 ? parts.join(' and ') : null;
}

function errorRow({ code, message }: Discrepancy, at: LoadPosition, now: number): Query {
  // The time is part of it: logs that are swapped to and fro make an error each time.
  const id = createHash('sha256').update(`${now}|${message}`).digest('hex').slice(0, 32);
  return {
    sql: `insert into audit_events_errors (error_id, occurred_at, stage, code, message, status, ingest_node, ingest_epoch, ingest_seq)
      values (?, ?, 'LOAD', ?, ?, 'NEW', ?, ?, ?)`,
    parameters: [id, new Date(now), code, message, at.node, at.epoch, at.seq],
  };
}
