import type { DynamodbHandler } from '../../server/dynamodb-lambda.ts';
import { type DeadLetter, parseDeadLetter } from './dead-letter.ts';
import { fetchBatch } from './fetch-batch.ts';
import type { Queue, QueuedMessage } from './queue.ts';
import type { TableStream } from './table-stream.ts';

/** What became of one dead letter. */
export type Fate =
  /** All durable; the message is deleted. A dry run has only read them. */
  | { readonly phase: 'replayed'; readonly records: number }
  /** What was still there is durable; the message stays, because the rest is not. */
  | { readonly phase: 'gone'; readonly records: number; readonly gone: number; readonly letter: DeadLetter }
  | { readonly phase: 'failed'; readonly why: string }
  | { readonly phase: 'foreign'; readonly why: string };

export interface ReplayDeps {
  readonly queue: Queue;
  readonly stream: TableStream;
  /** The Lambda's own: the same records become the same events. Null in a dry run. */
  readonly handler: DynamodbHandler | null;
  /** At most so many messages. */
  readonly limit: number;
  /** Aborted: the message at hand is ended, no other begun. */
  readonly signal: AbortSignal;
  readonly onFate: (messageId: string, fate: Fate) => void;
}

/**
 * Goes through the queue once. A message is deleted when all of its records are durable, and not before; the others are
 * given back at the end, so that the next run finds them and this one does not find them again.
 */
export async function replay({ queue, stream, handler, limit, signal, onFate }: ReplayDeps): Promise<void> {
  const kept: QueuedMessage[] = [];
  const begun = new Set<string>();
  try {
    while (begun.size < limit && !signal.aborted) {
      const messages = await queue.receive(limit - begun.size);
      kept.push(...messages);
      // One that was kept comes again when the run takes longer than it is hidden: then all have been seen.
      const unseen = messages.filter(({ id }) => !begun.has(id));
      if (unseen.length === 0) return;
      for (const message of unseen) {
        if (signal.aborted) break;
        begun.add(message.id);
        const fate = await replayOne(message, { stream, handler });
        if (fate.phase === 'replayed' && handler) {
          await queue.delete(message);
          kept.splice(kept.indexOf(message), 1);
        }
        onFate(message.id, fate);
      }
    }
  } finally {
    await Promise.allSettled(kept.map((message) => queue.giveBack(message)));
  }
}

async function replayOne({ id, body }: QueuedMessage, { stream, handler }: Pick<ReplayDeps, 'stream' | 'handler'>) {
  const letter = parseDeadLetter(body);
  if ('fault' in letter) return { phase: 'foreign', why: letter.fault } satisfies Fate;
  try {
    const { records, gone } = await fetchBatch(stream, letter);
    const why = handler && (await deliver(handler, records, id));
    if (why) return { phase: 'failed', why } satisfies Fate;
    if (gone > 0) return { phase: 'gone', records: records.length, gone, letter } satisfies Fate;
    return { phase: 'replayed', records: records.length } satisfies Fate;
  } catch (error) {
    return { phase: 'failed', why: error instanceof Error ? error.message : String(error) } satisfies Fate;
  }
}

const BATCH_RECORDS = 1_000;
const BATCH_MS = 60_000;

/** Null when all are durable, else why not. */
async function deliver(handler: DynamodbHandler, records: readonly unknown[], id: string): Promise<string | null> {
  for (let from = 0; from < records.length; from += BATCH_RECORDS) {
    const { batchItemFailures } = await handler(
      { Records: records.slice(from, from + BATCH_RECORDS) },
      { awsRequestId: `replay-${id}`, getRemainingTimeInMillis: () => BATCH_MS },
    );
    const [failure] = batchItemFailures;
    if (failure) return `not durable from record ${failure.itemIdentifier} on; the line above says why`;
  }
  return null;
}
