import { randomBytes } from 'node:crypto';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { StreamHead } from '../../ports/event-log.ts';
import { syncDirectory } from '../sync-directory.ts';

/** Where the log ends; written with every change of it. */
export interface LogState extends StreamHead {
  /** Of the lines held. */
  readonly bytes: number;
}

/** LMDB's files and the two tables in them. */
export interface Environment {
  readonly root: RootDatabase<Buffer>;
  readonly meta: Database<LogState, string>;
  readonly records: Database<Buffer, [number, number]>;
}

/** Opens or makes the files in the folder at `path`. */
export function openEnvironment(path: string): Environment {
  // With eventTurnBatching a failed commit also rejects a promise that nobody is given, which ends the process.
  const root = open({
    path,
    overlappingSync: false,
    eventTurnBatching: false,
    encoding: 'binary',
    maxDbs: 4,
  }) as RootDatabase<Buffer>;
  return {
    root,
    meta: root.openDB({ name: 'meta', encoding: 'json' }),
    records: root.openDB({ name: 'records', encoding: 'binary' }),
  };
}

/** Kept at once: a log that is still empty must bear the same name after the next start. */
export function nameLog(path: string, { root, meta }: Environment): LogState {
  const named: LogState = { node: `node-${randomBytes(6).toString('hex')}`, epoch: 1, seq: 0, receivedAt: 0, bytes: 0 };
  root.transactionSync(() => void meta.put('log', named));
  syncDirectory(path);
  return named;
}

/** lmdb rejects with a promise of what really went wrong. */
export async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  return commitError ? commitError.catch((cause: unknown) => cause) : error;
}

/**
 * False once LMDB could not write its root page. Asked after every failed commit, as another write would then wait for
 * ever.
 */
export function isUsable({ root, meta }: Environment): boolean {
  try {
    root.resetReadTxn();
    return meta.get('log') !== undefined;
  } catch {
    return false;
  }
}

/** A refused commit may have reached the file all the same: it is taken back, as its numbers are given again. */
export async function takeBack({ root, meta, records }: Environment, state: LogState): Promise<void> {
  if (JSON.stringify(meta.get('log')) === JSON.stringify(state)) return;
  const refused = [...records.getKeys({ start: [state.epoch, state.seq + 1] })];
  await root.batch(() => {
    for (const key of refused) void records.remove(key);
    void meta.put('log', state);
  });
}
