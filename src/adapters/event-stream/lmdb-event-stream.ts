import { randomBytes } from 'node:crypto';
import { type Database, open, type RootDatabase } from 'lmdb';
import { AppError } from '../../domain/errors.ts';
import type { EpochRange, EventStream, PackedRecord, StreamHead } from '../../ports/event-stream.ts';

export interface LmdbOptions {
  /** A folder of its own. */
  readonly path: string;
  /** Bytes of lines above which `append` refuses. */
  readonly limitBytes: number;
}

interface LogState extends StreamHead {
  readonly bytes: number;
}

/** The number of the last line and the time of the record stand before its lines. */
const HEADER_BYTES = 16;

/**
 * The embedded log. `overlappingSync: false` makes a resolved write a synced one; every append is one LMDB transaction
 * (`batch`), so that a crash keeps all of it or nothing. Keys are [epoch, first line]. Reads copy what they return and
 * hold no cursor across an await: an open one keeps trimmed pages from being used again.
 */
export function createLmdbEventStream({ path, limitBytes }: LmdbOptions): EventStream {
  const root = open({ path, overlappingSync: false, encoding: 'binary', maxDbs: 4 }) as RootDatabase<Buffer>;
  const meta: Database<LogState, string> = root.openDB({ name: 'meta', encoding: 'json' });
  const records: Database<Buffer, [number, number]> = root.openDB({ name: 'records', encoding: 'binary' });
  let state: LogState = meta.get('log') ?? {
    node: `node-${randomBytes(6).toString('hex')}`,
    epoch: 1,
    seq: 0,
    receivedAt: 0,
    bytes: 0,
  };

  const commit = async (next: LogState, write: () => void): Promise<void> => {
    const writes: Promise<unknown>[] = [];
    await Promise.all([
      root.batch(() => {
        write();
        writes.push(meta.put('log', next));
      }),
      ...writes,
    ]);
    state = next;
  };

  return {
    head: async () => state,
    oldestSeq: async () => {
      for (const [, firstSeq] of records.getKeys({ start: [state.epoch, 0], limit: 1 })) return firstSeq;
      return null;
    },
    formerEpochs: async () => {
      const found: EpochRange[] = [];
      for (let epoch = 1; epoch < state.epoch; epoch += 1) {
        const [first] = records.getRange({ start: [epoch, 0], end: [epoch + 1, 0], limit: 1 });
        const [last] = records.getRange({ start: [epoch + 1, 0], end: [epoch, 0], reverse: true, limit: 1 });
        if (!first || !last) continue;
        found.push({ epoch, firstSeq: first.key[1], lastSeq: decode(last.key[1], last.value).lastSeq });
      }
      return found;
    },
    append: async (packed) => {
      const bytes = packed.reduce((sum, { lines }) => sum + lines.length, 0);
      const last = packed.at(-1);
      if (!last) return;
      if (state.bytes + bytes > limitBytes) {
        throw unavailable('The log is full: what it holds has not been loaded yet. Try again later.');
      }
      try {
        await commit({ ...state, seq: last.lastSeq, receivedAt: last.receivedAt, bytes: state.bytes + bytes }, () => {
          for (const record of packed) void records.put([state.epoch, record.firstSeq], encode(record));
        });
      } catch (cause) {
        throw unavailable('The log could not be written. Try again later.', cause);
      }
    },
    read: async (afterSeq, limit, epoch = state.epoch) => {
      const found: PackedRecord[] = [];
      let bytes = 0;
      for (const { key, value } of records.getRange({ start: [epoch, afterSeq + 1], end: [epoch + 1, 0] })) {
        if (found.length > 0 && bytes + value.length > limit) break;
        found.push(decode(key[1], value));
        bytes += value.length;
      }
      return found;
    },
    trim: async (throughSeq, keepReceivedAfter) => {
      const gone: [number, number][] = [];
      let freed = 0;
      for (const { key, value } of records.getRange({ limit: 2_000 })) {
        const loaded = key[0] < state.epoch || decode(key[1], value).lastSeq <= throughSeq;
        const old = decode(key[1], value).receivedAt < keepReceivedAfter;
        if (!loaded || !(old || state.bytes - freed > limitBytes)) break;
        gone.push(key);
        freed += value.length - HEADER_BYTES;
      }
      if (gone.length === 0) return 0;
      await commit({ ...state, bytes: state.bytes - freed }, () => {
        for (const key of gone) void records.remove(key);
      });
      return freed;
    },
    usage: async () => ({ bytes: state.bytes, limitBytes }),
    startEpoch: async (laterThan = 0) => {
      await commit({ ...state, epoch: Math.max(state.epoch, laterThan) + 1, seq: 0 }, () => undefined);
      return state;
    },
    close: () => root.close(),
  };
}

const unavailable = (message: string, cause?: unknown): AppError =>
  new AppError('STREAM_UNAVAILABLE', message, { cause, retryable: true, retryAfterMs: 5_000 });

function encode({ lastSeq, receivedAt, lines }: PackedRecord): Buffer {
  const value = Buffer.allocUnsafe(HEADER_BYTES + lines.length);
  value.writeDoubleLE(lastSeq, 0);
  value.writeDoubleLE(receivedAt, 8);
  lines.copy(value, HEADER_BYTES);
  return value;
}

function decode(firstSeq: number, value: Buffer): PackedRecord {
  return {
    firstSeq,
    lastSeq: value.readDoubleLE(0),
    receivedAt: value.readDoubleLE(8),
    lines: Buffer.from(value.subarray(HEADER_BYTES)),
  };
}
