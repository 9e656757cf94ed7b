import type { _Record as KinesisRecord, StartingPosition } from '@aws-sdk/client-kinesis';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TailBatch, TailRecord, TailStart } from '../../ports/event-stream.ts';

/** A reader that hears nothing is told so this often. */
const QUIET_MS = 5_000;
/** Clocks of the gateway and of the service may differ by so much. */
const CLOCKS_DIFFER_MS = 5_000;
/** Less than any stream keeps its records (24 h at least): what came since cannot have gone. */
const SURELY_KEPT_MS = 20 * 3_600_000;

/** The record that a start at a sequence number must show first. */
interface Expected {
  readonly place: string;
  /** It was read already. */
  readonly skip: boolean;
  /** When the reader had last read everything; null when it never had. */
  readonly caughtUpAt: number | null;
}

/**
 * Where a tail stands. It starts again at the record it read last and expects to see that one first, because the service
 * begins silently at the oldest it has, or stands still, when a place is no longer kept: a gap is never passed over.
 */
export function createCursor({ from, shard, clock }: { from: TailStart; shard: string; clock: Clock }) {
  const startedAt = clock.now();
  /** The last record read. */
  let last: string | null = null;
  /** How far the service has told us that a shard was read in which nothing was found. */
  let progress: string | null = null;
  let expected: Expected | null = null;
  let caughtUpAt: number | null = null;
  let began = false;
  let before = from.phase === 'time' ? from.from : null;
  let heardAt = startedAt;

  const at = (place: string, skip: boolean): StartingPosition => {
    expected = { place, skip, caughtUpAt };
    return { Type: 'AT_SEQUENCE_NUMBER', SequenceNumber: place };
  };

  const atTime = (time: number): StartingPosition => ({ Type: 'AT_TIMESTAMP', Timestamp: new Date(time) });

  const refuseGap = ({ caughtUpAt: knewAllAt }: Expected): void => {
    if (knewAllAt === null || clock.now() - knewAllAt > SURELY_KEPT_MS) throw expiredPlace(shard);
  };

  /** The records as they are to be handed on: without the one that only shows that nothing is missing. */
  const checked = (records: readonly TailRecord[]): readonly TailRecord[] => {
    const [first] = records;
    if (!first || !expected) return records;
    const { place, skip } = expected;
    if (first.place !== place) refuseGap(expected);
    expected = null;
    return first.place === place && skip ? records.slice(1) : records;
  };

  const sinceTime = (records: readonly TailRecord[]): readonly TailRecord[] => {
    if (before === null) return records;
    const time = before;
    const start = records.findIndex(({ arrivedAt }) => arrivedAt >= time);
    if (start < 0) return [];
    before = null;
    return records.slice(start);
  };

  return {
    /** Where the next read begins. */
    start: (): StartingPosition => {
      if (last !== null) return at(last, true);
      if (progress !== null) return { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: progress };
      if (from.phase === 'at' || from.phase === 'after') return at(from.place, from.phase === 'after');
      if (from.phase === 'oldest') return { Type: 'TRIM_HORIZON' };
      // The service refuses a time that its clock has not reached.
      if (from.phase === 'time') return atTime(Math.min(from.from, clock.now() - CLOCKS_DIFFER_MS));
      return began ? atTime(startedAt - CLOCKS_DIFFER_MS) : { Type: 'LATEST' };
    },

    /** False while starting again would begin somewhere else. */
    mayStartAgain: (): boolean => from.phase !== 'newest' || !began || last !== null || progress !== null,

    /** A place has been asked for and not been seen yet. */
    isLooking: (): boolean => expected !== null,

    /** What the service answered; null when there is nothing to tell the reader. */
    take: (answered: readonly KinesisRecord[] | undefined, behindMs: number): TailBatch | null => {
      const all = (answered ?? []).map(toTailRecord);
      const records = sinceTime(checked(all));
      began = true;
      last = all.at(-1)?.place ?? last;
      if (behindMs === 0) caughtUpAt = clock.now();
      if (records.length === 0 && clock.now() - heardAt < QUIET_MS) return null;
      heardAt = clock.now();
      return { records, behindMs };
    },

    /** Told by a subscription: what began at the newest has nothing else to go by until there is a first record. */
    markProgress: (sequenceNumber: string | undefined): void => {
      if (from.phase === 'newest') progress = sequenceNumber ?? progress;
    },

    /** The shard is closed and read to its end. */
    end: (): void => {
      if (expected) refuseGap(expected);
    },
  };
}

export type KinesisCursor = ReturnType<typeof createCursor>;

export const expiredPlace = (shard: string): AppError =>
  new AppError('POSITION_EXPIRED', `The stream no longer holds this place of ${shard}. Begin at a later one.`);

const toTailRecord = ({ SequenceNumber, ApproximateArrivalTimestamp, Data }: KinesisRecord): TailRecord => {
  const { buffer, byteOffset, byteLength } = Data ?? new Uint8Array();
  return {
    place: SequenceNumber as string,
    arrivedAt: ApproximateArrivalTimestamp?.getTime() ?? 0,
    lines: Buffer.from(buffer, byteOffset, byteLength),
  };
};
