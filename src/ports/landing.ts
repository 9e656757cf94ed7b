import type { Writer } from './warehouse.ts';

/** Lines that reached the warehouse's doorstep as files: objects that Firehose wrote, or what Snowpipe made of them. */
export interface Landing {
  /** The next files that no load has taken yet, some at a time; null when there are none. */
  next(): Promise<LandedChunk | null>;
}

export interface LandedChunk {
  readonly files: readonly string[];
  readonly bytes: number;
  /**
   * Puts the lines into `stg_lines` and marks the files as loaded, in the transaction of `writer`: both or neither.
   * Answers the lines that are no envelopes, each with its file and place in it.
   */
  stage(writer: Writer): Promise<readonly UnreadableLandedLine[]>;
}

export interface UnreadableLandedLine {
  readonly file: string;
  /** From 1. */
  readonly row: number;
  readonly why: string;
  /** As much of it as is kept: 16 KiB. */
  readonly text: string;
}
