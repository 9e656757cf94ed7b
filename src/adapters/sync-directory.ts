import { closeSync, fsyncSync, openSync } from 'node:fs';

/** A new file, or a new name of one, outlives a power cut only when its folder is synced too. */
export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
