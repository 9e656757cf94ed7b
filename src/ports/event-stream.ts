/**
 * The durable stream between accept and everything behind it: the embedded log or Kinesis. What `append` has resolved
 * survives a crash and is read by every tail in the order of its bucket, within the time that the engine keeps it.
 */
export interface EventStream {
  /** Buckets that users are spread over; what is appended to one bucket keeps its order. The embedded log has one. */
  readonly buckets: number;
  /**
   * Resolves once every record is durable: synced, or named by a sequence number. A caller keeps at most one record of a
   * bucket in flight. Records of several calls may travel together; one that fails is sent again alone until the deadline.
   * @throws AppError STREAM_UNAVAILABLE, retryable, when the engine has not taken it until then. The embedded log has
   * written nothing then; from Kinesis an answer may have been lost, so that the record may be in the stream all the same.
   */
  append(records: readonly PackedRecord[], options?: AppendOptions): Promise<void>;
  /** Every shard that can still be read, parents before children. The embedded log is one. */
  shards(): Promise<readonly Shard[]>;
  /**
   * Records of a shard as they come, in order, beginning at `from`. Ends when the shard was closed by a reshard and is
   * read to its end, or when `signal` aborts; survives what the engine calls temporary.
   * @throws AppError POSITION_EXPIRED when the place is no longer kept, STREAM_UNAVAILABLE when reading fails for good.
   */
  tail(shard: string, from: TailStart, signal: AbortSignal): AsyncIterable<TailBatch>;
  close(): Promise<void>;
}

export interface AppendOptions {
  /** Milliseconds since 1970. */
  readonly until?: number;
}

/** Lines that were appended together; one record of the engine. */
export interface PackedRecord {
  /** 0 to `buckets` - 1. */
  readonly bucket: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** One time for the whole record; milliseconds. */
  readonly receivedAt: number;
  /** Newline-terminated JSON lines (domain/envelope). */
  readonly lines: Buffer;
}

export interface Shard {
  readonly id: string;
  /** Shards that must be read to their end before this one, as far as they can still be read. */
  readonly parents: readonly string[];
}

/** Where a tail begins. A place is the engine's own word for a record in a shard; `at` reads that record again. */
export type TailStart =
  | { readonly phase: 'oldest' }
  | { readonly phase: 'newest' }
  | { readonly phase: 'at'; readonly place: string }
  | { readonly phase: 'after'; readonly place: string }
  /** The first record that arrived at this time or later; milliseconds since 1970. */
  | { readonly phase: 'time'; readonly from: number };

export interface TailBatch {
  /** None when there was nothing new for a while. */
  readonly records: readonly TailRecord[];
  /** How far the last record lies behind the newest; milliseconds. 0 at the newest. */
  readonly behindMs: number;
}

export interface TailRecord {
  readonly place: string;
  /** When the engine took it; milliseconds since 1970. */
  readonly arrivedAt: number;
  readonly lines: Buffer;
}
