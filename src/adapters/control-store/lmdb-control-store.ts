import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { AppError } from '../../domain/errors.ts';
import { type Clock, systemClock } from '../../ports/clock.ts';
import type { ControlDocument, ControlStore } from '../../ports/control-store.ts';
import { causeOf } from '../event-stream/lmdb-environment.ts';
import { syncDirectory } from '../sync-directory.ts';
import { conflict } from './conflict.ts';
import { type LeaseState, nextLease } from './lease-state.ts';
import { checkDocument, checkDuration, checkKey, checkLease, checkListing } from './limits.ts';

export interface LmdbControlOptions {
  /** A folder of its own. */
  readonly path: string;
  readonly clock?: Clock;
  /** Bytes of the disk that are left free: less than the log leaves, so that settings can be changed when it is full. */
  readonly keepFreeBytes?: number;
}

/** A write that the disk refuses may end the process inside LMDB, so that none is tried on a disk that is nearly full. */
const KEEP_FREE_BYTES = 64 * 1024 * 1024;

interface Environment {
  readonly root: RootDatabase;
  readonly documents: Database<{ readonly version: number; readonly body: string }, Buffer>;
  readonly leases: Database<LeaseState, Buffer>;
}

/**
 * Documents and leases of one process, which owns the folder. Changes take their turn: each reads what the one before has
 * committed, decides, and answers when its own commit is synced.
 */
export function createLmdbControlStore(options: LmdbControlOptions): ControlStore {
  const { path, clock = systemClock, keepFreeBytes = KEEP_FREE_BYTES } = options;
  let env = openEnvironment(path);

  /** False after a refused commit, which LMDB does not always go on from: it is opened anew. */
  let intact = true;
  const restore = async (): Promise<void> => {
    if (intact) return;
    await env.root.close().catch(() => undefined);
    env = openEnvironment(path);
    intact = true;
  };
  let lastTurn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lastTurn.then(restore).then(work);
    lastTurn = turn.catch(() => undefined);
    return turn.catch((error: unknown) => {
      throw error instanceof AppError ? error : unavailable('be written', error);
    });
  };
  const reading = async <T>(read: () => T): Promise<T> => {
    if (!intact) await inTurn(async () => undefined);
    try {
      env.root.resetReadTxn();
      return read();
    } catch (error) {
      throw unavailable('be read', error);
    }
  };
  const commit = async (write: () => void): Promise<void> => {
    const { bavail, bsize } = statfsSync(path);
    if (bavail * bsize < keepFreeBytes) throw unavailable(`be written: less than ${keepFreeBytes} bytes are free`);
    try {
      await env.root.batch(write);
    } catch (error) {
      intact = false;
      throw await causeOf(error);
    }
  };
  const versionOf = (key: Buffer): Promise<number> => reading(() => env.documents.get(key)?.version ?? 0);

  return {
    get: async (kind, id) => {
      checkKey(kind, id);
      const found = await reading(() => env.documents.get(keyOf(kind, id)));
      return found ? { kind, id, ...found } : null;
    },
    list: async (kind, { after = '', limit = 100 } = {}) => {
      checkListing(kind, after);
      if (limit < 1) return [];
      const first = keyOf(kind, '');
      return reading(() => {
        const found: ControlDocument[] = [];
        for (const { key, value } of env.documents.getRange({ ...behind(kind, after), limit })) {
          found.push({ kind, id: key.toString('utf8', first.length), ...value });
        }
        return found;
      });
    },
    put: async ({ kind, id, body }, expected) => {
      checkDocument({ kind, id, body });
      const key = keyOf(kind, id);
      return inTurn(async () => {
        if ((await versionOf(key)) !== expected) throw conflict(kind, id, expected);
        const version = expected + 1;
        await commit(() => void env.documents.put(key, { version, body }));
        return { kind, id, version, body };
      });
    },
    remove: async (kind, id, expected) => {
      checkKey(kind, id);
      const key = keyOf(kind, id);
      await inTurn(async () => {
        const version = await versionOf(key);
        if (version === 0 || version !== expected) throw conflict(kind, id, expected);
        await commit(() => void env.documents.remove(key));
      });
    },
    lease: async (name, holder, ttlMs) => {
      checkLease(name, holder);
      checkDuration(ttlMs);
      const key = Buffer.from(name);
      return inTurn(async () => {
        const found = await reading(() => env.leases.get(key));
        const next = nextLease(found ?? null, { holder, ttlMs, now: clock.now(), marginMs: 0 });
        if (next) await commit(() => void env.leases.put(key, next));
        return next && { name, ...next };
      });
    },
    release: async (name, holder) => {
      checkLease(name, holder);
      const key = Buffer.from(name);
      await inTurn(async () => {
        const found = await reading(() => env.leases.get(key));
        if (found?.holder === holder) await commit(() => void env.leases.put(key, { ...found, holder: null }));
      });
    },
    close: () => inTurn(() => env.root.close()),
  };
}

function openEnvironment(path: string): Environment {
  // With eventTurnBatching a failed commit also rejects a promise that nobody is given, which ends the process.
  const root = open({ path, overlappingSync: false, eventTurnBatching: false, maxDbs: 4 });
  const env: Environment = {
    root,
    documents: root.openDB({ name: 'documents', keyEncoding: 'binary', encoding: 'json' }),
    leases: root.openDB({ name: 'leases', keyEncoding: 'binary', encoding: 'json' }),
  };
  // The names of a new folder and of the file in it.
  for (const folder of [path, dirname(path)]) syncDirectory(folder);
  return env;
}

/** The kind's length stands first, so that no kind with its id reads as another; then LMDB's order is that of the bytes. */
function keyOf(kind: string, id: string): Buffer {
  const bytes = Buffer.from(kind);
  return Buffer.concat([Buffer.of(bytes.length), bytes, Buffer.from(id)]);
}

/** From the next possible key to the kind's end: no text has a byte 255. */
const behind = (kind: string, after: string): { start: Buffer; end: Buffer } => ({
  start: Buffer.concat([keyOf(kind, after), Buffer.of(0)]),
  end: Buffer.concat([keyOf(kind, ''), Buffer.of(255)]),
});

const unavailable = (what: string, cause?: unknown): AppError =>
  new AppError(
    'WAREHOUSE_UNAVAILABLE',
    `Settings and leases could not ${what}. Check the disk of the data directory, then try again.`,
    { cause, retryable: true, retryAfterMs: 5_000 },
  );
