import { LRUCache } from 'lru-cache';
import type { BlobEntry, BlobStore } from '../../ports/blob-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LandedChunk, LandedLines, Landing, UnreadableLandedLine } from '../../ports/landing.ts';
import type { Warehouse } from '../../ports/warehouse.ts';
import { type LandedFile, readLandedFiles, writeLandedFile } from './landed-files.ts';
import { createLandedKeys } from './landed-keys.ts';
import { type LandedObject, openLandedObject } from './landed-object.ts';

export interface BlobLandingOptions {
  readonly blobs: BlobStore;
  /** Which files were loaded stands there, in landed_files. */
  readonly warehouse: Warehouse;
  /** What the keys begin with, before the hour. */
  readonly prefix: string;
  readonly clock: Clock;
  /** About so many bytes of lines in one load. */
  readonly chunkBytes?: number;
}

const CHUNK_BYTES = 12 * 1024 * 1024;
/** More than the keys of two hours, so that most are known without asking the warehouse. */
const MOST_KNOWN = 20_000;

/** Lines of one file in one chunk, and what landed_files says once they are loaded. */
interface Part {
  readonly lines: LandedLines;
  readonly after: LandedFile;
}

interface OpenFile {
  readonly entry: BlobEntry;
  readonly object: LandedObject;
  /** Lines read so far. */
  readonly read: number;
}

/**
 * Objects that Firehose wrote, oldest first. A large one is loaded in several chunks. Nothing is believed to be loaded but
 * what landed_files says: a chunk that was not committed comes again.
 */
export function createBlobLanding(options: BlobLandingOptions): Landing {
  const { blobs, warehouse, prefix, clock, chunkBytes = CHUNK_BYTES } = options;
  const keys = createLandedKeys({ blobs, prefix, clock });
  const loaded = new LRUCache<string, true>({ max: MOST_KNOWN });
  let waiting: BlobEntry[] = [];
  let open: OpenFile | null = null;
  let handedOut: readonly Part[] = [];

  const findNew = async (): Promise<void> => {
    for await (const page of keys.look()) {
      const unknown = page.filter(({ key }) => !loaded.has(key));
      const known = await readLandedFiles(
        warehouse,
        unknown.map(({ key }) => key),
      );
      for (const { file, isComplete } of known.values()) if (isComplete) loaded.set(file, true);
      waiting.push(...unknown.filter(({ key }) => !loaded.has(key)));
    }
  };

  /** Looks whether what was handed out last is loaded; what is not is read again. */
  const settle = async (): Promise<void> => {
    if (handedOut.length === 0) return;
    const known = await readLandedFiles(
      warehouse,
      handedOut.map(({ after }) => after.file),
    );
    const isLoaded = ({ after }: Part): boolean => (known.get(after.file)?.lines ?? -1) >= after.lines;
    for (const { file, isComplete } of known.values()) if (isComplete) loaded.set(file, true);
    if (!handedOut.every(isLoaded)) {
      closeFile();
      const again = handedOut.map(({ after }) => ({ key: after.file, bytes: after.bytes, modifiedAt: 0 }));
      const held = new Set(again.map(({ key }) => key));
      waiting = [...again, ...waiting.filter(({ key }) => !held.has(key))].filter(({ key }) => !loaded.has(key));
    }
    handedOut = [];
  };

  const closeFile = (): void => {
    open?.object.close();
    open = null;
  };

  /** The file that is being read, or the next one, behind the lines of it that are loaded. */
  const openNext = async (): Promise<OpenFile | null> => {
    if (open) return open;
    const entry = waiting[0];
    if (!entry) return null;
    const behind = (await readLandedFiles(warehouse, [entry.key])).get(entry.key)?.lines ?? 0;
    const object = openLandedObject(await blobs.get(entry.key));
    await object.skip(behind);
    open = { entry, object, read: behind };
    return open;
  };

  const readPart = async (limitBytes: number): Promise<Part | null> => {
    const file = await openNext();
    if (!file) return null;
    const { entry, object, read } = file;
    const found = await object.read(limitBytes);
    const rows = found?.rows ?? 0;
    const isComplete = found === null || found.fault !== null;
    if (isComplete) {
      closeFile();
      waiting.shift();
    } else open = { entry, object, read: read + rows };
    const unreadable: UnreadableLandedLine[] =
      found?.fault != null ? [{ file: entry.key, row: read + rows + 1, why: found.fault, text: '' }] : [];
    return {
      lines: { file: entry.key, firstRow: read + 1, rows, lines: found?.lines ?? Buffer.alloc(0), unreadable },
      after: { file: entry.key, bytes: entry.bytes, lines: read + rows, isComplete },
    };
  };

  const toChunk = (parts: readonly Part[], last: boolean): LandedChunk => ({
    files: [...new Set(parts.map(({ lines }) => lines.file))],
    bytes: parts.reduce((sum, { lines }) => sum + lines.lines.length, 0),
    last,
    stage: async (writer, stageLines) => {
      const unreadable = await stageLines(
        writer,
        parts.map(({ lines }) => lines),
      );
      const ends = new Map(parts.map(({ after }) => [after.file, after]));
      for (const file of ends.values()) await writeLandedFile(writer, file, clock.now());
      return unreadable;
    },
    before: (name) => {
      const at = parts.findIndex(({ lines }) => lines.file === name);
      return at > 0 ? toChunk(parts.slice(0, at), false) : null;
    },
  });

  return {
    next: async () => {
      await settle();
      if (waiting.length === 0) await findNew();
      const parts: Part[] = [];
      for (let bytes = 0; bytes < chunkBytes; ) {
        const part = await readPart(chunkBytes - bytes).catch((error: unknown) => {
          closeFile();
          throw error;
        });
        if (!part) break;
        parts.push(part);
        bytes += part.lines.lines.length;
      }
      handedOut = parts;
      return parts.length > 0 ? toChunk(parts, waiting.length === 0) : null;
    },
  };
}
