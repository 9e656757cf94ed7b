/** From a file's bytes to JSON documents: unpacked, cut into lines where it is NDJSON, never more in memory than one. */
import { createReadStream } from 'node:fs';
import { PassThrough, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A whole .json file, or one line of NDJSON, once unpacked. */
const MAX_DOCUMENT_BYTES = 256 * 1024 * 1024;

export interface FileDocument {
  /** From 1; null when the document is the whole file. */
  readonly line: number | null;
  readonly value?: unknown;
  /** Why it could not be read, for people. The file is read on behind a broken line. */
  readonly fault?: string;
}

export interface ReadOptions {
  readonly maxDocumentBytes?: number;
  /** Told of the bytes read from disk, as they are read. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * A file named .ndjson or .jsonl is read line by line; so is one named otherwise whose first line is a document and
 * not the only one. Gzip is known by its first bytes, not by the name.
 * @throws the error of the file system or of zlib when the file itself cannot be read to its end.
 */
export async function* readDocuments(path: string, options: ReadOptions = {}): AsyncGenerator<FileDocument> {
  const maxBytes = options.maxDocumentBytes ?? MAX_DOCUMENT_BYTES;
  const chunks = unpacked(path, options.onBytes ?? (() => {}));
  if (/\.(?:ndjson|jsonl)(?:\.gz)?$/i.test(path)) return yield* readLines(chunks, maxBytes);

  const head: Buffer[] = [];
  let headBytes = 0;
  for (let next = await chunks.next(); !next.done && headBytes <= maxBytes; next = await chunks.next()) {
    head.push(next.value);
    headBytes += next.value.length;
    if (next.value.includes(NEWLINE)) break;
  }
  const all = prepend(head, chunks);
  yield* isDocument(firstLine(Buffer.concat(head))) ? readLines(all, maxBytes) : readWhole(all, maxBytes);
}

const NEWLINE = 0x0a;

async function* unpacked(path: string, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  try {
    const raw = (file as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    const first = await raw.next();
    if (first.done) return;
    const counted = (async function* () {
      for (let next: IteratorResult<Buffer> = first; !next.done; next = await raw.next()) {
        onBytes(next.value.length);
        yield next.value;
      }
    })();
    const isGzip = first.value[0] === 0x1f && first.value[1] === 0x8b;
    const unpacking = isGzip ? createGunzip() : new PassThrough();
    // The iteration below throws what the pipeline fails with.
    pipeline(counted, unpacking, () => {});
    yield* unpacking;
  } finally {
    file.destroy();
  }
}

async function* readLines(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<FileDocument> {
  let line = 1;
  let parts: Buffer[] = [];
  let bytes = 0;
  const take = (part: Buffer) => {
    bytes += part.length;
    if (bytes <= maxBytes) parts.push(part);
    else parts = [];
  };
  const finish = (): FileDocument | undefined => {
    const document = bytes > maxBytes ? { line, fault: tooLong('line', maxBytes) } : parse(Buffer.concat(parts), line);
    parts = [];
    bytes = 0;
    line += 1;
    return document;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, at));
      const document = finish();
      if (document) yield document;
      from = at + 1;
    }
    take(chunk.subarray(from));
  }
  const last = finish();
  if (last) yield last;
}

async function* readWhole(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<FileDocument> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) return yield { line: null, fault: tooLong('file', maxBytes) };
    parts.push(chunk);
  }
  yield parse(Buffer.concat(parts), null) ?? { line: null, fault: 'the file is empty' };
}

/** Undefined for a line of nothing but white space. */
function parse(bytes: Buffer, line: number | null): FileDocument | undefined {
  let text: string;
  try {
    // Replacing broken bytes silently would alter evidence. The decoder takes a byte order mark away.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { line, fault: 'is not UTF-8 text' };
  }
  if (text.trim() === '') return undefined;
  try {
    return { line, value: JSON.parse(text) as unknown };
  } catch (error) {
    return { line, fault: `is not JSON: ${(error as Error).message}` };
  }
}

const tooLong = (what: string, maxBytes: number) =>
  `the ${what} is larger than ${maxBytes.toLocaleString('en')} bytes unpacked; split it, or write one record a line`;

function firstLine(head: Buffer): Buffer {
  const at = head.indexOf(NEWLINE);
  return at === -1 ? Buffer.alloc(0) : head.subarray(0, at);
}

function isDocument(bytes: Buffer): boolean {
  const value = bytes.length === 0 ? undefined : parse(bytes, 1)?.value;
  return typeof value === 'object' && value !== null;
}

async function* prepend(head: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* head;
  yield* rest;
}
