import {
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
  RegisterStreamConsumerCommand,
  type StartingPosition,
  SubscribeToShardCommand,
} from '@aws-sdk/client-kinesis';

export interface KinesisCallsOptions {
  readonly client: KinesisClient;
  /** Carries the long answers of SubscribeToShard. */
  readonly pushClient: KinesisClient;
  readonly streamName: string;
  /** What one attempt may take; no answer by then is a TimeoutError. */
  readonly attemptMs: number;
}

export type KinesisCalls = ReturnType<typeof createKinesisCalls>;

/** The operations that the adapter uses, one attempt each and none longer than `attemptMs`. */
export function createKinesisCalls({ client, pushClient, streamName: StreamName, attemptMs }: KinesisCallsOptions) {
  const within = <T>(work: (abortSignal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> =>
    attempt(work, attemptMs, signal);
  return {
    putRecords: (Records: PutRecordsRequestEntry[]) =>
      within((abortSignal) => client.send(new PutRecordsCommand({ StreamName, Records }), { abortSignal })),

    /** Only shards that can still be read: FROM_TRIM_HORIZON is what the service goes by when no filter is given. */
    listShards: (NextToken?: string) =>
      within((abortSignal) =>
        client.send(new ListShardsCommand(NextToken ? { NextToken } : { StreamName }), { abortSignal }),
      ),

    describe: () =>
      within((abortSignal) => client.send(new DescribeStreamSummaryCommand({ StreamName }), { abortSignal })),

    shardIterator: (ShardId: string, { Type, SequenceNumber, Timestamp }: StartingPosition, signal: AbortSignal) =>
      within(
        (abortSignal) =>
          client.send(
            new GetShardIteratorCommand({
              StreamName,
              ShardId,
              ShardIteratorType: Type,
              StartingSequenceNumber: SequenceNumber,
              Timestamp,
            }),
            { abortSignal },
          ),
        signal,
      ),

    getRecords: (ShardIterator: string, signal: AbortSignal) =>
      within((abortSignal) => client.send(new GetRecordsCommand({ ShardIterator }), { abortSignal }), signal),

    describeConsumer: (StreamARN: string, ConsumerName: string) =>
      within((abortSignal) =>
        client.send(new DescribeStreamConsumerCommand({ StreamARN, ConsumerName }), { abortSignal }),
      ),

    registerConsumer: (StreamARN: string, ConsumerName: string) =>
      within((abortSignal) =>
        client.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }), { abortSignal }),
      ),

    /** Lasts as long as its answer is read: `abortSignal` ends it. */
    subscribe: (ConsumerARN: string, ShardId: string, StartingPosition: StartingPosition, abortSignal: AbortSignal) =>
      pushClient.send(new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition }), { abortSignal }),
  };
}

/** Settles by then, whatever the client does with its signal: looking for credentials, it does not heed it. */
async function attempt<T>(
  work: (signal: AbortSignal) => Promise<T>,
  attemptMs: number,
  outer?: AbortSignal,
): Promise<T> {
  const own = new AbortController();
  let stop: (reason: Error) => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = (reason) => {
      reject(reason);
      own.abort();
    };
  });
  const timer = setTimeout(() => stop(timeoutError(attemptMs)), attemptMs);
  const leave = () => stop(new Error('no longer wanted'));
  outer?.addEventListener('abort', leave, { once: true });
  if (outer?.aborted) leave();
  try {
    return await Promise.race([stopped, work(own.signal)]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', leave);
  }
}

const timeoutError = (attemptMs: number): Error =>
  Object.assign(new Error(`no answer within ${attemptMs} ms`), { name: 'TimeoutError' });
