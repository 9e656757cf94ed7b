import type { DataDirectory } from '../adapters/data-directory/data-directory.ts';

/** The data directory, where an engine cannot be without one. */
export function needDirectory(directory: DataDirectory | null): DataDirectory {
  if (!directory) throw new Error('this engine keeps files, and no data directory was opened');
  return directory;
}
