import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { AppError, badInput } from '../../domain/errors.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import { syncDirectory } from '../sync-directory.ts';
import { type BlobBody, readBody } from './blob-body.ts';
import { checkBlobKey } from './blob-key.ts';
import { listDirectory } from './directory-listing.ts';

/** Where bodies grow until they are whole. No key reaches it, as it begins with a dot. */
const DRAFTS = '.drafts';
/** Times that a folder may be gone again, as its last object was removed, before its next one is in it. */
const ATTEMPTS = 10;

/**
 * Objects as files below `path`, which belongs to one process: what an interrupted one left half written is removed.
 * A file gets its name only when its bytes are synced, so that it is there whole or not at all, also after a power cut.
 */
export function createDirectoryBlobStore(options: { readonly path: string }): BlobStore {
  const path = resolve(options.path);
  const drafts = join(path, DRAFTS);
  rmSync(drafts, { recursive: true, force: true });
  mkdirSync(drafts, { recursive: true, mode: 0o700 });
  syncDirectory(dirname(path));
  const fileOf = (key: string): string => join(path, ...checkBlobKey(key).split('/'));

  return {
    put: async (key, body) => {
      const source = readBody(body);
      const draft = join(drafts, randomBytes(12).toString('hex'));
      try {
        const file = fileOf(key);
        const bytes = await writeSynced(draft, source);
        await moveTo(file, draft, path);
        return bytes;
      } catch (error) {
        source.discard();
        await rm(draft, { force: true }).catch(() => undefined);
        const failure = source.failure();
        throw failure ? failure.cause : translated(error, key, 'written');
      }
    },
    get: async (key) => {
      const file = fileOf(key);
      return openFile(file, key).catch((error: unknown) => {
        throw translated(error, key, 'read');
      });
    },
    head: async (key) => {
      const found = await statFile(fileOf(key)).catch((error: unknown) => {
        throw translated(error, key, 'read');
      });
      return found && { key, bytes: found.size, modifiedAt: Math.floor(found.mtimeMs) };
    },
    list: (prefix, { after = '', limit = 1_000 } = {}) =>
      listDirectory(path, { prefix, after, limit }).catch((error: unknown) => {
        throw translated(error, prefix, 'listed');
      }),
    remove: async (key) => {
      const file = fileOf(key);
      try {
        await unlink(file);
        await syncFolder(await removeEmptyFolders(dirname(file), path));
      } catch (error) {
        if (!isOneOf(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw translated(error, key, 'removed');
      }
    },
    link: async (key) => {
      checkBlobKey(key);
      return null;
    },
  };
}

async function writeSynced(draft: string, source: BlobBody): Promise<number> {
  const handle = await open(draft, 'wx', 0o600);
  try {
    await writeFile(handle, source.chunks);
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

async function moveTo(file: string, draft: string, root: string): Promise<void> {
  const folder = dirname(file);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await rename(draft, file);
      // A folder has a name too, in the one above it, which whoever made it may not have synced yet.
      for (let named = folder; named !== root; named = dirname(named)) await syncFolder(named);
      await syncFolder(root);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !isOneOf(error, 'ENOENT')) throw error;
    }
  }
}

/** Answers the nearest folder that stays, as it holds something else or is the root. */
async function removeEmptyFolders(folder: string, root: string): Promise<string> {
  for (let empty = folder; empty !== root; empty = dirname(empty)) {
    try {
      await rmdir(empty);
    } catch {
      return empty;
    }
  }
  return root;
}

/** Without holding the event loop, as `syncDirectory` would. A folder that another removal took away needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if (isOneOf(error, 'ENOENT')) return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A file that is replaced meanwhile is read as it was when it was opened. */
async function openFile(file: string, key: string): Promise<Readable> {
  if (!(await statFile(file))) throw new AppError('NOT_FOUND', `There is no object ${key}.`);
  return (await open(file, 'r')).createReadStream();
}

async function statFile(file: string): Promise<{ readonly size: number; readonly mtimeMs: number } | null> {
  try {
    const found = await stat(file);
    return found.isFile() ? found : null;
  } catch (error) {
    if (isOneOf(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

const isOneOf = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '');

function translated(cause: unknown, key: string, done: 'written' | 'read' | 'listed' | 'removed'): unknown {
  if (cause instanceof AppError) return cause;
  if (isOneOf(cause, 'ENOENT') && done === 'read') return new AppError('NOT_FOUND', `There is no object ${key}.`);
  if (isOneOf(cause, 'EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY') && done === 'written') {
    return badInput(
      `The object ${key} cannot be kept in a directory, where no object may bear the name of another's folder. Choose another key.`,
    );
  }
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  return new AppError(
    'WAREHOUSE_UNAVAILABLE',
    `${key ? `The object ${key}` : 'The directory of objects'} could not be ${done} (${code}). Check that its disk has room and may be written, then try again.`,
    { cause, retryable: true },
  );
}
