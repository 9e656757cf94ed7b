/** What the adapter tells about itself; the server binds it to its metrics. Nothing here may throw or wait. */
export interface KinesisObserver {
  /** After every PutRecords call, also one that failed. */
  readonly put?: (figures: PutFigures) => void;
  /** After every answer to a read, also an empty one. */
  readonly read?: (figures: ReadFigures) => void;
  /** Something that the adapter goes on from by itself. */
  readonly trouble?: (trouble: KinesisTrouble) => void;
}

export interface PutFigures {
  readonly records: number;
  readonly bytes: number;
  /** Of these records, how many had been sent before. */
  readonly retried: number;
  /** How many were not taken because a shard or the call was at its limit. */
  readonly throttled: number;
  /** How many were not taken, for whatever reason. */
  readonly failed: number;
  readonly seconds: number;
}

export interface ReadFigures {
  readonly shard: string;
  readonly how: 'FAN_OUT' | 'POLLING';
  readonly records: number;
  readonly bytes: number;
  readonly behindMs: number;
}

export interface KinesisTrouble {
  readonly doing: 'PUT' | 'READ' | 'SUBSCRIBE' | 'REGISTER';
  readonly cause: unknown;
}
