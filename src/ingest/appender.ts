import { type LineDraft, writeLine } from '../domain/envelope.ts';
import { AppError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { PackedRecord } from '../ports/event-stream.ts';

export interface Appended {
  /** Milliseconds since 1970: one time for all lines of a record. */
  readonly receivedAt: number;
  readonly firstSeq: number;
}

/** Lines wait here for the commit before theirs; above this a request is refused rather than memory filled. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** One record at most: what a Kinesis record may hold, with room for its key. */
const MAX_RECORD_BYTES = 960 * 1024;
/** More than the envelope of a line holds beside its body and its sender. */
const ENVELOPE_BYTES = 384;
/** One commit at most. */
const MAX_COMMIT_BYTES = 8 * 1024 * 1024;

interface Waiting {
  readonly drafts: readonly LineDraft[];
  readonly bytes: number;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

export interface AppenderDeps {
  readonly stream: EventLog;
  readonly clock: Clock;
  /** Nothing is received before it, whatever the clock says: a moment called settled before a restart. */
  readonly notBefore?: number;
}

/**
 * Group commit: while one commit is being synced the next gathers. Numbers and times are given when a commit starts and
 * only one is in flight, so a refused commit leaves no gap, and a record is always later than the one before it.
 */
export async function createAppender({ stream, clock, notBefore = 0 }: AppenderDeps) {
  const head = await stream.head();
  const { node, epoch } = head;
  let seq = head.seq;
  let lastReceivedAt = head.receivedAt;
  let inFlight: number | null = null;
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let running: Promise<void> | null = null;

  // Never back, whatever the clock does: not behind the last record, nor behind a moment called settled.
  let settled = notBefore;
  const nextReceivedAt = (): number => Math.max(clock.now(), lastReceivedAt + 1, settled);

  const take = (): Waiting[] => {
    let bytes = 0;
    let count = 0;
    for (const request of waiting) {
      if (count > 0 && bytes + request.bytes > MAX_COMMIT_BYTES) break;
      bytes += request.bytes;
      count += 1;
    }
    const group = waiting.slice(0, count);
    waiting = waiting.slice(count);
    waitingBytes -= bytes;
    return group;
  };

  const commit = async (group: readonly Waiting[]): Promise<void> => {
    const startedAt = nextReceivedAt();
    inFlight = startedAt;
    try {
      const packer = createPacker({ node, epoch, afterSeq: seq, startedAt });
      const answers = group.map(({ drafts, resolve }) => ({ resolve, appended: packer.addAll(drafts) }));
      await stream.append(packer.records());
      seq = packer.lastSeq();
      lastReceivedAt = packer.lastReceivedAt();
      for (const { resolve, appended } of answers) resolve(appended);
    } catch (error) {
      for (const request of group) request.reject(error);
    } finally {
      inFlight = null;
    }
  };

  const runAll = async (): Promise<void> => {
    while (waiting.length > 0) await commit(take());
    running = null;
  };

  return {
    /**
     * Resolves when all lines are durable.
     * @throws AppError STREAM_UNAVAILABLE, retryable: nothing was written.
     */
    append: (drafts: readonly LineDraft[]): Promise<Appended> => {
      const bytes = drafts.reduce((sum, { body }) => sum + body.length + 256, 0);
      if (waitingBytes + bytes > MAX_WAITING_BYTES) {
        return Promise.reject(
          new AppError(
            'STREAM_UNAVAILABLE',
            'Too many events are waiting to be written. Send the same request again later.',
            {
              retryable: true,
              retryAfterMs: 1_000,
            },
          ),
        );
      }
      return new Promise((resolve, reject) => {
        waiting.push({ drafts, bytes, resolve, reject });
        waitingBytes += bytes;
        running ??= Promise.resolve().then(runAll);
      });
    },
    /** Everything received before this moment is in the log or was refused; later events are received at or after it. */
    settledBefore: (): number => {
      settled = Math.max(settled, inFlight ?? nextReceivedAt());
      return settled;
    },
    /** Resolves when nothing waits any more. */
    drain: async (): Promise<void> => {
      while (running) await running;
    },
  };
}

export type Appender = Awaited<ReturnType<typeof createAppender>>;

interface PackerStart {
  readonly node: string;
  readonly epoch: number;
  readonly afterSeq: number;
  readonly startedAt: number;
}

/** Writes lines into records; each record is a millisecond later than the one before it, so that its time names it. */
function createPacker({ node, epoch, afterSeq, startedAt }: PackerStart) {
  const packed: PackedRecord[] = [];
  let lines: string[] = [];
  let length = 0;
  let firstSeq = afterSeq + 1;
  let seq = afterSeq;
  let receivedAt = startedAt;
  let receivedText = new Date(receivedAt).toISOString();

  const close = (): void => {
    if (lines.length === 0) return;
    packed.push({ bucket: 0, firstSeq, lastSeq: seq, receivedAt, lines: Buffer.from(lines.join('')) });
    lines = [];
    length = 0;
    firstSeq = seq + 1;
    receivedAt += 1;
    receivedText = new Date(receivedAt).toISOString();
  };

  const add = (draft: LineDraft): void => {
    const bytes = Buffer.byteLength(draft.body) + Buffer.byteLength(draft.ingestedBy) + ENVELOPE_BYTES;
    if (length > 0 && length + bytes > MAX_RECORD_BYTES) close();
    seq += 1;
    lines.push(writeLine(draft, { node, epoch, seq }, receivedText));
    length += bytes;
  };

  return {
    addAll: (drafts: readonly LineDraft[]): Appended => {
      const first = seq + 1;
      for (const draft of drafts) add(draft);
      return { firstSeq: first, receivedAt };
    },
    records: (): readonly PackedRecord[] => {
      close();
      return packed;
    },
    lastSeq: (): number => seq,
    lastReceivedAt: (): number => packed.at(-1)?.receivedAt ?? startedAt,
  };
}
