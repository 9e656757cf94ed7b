import type { Readable } from 'node:stream';

/**
 * Whole objects by key: archive files, rendered reports, what Firehose delivered. A directory or S3. A key that is written
 * is a relative path of up to 1,024 bytes: parts of up to 255 bytes with single slashes between them, none of which begins
 * with a dot, without control characters and backslashes. No key is the folder of another. Every function may throw
 * WAREHOUSE_UNAVAILABLE, and BAD_USER_INPUT for a key that cannot be.
 */
export interface BlobStore {
  /**
   * Streams a body in, in bounded memory; the object appears whole or not at all, and replaces one of the same key.
   * Returns its size in bytes. A body that fails is thrown as it failed.
   * @throws AppError WAREHOUSE_UNAVAILABLE, retryable where the same may succeed later.
   */
  put(key: string, body: Readable | Buffer, options?: PutOptions): Promise<number>;
  /**
   * The whole object, or an error on the way, never a part of it. To be read or destroyed.
   * @throws AppError NOT_FOUND where there is no such object.
   */
  get(key: string): Promise<Readable>;
  /** Null where there is no such object. */
  head(key: string): Promise<BlobEntry | null>;
  /** Up to `limit` entries (1,000) whose keys begin with `prefix`, in the order of their keys by UTF-8 bytes, behind `after`. */
  list(prefix: string, options?: { readonly after?: string; readonly limit?: number }): Promise<readonly BlobEntry[]>;
  /** Gone afterwards, whether it was there or not. */
  remove(key: string): Promise<void>;
  /**
   * A link that anyone may fetch the object by until `expiresInSeconds` (a week at most) have passed, or the credentials
   * that signed it end; null where the engine has none.
   */
  link(key: string, expiresInSeconds: number): Promise<string | null>;
}

export interface PutOptions {
  readonly contentType?: string;
}

export interface BlobEntry {
  readonly key: string;
  readonly bytes: number;
  /** Milliseconds since 1970; S3 tells whole seconds. */
  readonly modifiedAt: number;
}
