import type { Writer } from './warehouse.ts';

/**
 * Lines that reached the warehouse's doorstep as files: objects that Firehose wrote, or what Snowpipe made of them. Files
 * come in any order, late, and now and then twice.
 *
 * `stg_lines` is where they are put, a row a line. Whoever loads reads of it `v`, `kind`, `node`, `epoch`, `seq`,
 * `receivedAt`, `ingestedBy`, and `event` and `ledger` (objects) by these names on every engine; how they are taken apart
 * is between the engine's own staging and its load.sql.
 */
export interface Landing {
  /** The next files that no load has taken yet, oldest first; null when there are none. What was not committed comes again. */
  next(): Promise<LandedChunk | null>;
  /** Lets go of a file that is loaded in part. Where files are read elsewhere there is nothing to let go. */
  close?(): Promise<void>;
}

export interface LandedChunk {
  readonly files: readonly string[];
  readonly bytes: number;
  /** False while more had landed than this: nobody may be called silent before it is looked at. */
  readonly last: boolean;
  /**
   * Puts the lines into `stg_lines` and marks the files as loaded, in the transaction of `writer`: both or neither.
   * Answers the lines that are no envelopes, each with its file and place in it. An engine whose lines pass through this
   * process hands them to `stageLines`; one that holds them in a table does it by a statement of its own.
   */
  stage(writer: Writer, stageLines: StageLines): Promise<readonly UnreadableLandedLine[]>;
  /** The files before this one as a chunk; null where it is the first, or where they cannot be parted. */
  before(file: string): LandedChunk | null;
}

/** Fills `stg_lines` and answers what could not be put there. */
export type StageLines = (writer: Writer, files: readonly LandedLines[]) => Promise<readonly UnreadableLandedLine[]>;

/** Whole lines of one file, one behind the other. */
export interface LandedLines {
  readonly file: string;
  /** Of the first line in the file, from 1. */
  readonly firstRow: number;
  readonly rows: number;
  /** Each ends with a line end. */
  readonly lines: Buffer;
  /** What the landing itself could not read. */
  readonly unreadable: readonly UnreadableLandedLine[];
}

export interface UnreadableLandedLine {
  readonly file: string;
  /** From 1. */
  readonly row: number;
  readonly why: string;
  /** As much of it as is kept: 16 KiB. */
  readonly text: string;
}
