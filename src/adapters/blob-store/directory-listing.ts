import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobEntry } from '../../ports/blob-store.ts';
import { isKeyFolder } from './blob-key.ts';

interface Range {
  readonly prefix: string;
  readonly after: string;
  readonly limit: number;
}

/** A file, or a folder whose `key` ends with a slash. */
interface Entry {
  readonly key: string;
  readonly bytes: Buffer;
  readonly isFolder: boolean;
}

/**
 * Files below `root` in the order of their keys. Folders that hold no key of the page are not opened; in memory are the
 * names of the folders on the way to one file, never those of the whole tree.
 */
export async function listDirectory(root: string, range: Range): Promise<BlobEntry[]> {
  const folders = range.prefix.slice(0, range.prefix.lastIndexOf('/') + 1);
  const found: BlobEntry[] = [];
  if (!isKeyFolder(folders) || range.limit < 1) return found;
  for await (const key of walk(root, folders, { ...range, afterBytes: Buffer.from(range.after) })) {
    const entry = await entryOf(root, key);
    if (entry) found.push(entry);
    if (found.length === range.limit) break;
  }
  return found;
}

async function* walk(root: string, folder: string, range: Range & { afterBytes: Buffer }): AsyncGenerator<string> {
  const entries = (await namesIn(root, folder)).flatMap((entry) => keyOf(folder, entry));
  const wanted = entries.filter(({ key, bytes, isFolder }) => {
    const isAhead = bytes.compare(range.afterBytes) > 0 || (isFolder && range.after.startsWith(key));
    return isAhead && key.startsWith(range.prefix);
  });
  // A folder stands where its slash puts it: "a.txt" comes before "a/b".
  for (const { key, isFolder } of wanted.sort((one, other) => one.bytes.compare(other.bytes))) {
    if (isFolder) yield* walk(root, key, range);
    else yield key;
  }
}

/** None where the folder is gone, or never was; the root must be there. */
async function namesIn(root: string, folder: string): Promise<Dirent[]> {
  try {
    return await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (folder === '' || (code !== 'ENOENT' && code !== 'ENOTDIR')) throw error;
    await stat(root);
    return [];
  }
}

/** Hidden files are no objects: drafts, and what copying tools and desktops leave. Links are none either. */
function keyOf(folder: string, entry: Dirent): Entry[] {
  const isFolder = entry.isDirectory();
  if (entry.name.startsWith('.') || !(isFolder || entry.isFile())) return [];
  const key = `${folder}${entry.name}${isFolder ? '/' : ''}`;
  return [{ key, bytes: Buffer.from(key), isFolder }];
}

/** Null where it was removed meanwhile. */
async function entryOf(root: string, key: string): Promise<BlobEntry | null> {
  try {
    const { size, mtimeMs } = await stat(join(root, key));
    return { key, bytes: size, modifiedAt: Math.floor(mtimeMs) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
