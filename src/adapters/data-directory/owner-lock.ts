import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeSynced } from './whole-file.ts';

interface Owner {
  readonly pid: number;
  /** When the process began, as its system tells it: process ids are used again. */
  readonly began: string;
}

const ATTEMPTS = 10;

/**
 * Makes this process the owner of a directory until the returned function is called. The lock appears with its content
 * at once (a link), so that nobody takes one that is just being written for a broken one.
 * @throws Error when a running process, this one included, owns it.
 */
export function takeOwnership(path: string): () => void {
  const file = join(path, 'owner.lock');
  const draft = `${file}.${process.pid}`;
  const text = JSON.stringify({ pid: process.pid, began: beganAt(process.pid) } satisfies Owner);
  writeSynced(draft, text);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (isLinked(draft, file)) return () => rmSync(file, { force: true });
      const found = readText(file);
      const owner = parseOwner(found);
      if (owner && isAlive(owner)) {
        throw new Error(
          `The data directory belongs to process ${owner.pid}, which is running. Stop it, or set TRAILGATE_DATA_DIR to another directory.`,
        );
      }
      if (found !== null) removeStale(file, found);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new Error('The data directory could not be locked: other processes start on it at the same time.');
}

/** The process id of a running owner; null when there is none. Takes nothing. */
export function findOwner(path: string): number | null {
  const owner = parseOwner(readText(join(path, 'owner.lock')));
  return owner && isAlive(owner) ? owner.pid : null;
}

function isLinked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moved away first: another process may have put its own there since the lock was read, which then goes back. */
function removeStale(file: string, stale: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    // Somebody else was faster.
    return;
  }
  if (readText(aside) !== stale) isLinked(aside, file);
  rmSync(aside, { force: true });
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Null for what is no lock of ours, such as a file that a power cut left empty. */
function parseOwner(text: string | null): Owner | null {
  try {
    const owner = JSON.parse(text ?? '') as Partial<Owner> | null;
    return Number.isInteger(owner?.pid) && typeof owner?.began === 'string' ? (owner as Owner) : null;
  } catch {
    return null;
  }
}

function isAlive({ pid, began }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return beganAt(pid) === began;
}

/** Field 22 of /proc/PID/stat; empty where there is no /proc, so that only the process id counts. */
function beganAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
