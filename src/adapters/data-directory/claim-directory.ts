import { statSync } from 'node:fs';
import { findOwner, takeOwnership } from './owner-lock.ts';

/** Whether the files of a data directory may be opened here. */
export type Claim =
  | { readonly phase: 'ours'; release(): void }
  /** By a process that runs. */
  | { readonly phase: 'owned'; readonly pid: number }
  | { readonly phase: 'absent' }
  | { readonly phase: 'unusable'; readonly why: string };

/** Takes the directory for a look at it, if nobody has it. Makes none. */
export function claimDirectory(path: string): Claim {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return { phase: 'absent' };
  // Engines make files when they open: made by root, they would lock the owner out.
  if (process.getuid && found.uid !== process.getuid()) return { phase: 'unusable', why: 'it belongs to another user' };
  try {
    const pid = findOwner(path);
    return pid === null ? { phase: 'ours', release: takeOwnership(path) } : { phase: 'owned', pid };
  } catch (error) {
    return { phase: 'unusable', why: (error as Error).message };
  }
}
