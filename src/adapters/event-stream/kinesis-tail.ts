import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TailBatch, TailStart } from '../../ports/event-stream.ts';
import { createKinesisConsumer } from './kinesis-consumer.ts';
import { createCursor } from './kinesis-cursor.ts';
import { nameOf } from './kinesis-failures.ts';
import { type PollingOptions, poll, type Reading } from './kinesis-polling.ts';
import { follow, type SubscriptionOptions } from './kinesis-subscription.ts';

export interface KinesisTailOptions extends PollingOptions, SubscriptionOptions {
  readonly calls: PollingOptions['calls'] & SubscriptionOptions['calls'] & ConsumerCalls;
  readonly clock: Clock;
  /** Fan-out when given. */
  readonly consumerName?: string | undefined;
}
type ConsumerCalls = Parameters<typeof createKinesisConsumer>[0]['calls'];

/** The service refuses a consumer that comes back to a shard sooner: meanwhile the shard is polled. */
const COMES_BACK_MS = 5_000;
/** A subscription that ends sooner did not end of age. */
const ENDED_EARLY_MS = 60_000;

/**
 * Reads a shard by fan-out where there is a consumer, and by polling while there is none, while another tail of this
 * process has the shard's one subscription, and for some seconds after a subscription failed.
 */
export function createKinesisTail(options: KinesisTailOptions) {
  const { calls, clock, consumerName, observer } = options;
  const consumer = consumerName ? createKinesisConsumer({ calls, consumerName, observer }) : null;
  const subscribed = new Set<string>();

  return async function* tail(shard: string, from: TailStart, signal: AbortSignal): AsyncGenerator<TailBatch> {
    const reading: Reading = { shard, cursor: createCursor({ from, shard, clock }), signal };
    let backAt = 0;
    const mayFollow = (): boolean => performance.now() >= backAt && !subscribed.has(shard);
    while (!signal.aborted) {
      const arn = consumer && mayFollow() ? await consumer.find() : null;
      // Another tail may have come first while the consumer was looked for.
      if (!consumer || !arn || !mayFollow()) {
        const isEnough = () => consumer !== null && mayFollow() && reading.cursor.mayStartAgain() && consumer.isThere();
        if ((yield* poll(options, reading, isEnough)) === 'CLOSED') return;
        continue;
      }
      const startedAt = performance.now();
      subscribed.add(shard);
      try {
        if ((yield* follow(options, reading, arn)) === 'CLOSED') return;
        if (performance.now() - startedAt < ENDED_EARLY_MS) backAt = performance.now() + COMES_BACK_MS;
      } catch (error) {
        if (error instanceof AppError) throw error;
        observer.trouble?.({ doing: 'SUBSCRIBE', cause: error });
        if (nameOf(error) === 'ResourceNotFoundException') consumer.forget();
        // Spread, so that two processes that share a name by mistake do not take turns for ever in step.
        backAt = performance.now() + COMES_BACK_MS * (1 + Math.random());
      } finally {
        subscribed.delete(shard);
      }
    }
  };
}
