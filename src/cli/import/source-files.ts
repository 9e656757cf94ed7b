import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput } from '../../domain/errors.ts';

export interface SourceFile {
  readonly path: string;
  /** On disk, so compressed where it is. */
  readonly bytes: number;
}

export interface FoundFiles {
  /** Sorted by path; each once, however often it was named. */
  readonly files: readonly SourceFile[];
  /** Files of other kinds that lay in the folders. */
  readonly ignored: number;
}

const EXTENSION = /\.(?:json|ndjson|jsonl)(?:\.gz)?$/i;

/**
 * The files to read: each path that is a file, whatever its name, and from each folder, with all its subfolders, those
 * that end in .json, .ndjson or .jsonl, with .gz or without.
 * @throws AppError BAD_USER_INPUT when a path does not exist, or nothing was found.
 */
export async function findSourceFiles(paths: readonly string[]): Promise<FoundFiles> {
  const found = new Map<string, SourceFile>();
  const visited = new Set<string>();
  let ignored = 0;

  const visit = async (path: string, named: boolean): Promise<void> => {
    const seen = await stat(path).catch((cause: NodeJS.ErrnoException) => {
      if (!named) return null; // A dangling link inside a folder, or a file that went away meanwhile.
      throw badInput(`${path}: ${cause.code === 'ENOENT' ? 'there is no such file or folder' : cause.message}`);
    });
    if (seen?.isDirectory()) return visitFolder(path);
    if (seen && (named || EXTENSION.test(path))) found.set(await realpath(path), { path, bytes: seen.size });
    else ignored += 1;
  };
  const visitFolder = async (folder: string): Promise<void> => {
    const real = await realpath(folder);
    if (visited.has(real)) return; // A link may lead back up.
    visited.add(real);
    const entries: Dirent[] = await readdir(folder, { withFileTypes: true });
    for (const { name } of entries) await visit(join(folder, name), false);
  };

  for (const path of paths) await visit(path, true);
  if (found.size === 0) {
    throw badInput(`${paths.join(', ')}: holds no .json, .ndjson or .jsonl file (with .gz or without)`);
  }
  const files = [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, ignored };
}
