import { AppError } from '../../domain/errors.ts';
import type { EpochRange, EventStream, PackedRecord, StreamHead } from '../../ports/event-stream.ts';
import { causeOf, isUsable, type LogState, nameLog, openEnvironment, reopenEnvironment } from './lmdb-environment.ts';

export interface LmdbOptions {
  /** A folder of its own. */
  readonly path: string;
  /** Bytes of lines above which `append` refuses. */
  readonly limitBytes: number;
}

/** The number of the last line and the time of the record stand before its lines. */
const HEADER_BYTES = 16;
/** Room that `trim` keeps free: more than one commit of the appender, so that a full log of loaded lines takes the next. */
const HEADROOM_BYTES = 16 * 1024 * 1024;
/** One trim at most: its values are copied and its pages freed in one transaction. */
const TRIM_RECORDS = 500;
const TRIM_BYTES = 32 * 1024 * 1024;

/**
 * The embedded log. `overlappingSync: false` makes a resolved write a synced one; every append is one LMDB transaction
 * (`batch`), so that a crash keeps all of it or nothing. Keys are [epoch, first line]. Reads copy what they return and
 * hold no cursor across an await: an open one keeps trimmed pages from being used again.
 */
export function createLmdbEventStream({ path, limitBytes }: LmdbOptions): EventStream {
  let env = openEnvironment(path);
  let state = env.meta.get('log') ?? nameLog(env);
  const trimAboveBytes = Math.max(0, limitBytes - Math.max(limitBytes / 10, HEADROOM_BYTES));

  /** One change after another: each writes the whole state, so that two at once would undo each other. */
  let lastTurn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lastTurn.then(work);
    lastTurn = turn.catch(() => undefined);
    return turn;
  };

  const commit = async (next: LogState, write: () => void): Promise<void> => {
    try {
      await env.root.batch(() => {
        write();
        void env.meta.put('log', next);
      });
    } catch (error) {
      const cause = await causeOf(error);
      if (!isUsable(env)) env = await reopenEnvironment(path, env, state);
      throw cause;
    }
    state = next;
  };

  return {
    head: async () => headOf(state),
    oldestSeq: async () => {
      for (const [, firstSeq] of env.records.getKeys({ start: [state.epoch, 0], limit: 1 })) return firstSeq;
      return null;
    },
    formerEpochs: async () => {
      const found: EpochRange[] = [];
      for (let epoch = 1; epoch < state.epoch; epoch += 1) {
        const [first] = env.records.getRange({ start: [epoch, 0], end: [epoch + 1, 0], limit: 1 });
        const [last] = env.records.getRange({ start: [epoch + 1, 0], end: [epoch, 0], reverse: true, limit: 1 });
        if (!first || !last) continue;
        found.push({ epoch, firstSeq: first.key[1], lastSeq: decode(last.key[1], last.value).lastSeq });
      }
      return found;
    },
    append: (packed) =>
      inTurn(async () => {
        const bytes = packed.reduce((sum, { lines }) => sum + lines.length, 0);
        const last = packed.at(-1);
        if (!last) return;
        if (state.bytes + bytes > limitBytes) {
          throw unavailable('The log is full: what it holds has not been loaded yet. Try again later.');
        }
        const { epoch } = state;
        const next = { ...state, seq: last.lastSeq, receivedAt: last.receivedAt, bytes: state.bytes + bytes };
        try {
          await commit(next, () => {
            for (const record of packed) void env.records.put([epoch, record.firstSeq], encode(record));
          });
        } catch (cause) {
          throw unavailable('The log could not be written. Try again later.', cause);
        }
      }),
    read: async (afterSeq, limit, epoch = state.epoch) => {
      const found: PackedRecord[] = [];
      let bytes = 0;
      for (const { key, value } of env.records.getRange({ start: [epoch, afterSeq + 1], end: [epoch + 1, 0] })) {
        if (found.length > 0 && bytes + value.length > limit) break;
        found.push(decode(key[1], value));
        bytes += value.length;
      }
      return found;
    },
    trim: ({ throughSeq, keepReceivedAfter, epoch: throughEpoch = state.epoch }) =>
      inTurn(async () => {
        const gone: [number, number][] = [];
        let freed = 0;
        for (const { key, value } of env.records.getRange({ limit: TRIM_RECORDS })) {
          const [epoch, firstSeq] = key;
          const { lastSeq, receivedAt } = decode(firstSeq, value);
          const loaded = epoch < throughEpoch || (epoch === throughEpoch && lastSeq <= throughSeq);
          if (!loaded || !(receivedAt < keepReceivedAfter || state.bytes - freed > trimAboveBytes)) break;
          gone.push(key);
          freed += value.length - HEADER_BYTES;
          if (freed > TRIM_BYTES) break;
        }
        if (gone.length === 0) return 0;
        await commit({ ...state, bytes: state.bytes - freed }, () => {
          for (const key of gone) void env.records.remove(key);
        });
        return freed;
      }),
    usage: async () => ({ bytes: state.bytes, limitBytes, trimAboveBytes }),
    startEpoch: (laterThan = 0) =>
      inTurn(async () => {
        await commit({ ...state, epoch: Math.max(state.epoch, laterThan) + 1, seq: 0 }, () => undefined);
        return headOf(state);
      }),
    close: () => inTurn(() => env.root.close()),
  };
}

const headOf = ({ bytes: _bytes, ...head }: LogState): StreamHead => head;

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
    lines: value.subarray(HEADER_BYTES),
  };
}
