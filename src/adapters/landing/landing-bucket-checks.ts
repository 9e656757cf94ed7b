import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { about, type Checkup, type Finding } from '../../ports/checkup.ts';
import { translateS3Error } from '../blob-store/s3-errors.ts';

export interface LandingBucketNeeds {
  /** Ended by `close`. */
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;
  readonly now: () => number;
}

const SUBJECT = 'landing bucket';

/** Whether what Firehose delivers can be listed, and how old the newest of it is. */
export const landingBucketChecks = ({ client, bucket, prefix, now }: LandingBucketNeeds): Checkup => ({
  checks: [
    {
      subject: SUBJECT,
      run: async (signal) => {
        const newest = await findNewest({ client, bucket, prefix }, signal).catch((error: unknown) => {
          throw translateS3Error(error, bucket, prefix);
        });
        return [judgeNewest(newest, { place: `s3://${bucket}/${prefix}`, now: now() })];
      },
    },
  ],
  close: async () => client.destroy(),
});

interface Landed {
  readonly key: string;
  readonly at: number;
}

/** Firehose buffers for 15 minutes at most, and every running node writes a line each second. */
const LATE_MS = 20 * 60_000;

export function judgeNewest(newest: Landed | null, { place, now }: { place: string; now: number }): Finding {
  const { ok, warn } = about(SUBJECT);
  if (!newest)
    return warn(`${place} can be listed, and nothing has landed there yet. If a gateway runs, look at Firehose.`);
  const minutes = Math.round((now - newest.at) / 60_000);
  const age = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  return now - newest.at > LATE_MS
    ? warn(`the newest object below ${place} is ${age} old. If a gateway runs, look at Firehose and its error prefix.`)
    : ok(`${place} can be listed; its newest object is ${age} old`);
}

/** Year, month, day, hour, and whatever stands before them. */
const DEPTH = 10;
const PAGES = 10;

/**
 * Goes down the folders by the last of each, which in folders named by time is the newest, instead of listing years. In
 * a folder of more than 10,000 objects it may be a somewhat older one.
 */
async function findNewest(
  { client, bucket, prefix }: Pick<LandingBucketNeeds, 'client' | 'bucket' | 'prefix'>,
  abortSignal: AbortSignal,
): Promise<Landed | null> {
  let newest: Landed | null = null;
  let folder = prefix;
  for (let depth = 0; depth < DEPTH; depth += 1) {
    let last: string | undefined;
    let token: string | undefined;
    for (let page = 0; page < PAGES; page += 1) {
      const found = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: folder, Delimiter: '/', ContinuationToken: token }),
        { abortSignal },
      );
      for (const { Key = '', LastModified } of found.Contents ?? []) {
        const at = LastModified?.getTime() ?? 0;
        if (!newest || at > newest.at) newest = { key: Key, at };
      }
      last = found.CommonPrefixes?.at(-1)?.Prefix ?? last;
      token = found.NextContinuationToken;
      if (!token) break;
    }
    if (last === undefined) break;
    folder = last;
  }
  return newest;
}
