import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory } from '../sync-directory.ts';

/** Writes a file for the owner's eyes only that is there whole or not at all, also after a crash or a power cut. */
export function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  writeSynced(draft, text);
  renameSync(draft, file);
  syncDirectory(dirname(file));
}

/** Replaces what a former process with this id may have left. */
export function writeSynced(file: string, text: string): void {
  rmSync(file, { force: true });
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
