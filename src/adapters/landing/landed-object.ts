import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Whole lines from one object, some at a time. */
export interface LinesRead {
  /** Each ends with a line end. */
  readonly lines: Buffer;
  readonly rows: number;
  /** Why the object cannot be read beyond them; null while it can. */
  readonly fault: string | null;
}

export interface LandedObject {
  /** The next lines, about `limitBytes` of them; null at the end. @throws what the store throws: then it is opened anew. */
  read(limitBytes: number): Promise<LinesRead | null>;
  /** Leaves out the first lines, which are loaded. */
  skip(lines: number): Promise<void>;
  close(): void;
}

const LINE_END = 0x0a;
/** Longer than any line of ours: what has no line end by then is no object of lines. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** Newline-terminated lines, packed by gzip or not: what it is, its first bytes say. */
export function openLandedObject(body: Readable): LandedObject {
  const chunks = unpacked(body);
  let rest: Buffer = Buffer.alloc(0);
  let ended = false;

  const more = async (): Promise<string | null> => {
    try {
      const { value, done } = await chunks.next();
      if (done) ended = true;
      else rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
      return null;
    } catch (error) {
      if (!isBadArchive(error)) throw error;
      ended = true;
      return 'the object is damaged: it cannot be unpacked from here on';
    }
  };

  const take = (bytes: number): Buffer => {
    const lines = rest.subarray(0, bytes);
    rest = rest.subarray(bytes);
    return lines;
  };

  return {
    read: async (limitBytes) => {
      let fault: string | null = null;
      while (!ended && rest.length < limitBytes) fault = await more();
      while (!ended && rest.indexOf(LINE_END) === -1 && rest.length < MAX_LINE_BYTES) fault = await more();
      const end = rest.lastIndexOf(LINE_END) + 1;
      if (fault !== null) {
        const lines = take(end);
        rest = Buffer.alloc(0);
        return { lines, rows: countLines(lines), fault };
      }
      if (end > 0) {
        const lines = take(end);
        return { lines, rows: countLines(lines), fault: null };
      }
      if (!ended) {
        ended = true;
        rest = Buffer.alloc(0);
        return { lines: rest, rows: 0, fault: `a line is longer than ${MAX_LINE_BYTES} bytes` };
      }
      if (rest.length === 0) return null;
      const lines = Buffer.concat([take(rest.length), Buffer.of(LINE_END)]);
      return { lines, rows: 1, fault: null };
    },
    skip: async (lines) => {
      let skipped = 0;
      while (skipped < lines) {
        const end = rest.indexOf(LINE_END);
        if (end !== -1) {
          take(end + 1);
          skipped += 1;
        } else if (ended) break;
        else await more();
      }
      // The last line may have no end.
      if (skipped < lines) rest = Buffer.alloc(0);
    },
    close: () => body.destroy(),
  };
}

async function* unpacked(body: Readable): AsyncGenerator<Buffer, void> {
  const packed = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let first: Buffer = Buffer.alloc(0);
  while (first.length < 2) {
    const { value, done } = await packed.next();
    if (done) break;
    first = Buffer.concat([first, value]);
  }
  const all = startingWith(first, packed);
  if (first[0] !== 0x1f || first[1] !== 0x8b) {
    yield* all;
    return;
  }
  const gunzip = createGunzip();
  // What goes wrong on the way ends the unpacking too, where it is thrown.
  pipeline(Readable.from(all), gunzip, () => undefined);
  for await (const chunk of gunzip) yield chunk as Buffer;
}

async function* startingWith(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  if (first.length > 0) yield first;
  for (;;) {
    const { value, done } = await rest.next();
    if (done) return;
    yield value;
  }
}

/** An archive that was cut off or changed; anything else is the way to it, and is tried again. */
const isBadArchive = (error: unknown): boolean =>
  ['Z_DATA_ERROR', 'Z_BUF_ERROR'].includes((error as { code?: string }).code ?? '');

function countLines(lines: Buffer): number {
  let rows = 0;
  for (let at = lines.indexOf(LINE_END); at !== -1; at = lines.indexOf(LINE_END, at + 1)) rows += 1;
  return rows;
}
