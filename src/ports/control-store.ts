/**
 * Small documents that change by compare-and-set (rules, policies, keys, schedules), and leases, by which one node among
 * several does what only one may do. LMDB or DynamoDB. Kinds (255 bytes), ids and names of leases (1,000 bytes) are any
 * text, a body is 384 KiB at most. Every function may throw BAD_USER_INPUT for what is longer, and WAREHOUSE_UNAVAILABLE:
 * a change may have taken place all the same, so that it is read before it is tried again.
 */
export interface ControlStore {
  /** Null where there is none. Reads what was written last, on every node. */
  get(kind: string, id: string): Promise<ControlDocument | null>;
  /** Up to `limit` (100) of a kind in the order of their ids by UTF-8 bytes, behind `after`. */
  list(
    kind: string,
    options?: { readonly after?: string; readonly limit?: number },
  ): Promise<readonly ControlDocument[]>;
  /**
   * Writes the document if its version still is `expected` (0: there is none yet); answers it with the next version.
   * @throws AppError CONFLICT when somebody else was faster.
   */
  put(
    document: { readonly kind: string; readonly id: string; readonly body: string },
    expected: number,
  ): Promise<ControlDocument>;
  /** @throws AppError CONFLICT when its version is another, or it is gone. */
  remove(kind: string, id: string, expected: number): Promise<void>;
  /**
   * Takes the lease or makes it longer; null while another holder has it. `token` grows with every new holder, also over
   * releases and restarts, so that a write can be refused to one that was late. A holder stops at `expiresAt` by its own
   * clock. On DynamoDB another takes it some 2 s after that by *its* clock; only the token tells when clocks differ by
   * more. A holder that finds it still its own keeps its token.
   */
  lease(name: string, holder: string, ttlMs: number): Promise<Lease | null>;
  /** Gives it back at once; nothing happens when the holder no longer has it. */
  release(name: string, holder: string): Promise<void>;
  close(): Promise<void>;
}

export interface ControlDocument {
  readonly kind: string;
  readonly id: string;
  /** 1 for the first, one more for each change; 1 again for one made after a removal, so ids are not used again. */
  readonly version: number;
  /** JSON text. */
  readonly body: string;
}

export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly token: number;
  /** Milliseconds since 1970, by the clock of whoever took it. */
  readonly expiresAt: number;
}
