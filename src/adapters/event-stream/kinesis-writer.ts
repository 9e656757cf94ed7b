import type { PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AppendOptions, EventStream, PackedRecord } from '../../ports/event-stream.ts';
import { createAlarm } from './kinesis-alarm.ts';
import { backoffMs, PUT_BACKOFF } from './kinesis-backoff.ts';
import { createBucketQueues, hashKeyOf, PUT_LIMITS } from './kinesis-bucket-queues.ts';
import type { KinesisCalls } from './kinesis-calls.ts';
import { type Failure, failureOf, finalError, isFinal, kindOf, temporaryError } from './kinesis-failures.ts';
import type { KinesisObserver } from './kinesis-observer.ts';

export interface KinesisWriterOptions {
  readonly calls: Pick<KinesisCalls, 'putRecords'>;
  readonly streamName: string;
  readonly buckets: number;
  readonly clock: Clock;
  readonly observer: KinesisObserver;
  /** What a caller waits that names no time. */
  readonly waitMs: number;
  readonly maxWaitingBytes: number;
  readonly maxRequests: number;
}

/** One `append`. Times of the writer are of the monotonic clock: a step of the other one ends no wait and begins none. */
interface Call {
  readonly until: number;
  readonly records: Waiting[];
  /** Of its records, those without a sequence number. */
  missing: number;
  open: boolean;
  lastFailure: Failure | null;
  readonly resolve: () => void;
  readonly reject: (error: AppError) => void;
}

interface Waiting {
  readonly bucket: number;
  readonly bytes: number;
  readonly entry: PutRecordsRequestEntry;
  readonly call: Call;
  sent: boolean;
}

/**
 * Records of all callers travel together; each comes back by itself. A record that failed is sent again alone, its
 * bucket waiting behind it; a call that failed as a whole may have been taken all the same, so that a copy can arise:
 * readers know it by its numbers. Nothing resolves without a sequence number.
 */
