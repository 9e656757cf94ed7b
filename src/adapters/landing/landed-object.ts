import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LIMITS } from '../../domain/audit-event.ts';
import type { LandedLines, UnreadableLandedLine } from '../../ports/landing.ts';

/** The next lines of an object. */
export interface ObjectPart {
  readonly sections: readonly LandedLines[];
  readonly bytes: number;
  /** Lines of the object up to the end of this part, those that could not be read among them. */
  readonly lineCount: number;
  readonly isEnd: boolean;
}

export interface ReadOptions {
  readonly file: string;
  /** Lines of it that are loaded already. */
  readonly skipLines: number;
  /** About how much a part holds. */
  readonly partBytes: number;
}

/** Several times what a line may have: an envelope around the largest event. */
const MAX_LINE_BYTES = 2 * 1024 * 1024;
const NEW_LINE = 0x0a;

/**
 * The lines of an object, a part at a time, in memory that its size does not matter to. Compressed or not is seen by its
 * first bytes: how Firehose names what it compressed depends on its settings. What cannot be decompressed, or has no line
 * end within reason, is answered as unreadable; an object that cannot be fetched to its end throws.
 */
export async function* readObject(
  body: Readable,
  { file, skipLines, partBytes }: ReadOptions,
): AsyncGenerator<ObjectPart> {
  const cutter = createCutter(file, skipLines);
  try {
    for await (const chunk of decompressed(body)) {
      for (let from = 0; from < chunk.length; from += partBytes) {
        cutter.add(chunk.subarray(from, from + partBytes));
        if (cutter.bytes() >= partBytes) yield cutter.take(false);
      }
    }
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    cutter.addDamage(error.message);
  } finally {
    body.destroy();
  }
  yield cutter.take(true);
}

class DamagedError extends Error {}

async function* decompressed(body: Readable): AsyncGenerator<Buffer> {
  let failure: unknown = null;
  const chunks = fetched(body, (error) => {
    failure = error;
  });
  const first = await chunks.next();
  if (first.done) return;
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield first.value;
    yield* chunks;
    return;
  }
  const gunzip = createGunzip();
  // Ends it with what was fetched, or with the failure to fetch.
  const feeding = feed(gunzip, first.value, chunks).catch((error: unknown) => gunzip.destroy(error as Error));
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    if (failure) throw failure;
    const { code } = error as NodeJS.ErrnoException;
    throw new DamagedError(`the object is damaged: it cannot be decompressed from here on (${code})`);
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

async function* fetched(body: Readable, onFailure: (error: unknown) => void): AsyncGenerator<Buffer> {
  try {
    // At least the two bytes that tell.
    let head: Buffer = Buffer.alloc(0);
    let isTold = false;
    for await (const chunk of body) {
      if (isTold) {
        yield chunk as Buffer;
        continue;
      }
      head = Buffer.concat([head, chunk as Buffer]);
      isTold = head.length >= 2;
      if (isTold) yield head;
    }
    if (!isTold && head.length > 0) yield head;
  } catch (error) {
    onFailure(error);
    throw error;
  }
}

async function feed(
  gunzip: ReturnType<typeof createGunzip>,
  first: Buffer,
  rest: AsyncGenerator<Buffer>,
): Promise<void> {
  const write = (chunk: Buffer): Promise<void> | undefined =>
    gunzip.write(chunk)
      ? undefined
      : new Promise((resolve) => {
          gunzip.once('drain', resolve).once('close', resolve);
        });
  await write(first);
  for await (const chunk of rest) {
    if (gunzip.destroyed) return;
    await write(chunk);
  }
  gunzip.end();
}

/** Cuts what it is given into whole lines, numbered from 1. */
function createCutter(file: string, skipLines: number) {
  let row = 1;
  let sections: LandedLines[] = [];
  let whole: Buffer[] = [];
  let wholeRows = 0;
  let size = 0;
  /** The beginning of a line whose end has not come; of one that is too long only what is kept. */
  let begun: Buffer[] = [];
  let begunBytes = 0;

  const closeSection = (unreadable: readonly UnreadableLandedLine[] = []): void => {
    if (wholeRows === 0 && unreadable.length === 0) return;
    sections.push({ file, firstRow: row, rows: wholeRows, lines: Buffer.concat(whole), unreadable });
    row += wholeRows + unreadable.length;
    whole = [];
    wholeRows = 0;
  };

  const addLines = (lines: Buffer): void => {
    whole.push(lines);
    wholeRows += countLines(lines);
    size += lines.length;
  };

  const addUnreadable = (why: string, text: string): void => {
    closeSection();
    closeSection([{ file, row, why, text }]);
  };

  const endLine = (end: Buffer): void => {
    if (begunBytes + end.length > MAX_LINE_BYTES) {
      const text = Buffer.concat([...begun, end])
        .subarray(0, LIMITS.maxKeptDocumentBytes)
        .toString();
      if (row + wholeRows <= skipLines) skipOne();
      else addUnreadable(`it has more than ${MAX_LINE_BYTES} bytes`, text);
    } else if (row + wholeRows <= skipLines) skipOne();
    else addLines(Buffer.concat([...begun, end]));
    begun = [];
    begunBytes = 0;
  };

  const skipOne = (): void => {
    row += 1;
  };

  const begin = (bytes: Buffer): void => {
    begunBytes += bytes.length;
    // A line that will not be loaded need not be held; its beginning says which it was.
    if (begunBytes <= MAX_LINE_BYTES) begun.push(Buffer.from(bytes));
    else begun = [Buffer.concat([...begun, bytes]).subarray(0, LIMITS.maxKeptDocumentBytes)];
  };

  return {
    add: (chunk: Buffer): void => {
      const firstEnd = chunk.indexOf(NEW_LINE);
      if (firstEnd === -1) {
        begin(chunk);
        return;
      }
      endLine(chunk.subarray(0, firstEnd + 1));
      let from = firstEnd + 1;
      while (row + wholeRows <= skipLines && from < chunk.length) {
        const end = chunk.indexOf(NEW_LINE, from);
        if (end === -1) break;
        skipOne();
        from = end + 1;
      }
      const lastEnd = chunk.lastIndexOf(NEW_LINE);
      if (lastEnd >= from) addLines(Buffer.from(chunk.subarray(from, lastEnd + 1)));
      if (Math.max(lastEnd + 1, from) < chunk.length) begin(chunk.subarray(Math.max(lastEnd + 1, from)));
    },
    addDamage: (why: string): void => {
      begun = [];
      begunBytes = 0;
      addUnreadable(why, '');
    },
    bytes: (): number => size,
    take: (isEnd: boolean): ObjectPart => {
      // A last line that nobody ended is one.
      if (isEnd && begunBytes > 0) endLine(Buffer.of(NEW_LINE));
      closeSection();
      const part = { sections, bytes: size, lineCount: row - 1, isEnd };
      sections = [];
      size = 0;
      return part;
    },
  };
}

function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(NEW_LINE); at !== -1; at = lines.indexOf(NEW_LINE, at + 1)) count += 1;
  return count;
}
