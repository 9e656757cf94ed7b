import type { GetRecordsOutput } from '@aws-sdk/client-kinesis';
import { AppError } from '../../domain/errors.ts';
import type { TailBatch } from '../../ports/event-stream.ts';
import { backoffMs, READ_BACKOFF } from './kinesis-backoff.ts';
import type { KinesisCalls } from './kinesis-calls.ts';
import type { KinesisCursor } from './kinesis-cursor.ts';
import { finalError, isFinal, kindOf, nameOf } from './kinesis-failures.ts';
import type { KinesisObserver } from './kinesis-observer.ts';
import { pause } from './kinesis-pause.ts';
import { refuseStandstill } from './kinesis-standstill.ts';

export interface PollingOptions {
  readonly calls: Pick<KinesisCalls, 'shardIterator' | 'getRecords' | 'listShards' | 'describe'>;
  readonly streamName: string;
  readonly observer: KinesisObserver;
  /** Between two reads of a shard, which may be read five times a second by all its readers together. */
  readonly pollMs: number;
}

export interface Reading {
  readonly shard: string;
  readonly cursor: KinesisCursor;
  readonly signal: AbortSignal;
}

/**
 * Reads a shard by asking again and again, until it is closed and read to its end, until `isEnough`, or until `signal`
 * aborts. What is temporary is tried again for as long as the reader stays.
 */
export async function* poll(
  { calls, streamName, observer, pollMs }: PollingOptions,
  { shard, cursor, signal }: Reading,
  isEnough: () => boolean,
): AsyncGenerator<TailBatch, 'CLOSED' | 'LATER'> {
  let iterator: string | undefined;
  let failures = 0;
  while (!signal.aborted && !isEnough()) {
    const startedAt = performance.now();
    let answer: GetRecordsOutput;
    try {
      iterator ??= (await calls.shardIterator(shard, cursor.start(), signal)).ShardIterator as string;
      answer = await calls.getRecords(iterator, signal);
    } catch (error) {
      if (signal.aborted) break;
      // An iterator lives for five minutes: a reader that was slower begins again where it stood.
      const isOld = nameOf(error) === 'ExpiredIteratorException';
      if (isOld) iterator = undefined;
      else if (isFinal(kindOf(error))) throw await readError(calls, { streamName, shard }, error);
      failures += 1;
      observer.trouble?.({ doing: 'READ', cause: error });
      await pause(backoffMs(failures, READ_BACKOFF), signal);
      continue;
    }
    failures = 0;
    iterator = answer.NextShardIterator;
    const { Records = [], MillisBehindLatest: behindMs = 0 } = answer;
    const bytes = Records.reduce((sum, { Data }) => sum + (Data?.length ?? 0), 0);
    observer.read?.({ shard, how: 'POLLING', records: Records.length, bytes, behindMs });
    await refuseStandstill(calls, { shard, cursor }, { records: Records.length, behindMs });
    const batch = cursor.take(Records, behindMs);
    if (batch) yield batch;
    if (!iterator) {
      cursor.end();
      return 'CLOSED';
    }
    await pause(startedAt + pollMs - performance.now(), signal);
  }
  return 'LATER';
}

/** Where the stream itself answers, it is the shard or the place that it does not know. */
async function readError(
  calls: PollingOptions['calls'],
  { streamName, shard }: { streamName: string; shard: string },
  cause: unknown,
): Promise<AppError> {
  const kind = kindOf(cause);
  if (kind === 'NO_STREAM' || kind === 'REFUSED') {
    const answers = await calls.listShards().then(
      () => true,
      () => false,
    );
    if (answers) {
      const message = `The stream knows no such place of ${shard}: it was never there, or is no longer kept. Begin at a later one.`;
      return new AppError('POSITION_EXPIRED', message, { cause });
    }
  }
  return finalError({ streamName, doing: 'read' }, kind, cause);
}