export function createKinesisWriter(options: KinesisWriterOptions): Pick<EventStream, 'append' | 'close'> {
  const { calls, streamName, buckets, clock, observer, waitMs, maxWaitingBytes, maxRequests } = options;
  const use = { streamName, doing: 'write' } as const;
  const queues = createBucketQueues<Waiting>(buckets);
  const hashKeys = Array.from({ length: buckets }, (_, bucket) => hashKeyOf(bucket, buckets));
  const open = new Set<Call>();
  let requests = 0;
  let gathering = false;
  let closed = false;
  let whenIdle: () => void = () => undefined;

  const settle = (call: Call, error: AppError | null): void => {
    if (!call.open) return;
    call.open = false;
    open.delete(call);
    for (const record of call.records) queues.withdraw(record);
    if (error) call.reject(error);
    else call.resolve();
    if (open.size === 0) {
      alarm.stop();
      whenIdle();
    }
  };

  /** One timer for deadlines and waits of all records. */
  const alarm = createAlarm(() => {
    const now = performance.now();
    for (const call of [...open]) {
      if (call.until <= now) settle(call, temporaryError(use, call.lastFailure?.kind ?? null, call.lastFailure?.cause));
    }
    pump();
    for (const { until } of open) alarm.by(until);
  });

  const pump = (): void => {
    while (requests < maxRequests) {
      const batch = queues.take(performance.now());
      if (batch.length === 0) {
        // Whoever still waits then waits for a time, or for a call that is under way.
        alarm.by(queues.nextAt());
        return;
      }
      void send(batch);
    }
  };

  /** Callers of the same turn of the event loop travel together. */
  const gather = (): void => {
    if (gathering) return;
    gathering = true;
    setImmediate(() => {
      gathering = false;
      pump();
    });
  };

  const send = async (batch: readonly Waiting[]): Promise<void> => {
    requests += 1;
    const startedAt = performance.now();
    const retried = batch.filter(({ sent }) => sent).length;
    const outcomes = await put(batch);
    for (const [index, outcome] of outcomes.entries()) receive(batch[index] as Waiting, outcome);
    requests -= 1;
    observer.put?.({
      records: batch.length,
      bytes: batch.reduce((sum, { bytes }) => sum + bytes, 0),
      retried,
      throttled: outcomes.filter((outcome) => outcome?.kind === 'THROTTLED').length,
      failed: outcomes.filter((outcome) => outcome !== null).length,
      seconds: (performance.now() - startedAt) / 1_000,
    });
    pump();
  };

  const put = async (batch: readonly Waiting[]): Promise<readonly (Failure | null)[]> => {
    for (const record of batch) record.sent = true;
    try {
      const { Records = [] } = await calls.putRecords(batch.map(({ entry }) => entry));
      return batch.map((_, index) => failureOf(Records[index]));
    } catch (cause) {
      const failure = { kind: kindOf(cause), cause };
      observer.trouble?.({ doing: 'PUT', cause });
      return batch.map(() => failure);
    }
  };

  const receive = (record: Waiting, outcome: Failure | null): void => {
    const { call } = record;
    if (outcome && call.open && !isFinal(outcome.kind)) {
      call.lastFailure = outcome;
      queues.keep(record, (failures) => performance.now() + backoffMs(failures, PUT_BACKOFF));
      return;
    }
    queues.finish(record, outcome === null);
    if (!outcome) call.missing -= 1;
    if (outcome) settle(call, finalError(use, outcome.kind, outcome.cause));
    else if (call.missing === 0) settle(call, null);
  };

  const toWaiting = ({ bucket, lines }: PackedRecord, call: Call): Waiting => {
    const PartitionKey = String(bucket);
    const entry = { Data: lines, PartitionKey, ExplicitHashKey: hashKeys[bucket] };
    return { bucket, bytes: lines.length + PartitionKey.length, entry, call, sent: false };
  };

  const append = async (records: readonly PackedRecord[], { until }: AppendOptions = {}): Promise<void> => {
    if (records.length === 0) return;
    const bytes = records.reduce((sum, record) => sum + checkedBytes(record, buckets), 0);
    if (closed) throw full('The gateway is stopping. Send the same request again.');
    if (queues.bytes() + bytes > maxWaitingBytes) {
      throw full(
        `More than ${maxWaitingBytes} bytes of events wait for the Kinesis stream "${streamName}". Send the same request again later.`,
      );
    }
    const mayWaitMs = until === undefined ? waitMs : until - clock.now();
    if (mayWaitMs <= 0) throw temporaryError(use, 'TIMEOUT', undefined);
    await new Promise<void>((resolve, reject) => {
      const call: Call = {
        until: performance.now() + mayWaitMs,
        records: [],
        missing: records.length,
        open: true,
        lastFailure: null,
        resolve,
        reject,
      };
      call.records.push(...records.map((record) => toWaiting(record, call)));
      open.add(call);
      for (const record of call.records) queues.add(record);
      alarm.by(call.until);
      gather();
    });
  };

  return {
    append,
    /** Resolves when every append has its answer. */
    close: async () => {
      closed = true;
      if (open.size === 0) return;
      await new Promise<void>((resolve) => {
        whenIdle = resolve;
      });
    },
  };
}

function checkedBytes({ bucket, lines }: PackedRecord, buckets: number): number {
  if (!Number.isInteger(bucket) || bucket < 0 || bucket >= buckets) throw new RangeError(`no bucket ${bucket}`);
  const bytes = lines.length + String(bucket).length;
  if (bytes > PUT_LIMITS.recordBytes) {
    throw new AppError(
      'BAD_USER_INPUT',
      `A record of ${bytes} bytes is larger than the ${PUT_LIMITS.recordBytes} bytes that a record of Kinesis may have. Send smaller events.`,
    );
  }
  return bytes;
}

const full = (message: string): AppError =>
  new AppError('STREAM_UNAVAILABLE', message, { retryable: true, retryAfterMs: 1_000 });
