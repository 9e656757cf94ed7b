import type { StreamDescriptionSummary } from '@aws-sdk/client-kinesis';
import { about, type Finding } from '../../ports/checkup.ts';

export interface StreamNeeds {
  readonly streamName: string;
  readonly buckets: number;
}

/** The service's limit; 50 in its on-demand advantage mode. */
export const MOST_CONSUMERS = 20;
const LEAST_HOURS = 24;

/** What a stream's description says to somebody who is about to run on it. */
export const judgeStream = (stream: Partial<StreamDescriptionSummary>, needs: StreamNeeds): Finding[] => [
  judgeState(stream, needs),
  judgeShards(stream, needs),
  judgeRetention(stream),
  judgeEncryption(stream),
];

function judgeState(
  { StreamStatus, StreamARN }: Partial<StreamDescriptionSummary>,
  { streamName }: StreamNeeds,
): Finding {
  const { ok, fail } = about('Kinesis stream');
  if (StreamStatus === 'ACTIVE' || StreamStatus === 'UPDATING') return ok(`${StreamARN} is ${StreamStatus}`);
  return fail(
    `${streamName} is ${StreamStatus}. Wait until it is ACTIVE, or name another by TRAILGATE_KINESIS_STREAM.`,
  );
}

function judgeShards(stream: Partial<StreamDescriptionSummary>, { buckets }: StreamNeeds): Finding {
  const { ok, warn } = about('Kinesis shards');
  const shards = stream.OpenShardCount ?? 0;
  if (stream.StreamModeDetails?.StreamMode === 'ON_DEMAND') {
    return ok(`${shards}, on demand: AWS changes them by itself; ${buckets} buckets`);
  }
  const counts = `${shards} provisioned, ${buckets} buckets`;
  if (shards > 0 && buckets % shards === 0) return ok(counts);
  const what = buckets < shards ? 'some shards get nothing' : 'some shards get more than others';
  return warn(
    `${counts}: ${what}. Make buckets (TRAILGATE_KINESIS_BUCKETS, the same in every node and the Lambda) a multiple of the shards.`,
  );
}

function judgeRetention({ RetentionPeriodHours: hours = 0 }: Partial<StreamDescriptionSummary>): Finding {
  const { ok, fail } = about('Kinesis retention');
  return hours >= LEAST_HOURS
    ? ok(`${hours} hours`)
    : fail(
        `${hours} hours: what Firehose cannot deliver for so long is lost. Keep records for ${LEAST_HOURS} hours or more.`,
      );
}

function judgeEncryption({ EncryptionType, KeyId }: Partial<StreamDescriptionSummary>): Finding {
  const { ok, warn } = about('Kinesis encryption');
  return EncryptionType === 'KMS'
    ? ok(`on, with ${KeyId}`)
    : warn('is off. Turn server-side encryption with a KMS key on: events name people.');
}
