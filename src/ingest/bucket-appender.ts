import { ENVELOPE_VERSION, type LineDraft } from '../domain/envelope.ts';
import type { LedgerState } from '../domain/ledger.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventStream } from '../ports/event-stream.ts';
import { type Appended, type AppenderOptions, type LedgeredAppender, tooMuchWaits } from './appender.ts';
import { createBucketChoice } from './bucket-choice.ts';
import type { LingerLimits } from './bucket-linger.ts';
import { type BucketQueue, createBucketQueue } from './bucket-queue.ts';
import type { BucketItem } from './bucket-record.ts';
import { createBucketRequest, notTaken } from './bucket-request.ts';
import { ENVELOPE_BYTES, MAX_RECORD_BYTES, MAX_WAITING_BYTES } from './line-size.ts';
import { systemTimers, type Timers } from './timers.ts';

export interface BucketAppenderDeps {
  readonly stream: Pick<EventStream, 'buckets' | 'append'>;
  readonly clock: Clock;
  /** Of this process alone, and never used before: numbers begin at 1 (ledger-node.ts). */
  readonly node: string;
  readonly timers?: Timers;
  readonly linger?: LingerLimits;
  /** What a request waits that names no time. */
  readonly waitMs?: number;
}

const EPOCH = 1;
const WAIT_MS = 10_000;
const LINGER: LingerLimits = { idleMs: 20, loadMs: 100 };
/** One bucket that takes nothing must not keep the others from taking anything. */
const MAX_BUCKET_BYTES = MAX_WAITING_BYTES / 4;
/** The refused numbers of a long outage may make a ledger line longer. */
const LEDGER_BYTES = 512;

/**
 * Packs lines into records of one bucket each. A user's lines go into one bucket in their order; numbers run over all
 * buckets and kinds, and are given when a record is closed, so that a later number is never received earlier. A number is
 * used up then: what the stream refuses is told in the next ledger line of every bucket.
 */
export function createBucketAppender(deps: BucketAppenderDeps): LedgeredAppender {
  const { stream, clock, node, timers = systemTimers, linger = LINGER, waitMs = WAIT_MS } = deps;
  if (!/^[\w.-]{1,64}$/.test(node)) throw new RangeError('a node is named by letters, digits, "_", "." and "-"');
  const choice = createBucketChoice(stream.buckets);
  let seq = 0;
  let lastReceivedAt = 0;
  let newestDurableAt = 0;
  let waitingBytes = 0;

  const queues: readonly BucketQueue[] = Array.from({ length: stream.buckets }, (_, bucket) =>
    createBucketQueue({
      bucket,
      timers,
      linger,
      number: (count, write) => {
        const receivedAt = Math.max(clock.now(), lastReceivedAt);
        const packed = write({ node, epoch: EPOCH, afterSeq: seq, receivedAt });
        seq += count;
        lastReceivedAt = receivedAt;
        return packed;
      },
      send: async (record, options) => {
        await stream.append([record], options);
        newestDurableAt = Math.max(newestDurableAt, record.receivedAt);
      },
      wallTime: (at) => clock.now() + at - timers.now(),
      onLeft: (bytes) => {
        waitingBytes -= bytes;
      },
      onRefused: (numbers) => {
        for (const queue of queues) queue.noteRefused(numbers);
      },
    }),
  );

  /** By the timers' time: a request's clock may be set while it waits. */
  const waitOf = ({ until }: AppenderOptions): number => (until === undefined ? waitMs : until - clock.now());

  const append = async (drafts: readonly LineDraft[], options: AppenderOptions = {}): Promise<Appended> => {
    if (drafts.length === 0) return { receivedAt: Math.max(clock.now(), lastReceivedAt) };
    const wait = waitOf(options);
    if (wait <= 0) throw notTaken(null, 0);
    const sizes = drafts.map(bytesOf);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (waitingBytes + bytes > MAX_WAITING_BYTES) throw tooMuchWaits();
    const now = timers.now();
    const places = drafts.map(({ orderKey }, index) => choice.of(orderKey, sizes[index] as number, now));
    checkRoom(queues, places, sizes);
    return new Promise((resolve, reject) => {
      const request = createBucketRequest({
        lines: drafts.length,
        waitMs: wait,
        timers,
        resolve,
        reject,
      });
      waitingBytes += bytes;
      const parts = new Map<number, BucketItem[]>();
      for (const [index, draft] of drafts.entries()) {
        const place = places[index] as number;
        const part = parts.get(place) ?? [];
        if (part.push({ phase: 'line', draft, bytes: sizes[index] as number, request }) === 1) parts.set(place, part);
      }
      for (const [place, items] of parts) queues[place]?.add(items);
    });
  };

  const writeLedger = async (state: LedgerState, options: AppenderOptions = {}): Promise<void> => {
    const written = queues.map(
      (queue) =>
        new Promise<unknown>((resolve, reject) => {
          const request = createBucketRequest({
            lines: 1,
            waitMs: Math.max(0, waitOf(options)),
            timers,
            resolve,
            reject,
          });
          waitingBytes += LEDGER_BYTES;
          queue.add([{ phase: 'ledger', state, bytes: LEDGER_BYTES, request }], { urgent: state !== 'LIVE' });
        }),
    );
    const failed = (await Promise.allSettled(written)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  };

  return {
    append,
    writeLedger,
    linesSinceLedger: () => queues.reduce((sum, queue) => sum + queue.linesSinceLedger(), 0),
    newestDurableAt: () => newestDurableAt,
    drain: async () => {
      await Promise.all(queues.map((queue) => queue.drain()));
    },
  };
}

function bytesOf({ body, ingestedBy }: LineDraft): number {
  const bytes = Buffer.byteLength(body) + Buffer.byteLength(ingestedBy) + ENVELOPE_BYTES;
  if (bytes > MAX_RECORD_BYTES) {
    throw new RangeError(`a line of ${bytes} bytes (envelope ${ENVELOPE_VERSION}); the limit is ${MAX_RECORD_BYTES}`);
  }
  return bytes;
}

function checkRoom(queues: readonly BucketQueue[], places: readonly number[], sizes: readonly number[]): void {
  const added = new Map<number, number>();
  for (const [index, place] of places.entries()) {
    const bytes = (added.get(place) ?? 0) + (sizes[index] as number);
    added.set(place, bytes);
    if ((queues[place] as BucketQueue).waitingBytes() + bytes > MAX_BUCKET_BYTES) throw tooMuchWaits();
  }
}
