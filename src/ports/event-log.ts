import type { Coordinates } from '../domain/envelope.ts';
import type { EventStream, PackedRecord } from './event-stream.ts';

/**
 * The embedded log: an EventStream of one shard and one bucket with numbers that have no gap, so that a reader can go by
 * them. `append` takes all or none, and a record is never earlier than the one before it. Kept until `trim` lets it go.
 */
export interface EventLog extends EventStream {
  /** The log's name and its last line; `seq` 0 and `receivedAt` 0 in an empty one. */
  head(): Promise<StreamHead>;
  /** The oldest line of the present epoch that can still be read; null where it holds none. */
  oldestSeq(): Promise<number | null>;
  /** Earlier epochs that still hold lines, oldest first. */
  formerEpochs(): Promise<readonly EpochRange[]>;
  /** Records of an epoch (the present one) behind `afterSeq` in order, up to about `limitBytes`; at least one where there is one. */
  read(afterSeq: number, limitBytes: number, epoch?: number): Promise<readonly PackedRecord[]>;
  /**
   * Lets go of the oldest whole records, some at a time; returns how many bytes, 0 when there is nothing to let go.
   * Only what is loaded goes, and of that what is old, or lies above `usage().trimAboveBytes`.
   */
  trim(keep: TrimLimits): Promise<number>;
  /** Bytes of lines held, the limit above which `append` refuses, and where `trim` begins to let go before time. */
  usage(): Promise<{ readonly bytes: number; readonly limitBytes: number; readonly trimAboveBytes: number }>;
  /**
   * A new epoch of this log, later than `laterThan`: numbers start again from 1. Used when a log is older than what was
   * loaded from it.
   */
  startEpoch(laterThan?: number): Promise<StreamHead>;
}

export interface StreamHead extends Coordinates {
  /** Of the last line; milliseconds. */
  readonly receivedAt: number;
}

export interface EpochRange {
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

export interface TrimLimits {
  /** The last line that is loaded, of `epoch` (the present one); every earlier epoch is loaded too. */
  readonly throughSeq: number;
  readonly epoch?: number;
  /** Milliseconds since 1970: what was received before is old. */
  readonly keepReceivedAfter: number;
}
