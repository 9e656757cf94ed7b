import { AppError } from '../../domain/errors.ts';
import type { BlobEntry, BlobStore } from '../../ports/blob-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LandedChunk, LandedLines, Landing } from '../../ports/landing.ts';
import type { Warehouse } from '../../ports/warehouse.ts';
import { type LandedFile, readLandedFiles, readLandedRange, writeLandedFiles } from './landed-files.ts';
import { type ObjectPart, readObject } from './landed-object.ts';
import { createLandingSweep } from './landing-sweep.ts';

export interface BlobLandingOptions {
  /** What Firehose delivers into. */
  readonly blobs: Pick<BlobStore, 'list' | 'get'>;
  /** Where landed_files lies. */
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  /** What every key begins with, a folder: `events/`. */
  readonly prefix: string;
  /** How late an object may come (landing-sweep.ts). */
  readonly lateHours?: number;
  /** About how many bytes of lines a chunk holds, uncompressed. */
  readonly chunkBytes?: number;
}

/** A stream keeps for a week what Firehose could not deliver yet (infra/); longer, and a restart finds it. */
const LATE_HOURS = 8 * 24;
const CHUNK_BYTES = 12 * 1024 * 1024;
const MOST_FILES = 200;

/** What a chunk takes of one object. */
interface Piece extends LandedFile {
  readonly sections: readonly LandedLines[];
  readonly size: number;
}

interface OpenObject {
  readonly entry: BlobEntry;
  readonly parts: AsyncGenerator<ObjectPart>;
}

export interface BlobLanding extends Landing {
  /** Lets go of an object that is loaded in part. */
  close(): Promise<void>;
}

/**
 * Objects that Firehose wrote, for a warehouse that we load ourselves. landed_files says what of them is loaded, line by
 * line, in the transaction of the rows: an object that is larger than a chunk is loaded in several, and goes on where it
 * was after a crash. What was handed out is kept until the table says that it was committed.
 */
export function createBlobLanding(options: BlobLandingOptions): BlobLanding {
  const { blobs, warehouse, clock, prefix, chunkBytes = CHUNK_BYTES, lateHours = LATE_HOURS } = options;

  const onlyNew = async (entries: readonly BlobEntry[]): Promise<readonly BlobEntry[]> => {
    const [first, last] = [entries[0], entries.at(-1)];
    if (!first || !last) return [];
    const known = await readLandedRange(warehouse, { first: first.key, last: last.key });
    return entries.filter(({ key }) => !known.get(key)?.isComplete);
  };
  const sweep = createLandingSweep({ blobs, prefix, clock, lateHours, onlyNew });

  let handedOut: readonly Piece[] = [];
  let waiting: BlobEntry[] = [];
  /** What could not be fetched: tried again when nothing else waits. */
  let setAside: BlobEntry[] = [];
  let open: OpenObject | null = null;

  /** Of what was handed out, what was not committed. */
  const notCommitted = async (): Promise<readonly Piece[]> => {
    const known = await readLandedFiles(
      warehouse,
      handedOut.map(({ file }) => file),
    );
    return handedOut.filter(({ file, lineCount, isComplete }) => {
      const stored = known.get(file);
      return !stored || stored.lineCount < lineCount || (isComplete && !stored.isComplete);
    });
  };

  const openNext = async (): Promise<OpenObject | null> => {
    for (let entry = waiting[0]; entry; entry = waiting[0]) {
      const stored = (await readLandedFiles(warehouse, [entry.key])).get(entry.key);
      waiting.shift();
      if (!stored?.isComplete) return { entry, parts: readParts(entry, stored?.lineCount ?? 0) };
    }
    return null;
  };

  async function* readParts({ key }: BlobEntry, skipLines: number): AsyncGenerator<ObjectPart> {
    const body = await blobs.get(key).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
      throw error;
    });
    if (body) return yield* readObject(body, { file: key, skipLines, partBytes: chunkBytes });
    const why = 'the object was removed before it was loaded';
    const unreadable = [{ file: key, row: skipLines + 1, why, text: '' }];
    const section: LandedLines = { file: key, firstRow: skipLines + 1, rows: 0, lines: Buffer.alloc(0), unreadable };
    yield { sections: [section], bytes: 0, lineCount: skipLines + 1, isEnd: true };
  }

  /** The next piece; null when nothing waits. */
  const readPiece = async (): Promise<Piece | null> => {
    open ??= await openNext();
    if (!open) return null;
    const { entry, parts } = open;
    try {
      const { value: part, done } = await parts.next();
      if (done || part.isEnd) open = null;
      // The generator ends with a last part.
      const { sections, bytes: size, lineCount, isEnd } = part as ObjectPart;
      return { file: entry.key, bytes: entry.bytes, lineCount, isComplete: isEnd, sections, size };
    } catch (error) {
      // Opened again behind what is loaded by then.
      open = null;
      setAside.push(entry);
      throw error;
    }
  };

  const look = async (): Promise<void> => {
    const found = await sweep.find();
    const known = new Set(setAside.map(({ key }) => key));
    waiting = [...found.filter(({ key }) => !known.has(key)), ...setAside];
    setAside = [];
  };

  const readPieces = async (): Promise<readonly Piece[]> => {
    const pieces: Piece[] = [];
    let bytes = 0;
    while (bytes < chunkBytes && pieces.length < MOST_FILES) {
      let piece: Piece | null;
      try {
        piece = await readPiece();
      } catch (error) {
        // What was read before it is loaded first; it comes again with the next call.
        if (pieces.length === 0) throw error;
        break;
      }
      if (!piece) break;
      pieces.push(piece);
      bytes += piece.size;
      if (!piece.isComplete) break;
    }
    return pieces;
  };

  const chunkOf = (pieces: readonly Piece[], last: boolean): LandedChunk => ({
    files: pieces.map(({ file }) => file),
    bytes: pieces.reduce((sum, { size }) => sum + size, 0),
    last,
    stage: async (writer, stageLines) => {
      const unreadable = await stageLines(
        writer,
        pieces.flatMap(({ sections }) => sections),
      );
      await writeLandedFiles(writer, pieces, clock.now());
      return unreadable;
    },
    before: (file) => {
      const at = pieces.findIndex((piece) => piece.file === file);
      return at > 0 ? chunkOf(pieces.slice(0, at), false) : null;
    },
  });

  return {
    next: async () => {
      if (handedOut.length > 0) handedOut = await notCommitted();
      if (handedOut.length === 0) {
        // Looked for only when nothing is in hand: what is would be found again.
        if (!open && waiting.length === 0) await look();
        handedOut = await readPieces();
      }
      if (handedOut.length === 0) return null;
      const isAll = sweep.hasSeenAll() && open === null && waiting.length + setAside.length === 0;
      return chunkOf(handedOut, isAll);
    },
    close: async () => {
      await open?.parts.return(undefined);
      open = null;
    },
  };
}
