import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { about, type Finding } from '../../ports/checkup.ts';
import type { LogState } from './lmdb-environment.ts';

export interface LmdbNeeds {
  /** The folder of the log. */
  readonly path: string;
  readonly limitBytes: number;
  readonly now: number;
}

/** Opens the log for reading; for whoever owns the data directory. Makes none. */
export async function checkLmdbLog({ path, limitBytes, now }: LmdbNeeds): Promise<readonly Finding[]> {
  const log = about('embedded log');
  const head = await readHead(join(path, 'data.mdb'));
  if (head === null) return [log.ok('is made at the first start')];
  // Such a file would end this process inside LMDB.
  if (!head.includes(MAGIC)) return [log.fail('data.mdb is no file of LMDB. Restore it from a backup.')];
  try {
    const state = await readState(path);
    return state ? judgeLog(state, limitBytes, now) : [log.ok('is empty')];
  } catch (error) {
    return [log.fail(`cannot be opened (${(error as Error).message}). Restore it from a backup.`)];
  }
}

/** LMDB writes it behind the header of its first page. */
const MAGIC = Buffer.from([0xde, 0xc0, 0xef, 0xbe]);
const HEAD_BYTES = 64;

/** Null where there is no file. */
async function readHead(file: string): Promise<Buffer | null> {
  const handle = await openFile(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!handle) return null;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

const GIB = 2 ** 30;
/** Near the limit the oldest loaded lines go sooner; above it ingest is refused. */
const NEARLY_FULL = 0.9;
const AHEAD_MS = 5_000;

export function judgeLog({ seq, bytes, receivedAt }: LogState, limitBytes: number, now: number): Finding[] {
  const log = about('embedded log');
  const size = `${(bytes / GIB).toFixed(2)} of ${(limitBytes / GIB).toFixed(2)} GiB, ${seq.toLocaleString('en')} lines so far`;
  return [
    bytes > limitBytes * NEARLY_FULL
      ? log.warn(`${size}: it is nearly full. See that loading follows, or raise TRAILGATE_LOG_MAX_GIB.`)
      : log.ok(size),
    ...(receivedAt > now + AHEAD_MS
      ? [
          about('clock').warn(
            `The newest event was received at ${new Date(receivedAt).toISOString()}, which is still to come: this machine's ` +
              'clock was set back. Until then all events bear that time. Keep it by NTP.',
          ),
        ]
      : []),
  ];
}

async function readState(path: string): Promise<LogState | undefined> {
  const root = open({ path, readOnly: true, overlappingSync: false, encoding: 'binary', maxDbs: 4 });
  try {
    return root.openDB<LogState, string>({ name: 'meta', encoding: 'json' }).get('log');
  } finally {
    await root.close();
  }
}
