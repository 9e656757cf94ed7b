import { mergeRanges, type NumberRange, rangesWithout } from '../domain/number-ranges.ts';
import type { AppendOptions, PackedRecord } from '../ports/event-stream.ts';
import { createLinger, type LingerLimits } from './bucket-linger.ts';
import { type BucketItem, type PackedItems, packItems, type RecordStart } from './bucket-record.ts';
import { EMPTY_SPAN, type LedgerSpan } from './ledger-span.ts';
import type { Timers } from './timers.ts';

/** Closes a record in steady flow: five of what Firehose rounds up to, and little for a shard to take at once. */
const FULL_BYTES = 25_000;
/**
 * What a backlog may fill a record with: a quarter of what a shard takes in a second, as a larger one is refused for as
 * long as others keep the shard busy. A line that is larger goes alone.
 */
const BACKLOG_BYTES = 240 * 1024;
/** After a refusal, so that a stream that refuses at once is not asked without a pause. */
const PAUSE_MS = 250;
/** Records of several buckets that fall due together travel together. */
const GRID_MS = 10;
/** Refused runs that one ledger line tells; others wait for the next. */
const MOST_REFUSED = 10_000;

export interface BucketQueueDeps {
  readonly bucket: number;
  readonly timers: Timers;
  readonly linger: LingerLimits;
  /** Gives the next numbers and a time to a record; they are used up when `write` returns. */
  readonly number: (
    count: number,
    write: (at: Pick<RecordStart, 'node' | 'epoch' | 'afterSeq' | 'receivedAt'>) => PackedItems,
  ) => PackedItems;
  /** Resolves when the record is durable. */
  readonly send: (record: PackedRecord, options: AppendOptions) => Promise<void>;
  /** Milliseconds since 1970, of a time of the timers. */
  readonly wallTime: (at: number) => number;
  readonly onLeft: (bytes: number) => void;
  readonly onRefused: (numbers: NumberRange) => void;
}

/** The lines of one bucket: one record is in flight and the next gathers, so that they keep their order. */
export function createBucketQueue(deps: BucketQueueDeps) {
  const { bucket, timers, number, send, wallTime, onLeft, onRefused } = deps;
  const linger = createLinger(deps.linger);
  let items: BucketItem[] = [];
  let bytes = 0;
  let firstAt = 0;
  let inFlight = false;
  let isUrgent = false;
  let pausedUntil = 0;
  let span: LedgerSpan = EMPTY_SPAN;
  let refused: readonly NumberRange[] = [];
  let callOff: (() => void) | null = null;
  const waiters: (() => void)[] = [];

  const arrange = (): void => {
    callOff?.();
    callOff = null;
    if (inFlight) return;
    if (items.length === 0) {
      isUrgent = false;
      for (const tell of waiters.splice(0)) tell();
      return;
    }
    const now = timers.now();
    const dueAt = isUrgent || bytes >= FULL_BYTES ? now : Math.ceil((firstAt + linger.ms(now)) / GRID_MS) * GRID_MS;
    // Never at once: what comes in the same turn goes together.
    callOff = timers.after(Math.max(0, Math.max(dueAt, pausedUntil) - now), () => void sendNext());
  };

  /** The first items that fit into a record, without those whose request has been answered. */
  const take = (): readonly BucketItem[] => {
    const taken: BucketItem[] = [];
    let count = 0;
    let size = 0;
    let left = 0;
    for (; count < items.length; count += 1) {
      const item = items[count] as BucketItem;
      const isOpen = item.request.isOpen();
      if (isOpen && taken.length > 0 && size + item.bytes > BACKLOG_BYTES) break;
      left += item.bytes;
      if (!isOpen) continue;
      taken.push(item);
      size += item.bytes;
    }
    items = items.slice(count);
    bytes -= left;
    onLeft(left);
    // Whatever is left has waited long enough.
    firstAt = Number.NEGATIVE_INFINITY;
    return taken;
  };

  const sendNext = async (): Promise<void> => {
    callOff = null;
    const taken = take();
    if (taken.length === 0) return arrange();
    inFlight = true;
    try {
      await sendItems(taken);
    } catch (error) {
      pausedUntil = timers.now() + PAUSE_MS;
      for (const { request } of taken) request.refuse(error);
    } finally {
      inFlight = false;
      arrange();
    }
  };

  const sendItems = async (taken: readonly BucketItem[]): Promise<void> => {
    const told = refused.slice(0, MOST_REFUSED);
    const packed = number(taken.length, (at) => packItems(taken, { bucket, ...at, span, refused: told }));
    const { record } = packed;
    const until = taken.reduce((latest, { request }) => Math.max(latest, request.until), 0);
    try {
      await send(record, { until: wallTime(until) });
    } catch (error) {
      onRefused({ first: record.firstSeq, last: record.lastSeq });
      throw error;
    }
    span = packed.span;
    if (packed.tellsRefused) refused = rangesWithout(refused, told);
    for (const [request, lines] of countByRequest(taken)) request.durable(lines, record.receivedAt);
  };

  return {
    add: (added: readonly BucketItem[], { urgent = false } = {}): void => {
      const now = timers.now();
      if (items.length === 0) firstAt = now;
      for (const item of added) {
        items.push(item);
        bytes += item.bytes;
      }
      linger.note(added.length, now);
      isUrgent ||= urgent;
      // A timer that runs is early enough for what only gathers.
      if (!callOff || isUrgent || bytes >= FULL_BYTES) arrange();
    },
    waitingBytes: (): number => bytes,
    linesSinceLedger: (): number => span.count,
    noteRefused: (numbers: NumberRange): void => {
      refused = mergeRanges([...refused, numbers]);
    },
    /** Resolves when nothing waits and nothing is in flight; what waits is sent without delay. */
    drain: (): Promise<void> =>
      new Promise((resolve) => {
        waiters.push(resolve);
        isUrgent = true;
        arrange();
      }),
  };
}

export type BucketQueue = ReturnType<typeof createBucketQueue>;

/** Lines of one request lie together mostly. */
function countByRequest(items: readonly BucketItem[]): Map<BucketItem['request'], number> {
  const counts = new Map<BucketItem['request'], number>();
  for (const { request } of items) counts.set(request, (counts.get(request) ?? 0) + 1);
  return counts;
}
