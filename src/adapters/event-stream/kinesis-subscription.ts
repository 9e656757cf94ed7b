import type { SubscribeToShardEvent } from '@aws-sdk/client-kinesis';
import type { TailBatch } from '../../ports/event-stream.ts';
import type { KinesisCalls } from './kinesis-calls.ts';
import type { KinesisObserver } from './kinesis-observer.ts';
import type { Reading } from './kinesis-polling.ts';
import { refuseStandstill } from './kinesis-standstill.ts';

export interface SubscriptionOptions {
  readonly calls: Pick<KinesisCalls, 'subscribe' | 'describe'>;
  readonly observer: KinesisObserver;
  /** The service ends a subscription after five minutes; one that it forgets to end is ended here. */
  readonly subscriptionMs: number;
  /** The service speaks every few seconds; a connection that says nothing for so long is given up. */
  readonly silentMs: number;
}

/**
 * One subscription to a shard: records are pushed until the shard ends (CLOSED) or the subscription is over.
 * @throws what the service answered.
 */
export async function* follow(
  { calls, observer, subscriptionMs, silentMs }: SubscriptionOptions,
  { shard, cursor, signal }: Reading,
  consumerArn: string,
): AsyncGenerator<TailBatch, 'CLOSED' | 'OVER'> {
  const own = new AbortController();
  const end = () => own.abort();
  signal.addEventListener('abort', end, { once: true });
  const over = setTimeout(end, subscriptionMs);
  const silent = setTimeout(end, silentMs);
  try {
    const { EventStream = [] } = await calls.subscribe(consumerArn, shard, cursor.start(), own.signal);
    for await (const told of EventStream) {
      silent.refresh();
      const event: SubscribeToShardEvent | undefined = told.SubscribeToShardEvent;
      if (!event) throw Object.values(told)[0];
      const { Records = [], MillisBehindLatest: behindMs = 0, ContinuationSequenceNumber, ChildShards = [] } = event;
      const bytes = Records.reduce((sum, { Data }) => sum + (Data?.length ?? 0), 0);
      observer.read?.({ shard, how: 'FAN_OUT', records: Records.length, bytes, behindMs });
      await refuseStandstill(calls, { shard, cursor }, { records: Records.length, behindMs });
      const batch = cursor.take(Records, behindMs);
      cursor.markProgress(ContinuationSequenceNumber);
      if (batch) yield batch;
      if (ChildShards.length > 0 || !ContinuationSequenceNumber) {
        cursor.end();
        return 'CLOSED';
      }
    }
    return 'OVER';
  } catch (error) {
    if (own.signal.aborted) return 'OVER';
    throw error;
  } finally {
    clearTimeout(over);
    clearTimeout(silent);
    signal.removeEventListener('abort', end);
    own.abort();
  }
}
