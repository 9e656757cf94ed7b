import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Clock, systemClock } from '../../ports/clock.ts';
import type { EventStream } from '../../ports/event-stream.ts';
import { backoffMs, READ_BACKOFF } from './kinesis-backoff.ts';
import { createKinesisCalls } from './kinesis-calls.ts';
import { createKinesisClock } from './kinesis-clock.ts';
import { finalError, isFinal, kindOf, temporaryError } from './kinesis-failures.ts';
import type { KinesisObserver } from './kinesis-observer.ts';
import { pause } from './kinesis-pause.ts';
import { listShards } from './kinesis-shards.ts';
import { createKinesisTail } from './kinesis-tail.ts';
import { createKinesisWriter } from './kinesis-writer.ts';

export interface KinesisEventStreamOptions {
  readonly streamName: string;
  /** What users are spread over. As many as the stream has shards, or a multiple: each bucket stays in one shard. */
  readonly buckets: number;
  /**
   * Region, endpoint, credentials; what is left out is found as the SDK finds it. A `requestHandler` given here carries
   * everything; else calls go by HTTP/1.1, where a broken connection costs one call, and subscriptions by HTTP/2.
   */
  readonly clientConfig?: KinesisClientConfig;
  /** Reads by enhanced fan-out under this name. One name a process: a shard pushes to one subscriber of a name. */
  readonly consumerName?: string;
  readonly clock?: Clock;
  readonly observer?: KinesisObserver;
  /** How long an append waits that names no time. */
  readonly appendMs?: number;
  /** How long one attempt at a call may take. */
  readonly attemptMs?: number;
  /** Bytes of records that wait or are on their way; above it an append is refused. */
  readonly maxWaitingBytes?: number;
  /** PutRecords calls under way at once. */
  readonly maxRequests?: number;
  readonly pollMs?: number;
  readonly subscriptionMs?: number;
  readonly silentMs?: number;
}

const MIB = 1024 * 1024;
/** More than one reader of every shard of a large stream. */
const MAX_SOCKETS = 256;
const LIST_ATTEMPTS = 5;

/** A Kinesis stream of packed records. A shard's place is the sequence number of a record. */
export function createKinesisEventStream(options: KinesisEventStreamOptions): EventStream {
  const { streamName, buckets, clientConfig = {}, clock = systemClock, observer = {} } = options;
  const { attemptMs = 3_000, pollMs = 250, subscriptionMs = 330_000, silentMs = 20_000 } = options;
  const agent = { maxSockets: MAX_SOCKETS };
  const client = new KinesisClient({
    requestHandler: new NodeHttpHandler({ connectionTimeout: 2_000, httpAgent: agent, httpsAgent: agent }),
    ...clientConfig,
    maxAttempts: 1,
  });
  const pushClient = new KinesisClient({ ...clientConfig, credentials: client.config.credentials, maxAttempts: 1 });
  const calls = createKinesisCalls({ client, pushClient, streamName, attemptMs });
  const watch = createKinesisClock({ client, streamName, clock, ask: calls.describe });
  const writer = createKinesisWriter({
    calls,
    streamName,
    buckets,
    clock,
    observer,
    waitMs: options.appendMs ?? 10_000,
    maxWaitingBytes: options.maxWaitingBytes ?? 64 * MIB,
    maxRequests: options.maxRequests ?? 8,
  });
  const { consumerName } = options;
  const tail = createKinesisTail({
    calls,
    streamName,
    clock,
    observer,
    consumerName,
    pollMs,
    subscriptionMs,
    silentMs,
  });
  const closing = new AbortController();
  const tails = new Set<AbortController>();

  return {
    buckets,
    append: (records, options) => {
      const looking = watch.check();
      return looking ? looking.then(() => writer.append(records, options)) : writer.append(records, options);
    },

    shards: async () => {
      for (let failures = 1; ; failures += 1) {
        try {
          return await listShards(calls);
        } catch (error) {
          const kind = kindOf(error);
          if (isFinal(kind)) throw finalError({ streamName, doing: 'read' }, kind, error);
          if (failures >= LIST_ATTEMPTS) throw temporaryError({ streamName, doing: 'read' }, kind, error);
          observer.trouble?.({ doing: 'READ', cause: error });
          await pause(backoffMs(failures, READ_BACKOFF), closing.signal);
        }
      }
    },

    async *tail(shard, from, signal) {
      const own = new AbortController();
      const end = () => own.abort();
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted || closing.signal.aborted) own.abort();
      tails.add(own);
      try {
        yield* tail(shard, from, own.signal);
      } finally {
        tails.delete(own);
        signal.removeEventListener('abort', end);
        own.abort();
      }
    },

    close: async () => {
      closing.abort();
      for (const own of tails) own.abort();
      await writer.close();
      client.destroy();
      pushClient.destroy();
    },
  };
}
