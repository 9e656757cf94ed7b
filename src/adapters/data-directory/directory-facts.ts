import { constants, type Stats } from 'node:fs';
import { access, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a data directory looks like from outside. */
export type DirectoryFacts = {
  readonly path: string;
  /** The folder itself, or the nearest one above that is there. */
  readonly nearestFolder: string;
  /** Who runs this; 0 where the system has no users. */
  readonly uid: number;
  readonly now: number;
} & (
  | { readonly phase: 'absent'; readonly canBeMade: boolean }
  | { readonly phase: 'no folder' }
  | {
      readonly phase: 'folder';
      readonly owner: number;
      readonly mode: number;
      readonly isWritable: boolean;
      readonly files: readonly FileFacts[];
      /** Null where there is none. */
      readonly installationKey: string | null;
    }
);

export interface FileFacts {
  /** Below the directory. */
  readonly name: string;
  readonly owner: number;
  readonly mode: number;
  readonly modifiedAt: number;
}

export async function readDirectoryFacts(path: string): Promise<DirectoryFacts> {
  const common = { path, uid: process.getuid?.() ?? 0, now: Date.now() };
  const found = await statOf(path);
  if (!found) {
    const nearestFolder = await nearestTo(path);
    return { ...common, phase: 'absent', nearestFolder, canBeMade: await mayWrite(nearestFolder) };
  }
  if (!found.isDirectory()) return { ...common, phase: 'no folder', nearestFolder: dirname(path) };
  const isWritable = await mayWrite(path);
  return {
    ...common,
    phase: 'folder',
    nearestFolder: path,
    owner: found.uid,
    mode: found.mode,
    isWritable,
    files: isWritable ? await listFiles(path) : [],
    installationKey: await readFile(join(path, 'installation.key'), 'utf8').then(
      (text) => text.trim(),
      () => null,
    ),
  };
}

/** Files of engines and keys; what lies deeper, or is a lot, are whole files of reports and archives. */
const DEPTH = 2;
const MOST_FILES = 2_000;

async function listFiles(path: string): Promise<FileFacts[]> {
  const found: FileFacts[] = [];
  const look = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await readdir(join(path, folder), { withFileTypes: true })) {
      if (found.length === MOST_FILES) return;
      const name = join(folder, entry.name);
      if (entry.isDirectory() && depth < DEPTH) await look(name, depth + 1);
      const facts = entry.isFile() ? await statOf(join(path, name)) : null;
      if (facts) found.push({ name, owner: facts.uid, mode: facts.mode, modifiedAt: facts.mtimeMs });
    }
  };
  await look('', 1);
  return found;
}

const statOf = (path: string): Promise<Stats | null> =>
  stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });

const mayWrite = (path: string): Promise<boolean> =>
  access(path, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );

async function nearestTo(path: string): Promise<string> {
  const above = dirname(path);
  return above === path || (await statOf(above)) ? above : nearestTo(above);
}
