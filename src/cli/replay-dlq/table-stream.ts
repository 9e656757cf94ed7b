/** The stream of a table as a replay reads it: what the DynamoDB Streams API offers, in our words. */
export interface TableStream {
  /** A cursor at this record of the shard, or at its oldest; null where the stream no longer has the record, or the shard. */
  cursorAt(shard: StreamShard, place: { readonly sequence: string } | 'oldest'): Promise<string | null>;
  /** What stands behind the cursor, some at a time, as the API gives it; null when it was let go meanwhile. */
  read(shard: StreamShard, cursor: string): Promise<StreamPage | null>;
}

export interface StreamShard {
  readonly streamArn: string;
  readonly shardId: string;
}

export interface StreamPage {
  readonly records: readonly ApiRecord[];
  /** Null at the end of a shard that is closed. */
  readonly next: string | null;
}

/** A record in the API's spelling. */
export interface ApiRecord {
  readonly userIdentity?: { readonly PrincipalId?: string | undefined; readonly Type?: string | undefined } | undefined;
  readonly dynamodb?: { readonly SequenceNumber?: string | undefined } | undefined;
}
