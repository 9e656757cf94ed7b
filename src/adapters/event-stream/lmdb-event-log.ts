import { EventEmitter } from 'node:events';
import { statfsSync } from 'node:fs';
import { AppError } from '../../domain/errors.ts';
import type { EpochRange, EventLog, StreamHead } from '../../ports/event-log.ts';
import type { PackedRecord } from '../../ports/event-stream.ts';
import { causeOf, isUsable, type LogState, nameLog, openEnvironment, takeBack } from './lmdb-environment.ts';
import { createLogTail } from './lmdb-tail.ts';
import { createRecentRecords } from './recent-records.ts';

export interface LmdbOptions {
  /** A folder of its own. */
  readonly path: string;
  /** Bytes of lines above which `append` refuses. */
  readonly limitBytes: number;
  /** Bytes of the disk that `append` leaves free. */
  readonly keepFreeBytes?: number;
}

/** The number of the last line and the time of the record stand before its lines. */
const HEADER_BYTES = 16;
/** Room that `trim` keeps free: more than one commit of the appender, so that a full log of loaded lines takes the next. */
const HEADROOM_BYTES = 32 * 1024 * 1024;
/** Seconds of the highest rate: what a loader has not read by then it reads from the file. */
const RECENT_BYTES = 48 * 1024 * 1024;
/** A write that the disk refuses may end the process inside LMDB, so that none is tried on a disk that is nearly full. */
const KEEP_FREE_BYTES = 256 * 1024 * 1024;
/** A trim writes some pages too. */
const TRIM_NEEDS_BYTES = 4 * 1024 * 1024;
/** One trim at most: its values are copied and its pages freed in one transaction. */
const TRIM_RECORDS = 500;
const TRIM_BYTES = 32 * 1024 * 1024;

/**
 * The embedded log. `overlappingSync: false` makes a resolved write a synced one; every append is one LMDB transaction
 * (`batch`), so that a crash keeps all of it or nothing. Keys are [epoch, first line]. Reads copy what they return and
 * hold no cursor across an await: an open one keeps trimmed pages from being used again.
 */
export function createLmdbEventLog({ path, limitBytes, keepFreeBytes = KEEP_FREE_BYTES }: LmdbOptions): EventLog {
  let env = openEnvironment(path);
  let state = env.meta.get('log') ?? nameLog(path, env);
  const trimAboveBytes = Math.max(0, limitBytes - Math.max(limitBytes / 10, HEADROOM_BYTES));

  /** False while LMDB must be opened anew: a commit failed in a way that it does not go on from. */
  let intact = true;
  const restore = async (): Promise<void> => {
    if (intact) return;
    await env.root.close().catch(() => undefined);
    env = openEnvironment(path);
    await takeBack(env, state);
    intact = true;
  };

  const recent = createRecentRecords(RECENT_BYTES);

  /** One change after another: each writes the whole state, so that two at once would undo each other. */
  let lastTurn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lastTurn.then(restore).then(work);
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
      intact = isUsable(env);
      await restore().catch(() => undefined);
      throw cause;
    }
    state = next;
  };

  const appended = new EventEmitter().setMaxListeners(0);
  const log: Omit<EventLog, keyof ReturnType<typeof createLogTail> | 'buckets'> = {
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
        if (freeBytes(path) - bytes < keepFreeBytes) {
          throw unavailable(`The disk of the log is full: less than ${keepFreeBytes} bytes are free. Try again later.`);
        }
        const { epoch } = state;
        const next = { ...state, seq: last.lastSeq, receivedAt: last.receivedAt, bytes: state.bytes + bytes };
        await commit(next, () => {
          for (const record of packed) void env.records.put([epoch, record.firstSeq], encode(record));
        });
        recent.add(packed);
        appended.emit('records');
      }).catch((error: unknown) => {
        throw error instanceof AppError ? error : unavailable('The log could not be written. Try again later.', error);
      }),
    read: async (afterSeq, limit, epoch = state.epoch) => {
      if (!intact) await inTurn(async () => undefined);
      const remembered = epoch === state.epoch ? recent.after(afterSeq, limit) : null;
      if (remembered) return remembered;
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
        if (freeBytes(path) < TRIM_NEEDS_BYTES) return 0;
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
        const [lastEpoch, lastFirstSeq] = gone.at(-1) as [number, number];
        if (lastEpoch === state.epoch) recent.dropThrough(lastFirstSeq);
        return freed;
      }),
    usage: async () => ({ bytes: state.bytes, limitBytes, trimAboveBytes }),
    startEpoch: (laterThan = 0) =>
      inTurn(async () => {
        await commit({ ...state, epoch: Math.max(state.epoch, laterThan) + 1, seq: 0 }, () => undefined);
        recent.clear();
        return headOf(state);
      }),
    close: () => lastTurn.then(() => env.root.close()),
  };
  return { ...log, buckets: 1, ...createLogTail(log, appended) };
}

const headOf = ({ bytes: _bytes, ...head }: LogState): StreamHead => head;

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
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
    bucket: 0,
    firstSeq,
    lastSeq: value.readDoubleLE(0),
    receivedAt: value.readDoubleLE(8),
    lines: value.subarray(HEADER_BYTES),
  };
}
