import { KinesisClient, type KinesisClientConfig, type StreamDescriptionSummary } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { about, type Checkup, type Finding } from '../../ports/checkup.ts';
import type { AwsIdentity } from '../aws/aws-checks.ts';
import { watchServerClock } from '../aws/server-clock.ts';
import { judgeClock } from '../clock-finding.ts';
import { explainKinesis } from './kinesis-advice.ts';
import { createKinesisCalls, type KinesisCalls } from './kinesis-calls.ts';
import { nameOf } from './kinesis-failures.ts';
import { listShards } from './kinesis-shards.ts';
import { judgeStream, MOST_CONSUMERS } from './kinesis-verdicts.ts';

export interface KinesisNeeds {
  readonly streamName: string;
  readonly buckets: number;
  readonly consumerName: string | null;
  /** As the gateway's own. */
  readonly clientConfig?: KinesisClientConfig;
}

export interface KinesisCheckup extends Checkup {
  readonly identity: AwsIdentity;
  /** Once, whoever asks. @throws AppError that says what to do. */
  streamArn(): Promise<string>;
}

const ATTEMPT_MS = 4_000;

/** The stream as it is set up, and whether it may be read. Writes nothing. */
export function kinesisChecks({ streamName, buckets, consumerName, clientConfig = {} }: KinesisNeeds): KinesisCheckup {
  const client = new KinesisClient({
    requestHandler: new NodeHttpHandler({ connectionTimeout: 2_000 }),
    ...clientConfig,
    maxAttempts: 2,
  });
  const clockOf = watchServerClock(client);
  const calls = createKinesisCalls({ client, pushClient: client, streamName, attemptMs: ATTEMPT_MS });
  const explaining = <T>(action: string, work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw explainKinesis({ streamName, action }, error);
    });

  let describing: ReturnType<KinesisCalls['describe']> | null = null;
  const describe = async (): Promise<Partial<StreamDescriptionSummary>> => {
    describing ??= explaining('kinesis:DescribeStreamSummary', calls.describe());
    return (await describing).StreamDescriptionSummary ?? {};
  };

  const fanOut = async (): Promise<Finding> => {
    const { ok, warn } = about('Kinesis fan-out');
    if (consumerName === null) return ok('is not used: live feeds poll (TRAILGATE_KINESIS_CONSUMER)');
    const { StreamARN = '', ConsumerCount = 0 } = await describe();
    const found = await explaining(
      'kinesis:DescribeStreamConsumer',
      calls.describeConsumer(StreamARN, consumerName).catch((error: unknown) => {
        if (nameOf(error) === 'ResourceNotFoundException') return null;
        throw error;
      }),
    );
    const taken = `${ConsumerCount} of ${MOST_CONSUMERS} consumers are registered`;
    if (found) return ok(`${consumerName} is ${found.ConsumerDescription?.ConsumerStatus}; ${taken}`);
    if (ConsumerCount < MOST_CONSUMERS) return ok(`${consumerName} is registered at the first read; ${taken}`);
    return warn(
      `${taken}, and ${consumerName} is none of them: it will poll. Deregister one that is not used, or see docs/kinesis.md.`,
    );
  };

  const read = async (signal: AbortSignal): Promise<Finding> => {
    const { ok } = about('Kinesis reading');
    const shards = await explaining('kinesis:ListShards', listShards(calls));
    const newest = shards.at(-1);
    if (!newest)
      return about('Kinesis reading').fail('there is no shard to read. Look at the stream in the console of AWS.');
    const { ShardIterator = '' } = await explaining(
      'kinesis:GetShardIterator',
      calls.shardIterator(newest.id, { Type: 'LATEST' }, signal),
    );
    await explaining('kinesis:GetRecords', calls.getRecords(ShardIterator, signal));
    return ok(`is allowed; ${shards.length} shards hold records`);
  };

  return {
    identity: client.config,
    streamArn: async () => (await describe()).StreamARN ?? '',
    checks: [
      {
        subject: 'Kinesis stream',
        run: async () => {
          const summary = await describe();
          return [...judgeStream(summary, { streamName, buckets }), ...judgeClock(clockOf(), 'AWS')];
        },
      },
      { subject: 'Kinesis reading', run: async (signal) => [await read(signal)] },
      { subject: 'Kinesis fan-out', run: async () => [await fanOut()] },
    ],
    close: async () => client.destroy(),
  };
}
