import type { LineDraft } from '../domain/envelope.ts';
import { AppError } from '../domain/errors.ts';
import type { LedgerState } from '../domain/ledger.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import { EMPTY_SPAN } from './ledger-span.ts';
import { MAX_WAITING_BYTES } from './line-size.ts';
import { createLogPacker } from './log-packer.ts';

/** Makes lines durable. */
export interface Appender {
  /**
   * Resolves when all lines are durable.
   * @throws AppError STREAM_UNAVAILABLE, retryable: the same request may be sent again.
   */
  append(drafts: readonly LineDraft[], options?: AppenderOptions): Promise<Appended>;
  /** Resolves when nothing waits any more. */
  drain(): Promise<void>;
}

export interface AppenderOptions {
  /** Milliseconds since 1970: refused when not durable by then. The embedded log waits for nobody and has none. */
  readonly until?: number;
}

export interface Appended {
  /** Milliseconds since 1970: nothing of the request was received later. */
  readonly receivedAt: number;
}

/** An appender that puts ledger lines between the others (ledger.ts says when). */
export interface LedgeredAppender extends Appender {
  /** One into each bucket, behind what was appended before; resolves when all of them are durable. */
  writeLedger(state: LedgerState, options?: AppenderOptions): Promise<void>;
  /** Durable lines that no ledger line has told of. */
  linesSinceLedger(): number;
  /** When the newest durable line was received; where a loader goes by the ledger. */
  newestDurableAt?(): number;
}

/** One commit at most. */
const MAX_COMMIT_BYTES = 8 * 1024 * 1024;
/** About what a ledger line has. */
const LEDGER_BYTES = 384;

interface Waiting {
  readonly content: readonly LineDraft[] | LedgerState;
  readonly bytes: number;
  readonly resolve: (appended: LogAppended) => void;
  readonly reject: (error: unknown) => void;
}

export interface LogAppended extends Appended {
  readonly firstSeq: number;
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
  let span = EMPTY_SPAN;

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
      const packer = createLogPacker({ node, epoch, afterSeq: seq, startedAt, span });
      const answers = group.map(({ content, resolve }) => ({
        resolve,
        appended: typeof content === 'string' ? packer.addLedger(content) : packer.addAll(content),
      }));
      await stream.append(packer.records());
      seq = packer.lastSeq();
      lastReceivedAt = packer.lastReceivedAt();
      span = packer.span();
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

  const enqueue = (content: Waiting['content'], bytes: number): Promise<LogAppended> =>
    new Promise((resolve, reject) => {
      waiting.push({ content, bytes, resolve, reject });
      waitingBytes += bytes;
      running ??= Promise.resolve().then(runAll);
    });

  return {
    /**
     * Resolves when all lines are durable.
     * @throws AppError STREAM_UNAVAILABLE, retryable: nothing was written.
     */
    append: (drafts: readonly LineDraft[]): Promise<LogAppended> => {
      const bytes = drafts.reduce((sum, { body }) => sum + body.length + 256, 0);
      return waitingBytes + bytes > MAX_WAITING_BYTES ? Promise.reject(tooMuchWaits()) : enqueue(drafts, bytes);
    },
    writeLedger: async (state: LedgerState): Promise<void> => {
      await enqueue(state, LEDGER_BYTES);
    },
    linesSinceLedger: (): number => span.count,
    /** Everything received before this moment is in the log or was refused; later events are received at or after it. */
    settledBefore: (): number => {
      settled = Math.max(settled, inFlight ?? nextReceivedAt());
      return settled;
    },
    /** Resolves when nothing waits any more. */
    drain: async (): Promise<void> => {
      while (running) await running;
    },
  } satisfies LedgeredAppender & { settledBefore(): number };
}

export const tooMuchWaits = (): AppError =>
  new AppError('STREAM_UNAVAILABLE', 'Too many events are waiting to be written. Send the same request again later.', {
    retryable: true,
    retryAfterMs: 1_000,
  });
