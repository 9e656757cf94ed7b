import type { Readable } from 'node:stream';

/** A body on its way into a store. */
export interface BlobBody {
  readonly chunks: AsyncIterable<Buffer>;
  /** What the body itself failed with, as against the store that it went to; null while it has not. */
  failure(): { readonly cause: unknown } | null;
  /** Ends the source of a body that nobody will read to its end. */
  discard(): void;
}

/**
 * Listens at once: a body that fails before its first byte is asked for must not end the process. What counts is the
 * failure that its reader meets; one that a reader gives up fails too.
 */
export function readBody(body: Readable | Buffer): BlobBody {
  if (Buffer.isBuffer(body)) return { chunks: only(body), failure: () => null, discard: () => undefined };
  let failure: { readonly cause: unknown } | null = null;
  body.on('error', () => undefined);
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of body) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    } catch (cause) {
      failure = { cause };
      throw cause;
    }
  }
  return { chunks: chunks(), failure: () => failure, discard: () => void body.destroy() };
}

async function* only(body: Buffer): AsyncGenerator<Buffer> {
  yield body;
}
