import {
  GetBucketEncryptionCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  type PublicAccessBlockConfiguration,
  type S3Client,
  type ServerSideEncryptionRule,
} from '@aws-sdk/client-s3';
import { about, type Check, type Checkup, type Finding } from '../../ports/checkup.ts';
import { translateS3Error } from './s3-errors.ts';

export interface S3Needs {
  /** Ended by `close`. */
  readonly client: S3Client;
  readonly bucket: string;
  /** What objects are written with; null for S3's own key. */
  readonly kmsKeyId: string | null;
}

/** The bucket for whole files: whether it is there, and how what is in it is kept. Writes nothing. */
export function s3Checks({ client, bucket, kmsKeyId }: S3Needs): Checkup {
  const place = { Bucket: bucket };
  /** What the gateway itself never asks, so that its role need not be able to; some endpoints do not tell it. */
  const setting = (subject: string, right: string, look: (signal: AbortSignal) => Promise<Finding>): Check => ({
    subject,
    run: async (signal) => {
      const { skip } = about(subject);
      return [
        await look(signal).catch((error: unknown) =>
          skip(
            isStatus(error, 403)
              ? `was not told. To see it here, allow this role ${right}.`
              : `was not told (${(error as Error).name})`,
          ),
        ),
      ];
    },
  });

  return {
    checks: [
      {
        subject: 'S3 bucket',
        run: async (abortSignal) => {
          await client.send(new HeadBucketCommand(place), { abortSignal }).catch((error: unknown) => {
            // Its answer has no body that could say so.
            const cause = isStatus(error, 404)
              ? Object.assign(new Error('no bucket', { cause: error }), { name: 'NoSuchBucket' })
              : error;
            throw translateS3Error(cause, bucket, '');
          });
          return [about('S3 bucket').ok(`${bucket} is there`)];
        },
      },
      setting('S3 encryption', 's3:GetEncryptionConfiguration', async (abortSignal) => {
        const found = await client.send(new GetBucketEncryptionCommand(place), { abortSignal });
        return judgeEncryption(found.ServerSideEncryptionConfiguration?.Rules, kmsKeyId);
      }),
      setting('S3 public access', 's3:GetBucketPublicAccessBlock', async (abortSignal) => {
        const found = await client.send(new GetPublicAccessBlockCommand(place), { abortSignal }).catch(noneSet);
        return judgePublicAccess(found.PublicAccessBlockConfiguration);
      }),
      setting('S3 versioning', 's3:GetBucketVersioning', async (abortSignal) => {
        const { Status } = await client.send(new GetBucketVersioningCommand(place), { abortSignal });
        const { ok } = about('S3 versioning');
        return ok(
          Status === 'Enabled'
            ? 'is on: what is replaced or deleted stays until a lifecycle rule ends it'
            : 'is off: what is replaced or deleted is gone at once. Turn it on where that is too soon.',
        );
      }),
    ],
    close: async () => client.destroy(),
  };
}

const isStatus = (error: unknown, status: number): boolean =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === status;

/** A bucket that was never given any answers by an error. */
function noneSet(error: unknown): { PublicAccessBlockConfiguration?: PublicAccessBlockConfiguration } {
  if ((error as Error).name === 'NoSuchPublicAccessBlockConfiguration') return {};
  throw error;
}

export function judgeEncryption(rules: readonly ServerSideEncryptionRule[] = [], kmsKeyId: string | null): Finding {
  const { ok, warn } = about('S3 encryption');
  const byDefault = rules.map((rule) => rule.ApplyServerSideEncryptionByDefault).find((found) => found !== undefined);
  if (!byDefault)
    return warn('is off by default. Set a default encryption: what else is put there stays in the clear.');
  const key = byDefault.KMSMasterKeyID;
  if (byDefault.SSEAlgorithm !== 'AES256' && kmsKeyId === null) {
    return warn(
      `${byDefault.SSEAlgorithm} by default, but the gateway asks for S3's own key, which such a bucket may refuse. ` +
        `Set TRAILGATE_S3_KMS_KEY${key ? ` to ${key}` : ''}.`,
    );
  }
  return ok(key ? `${byDefault.SSEAlgorithm} by default, with ${key}` : `${byDefault.SSEAlgorithm} by default`);
}

export function judgePublicAccess(block: PublicAccessBlockConfiguration = {}): Finding {
  const { ok, warn } = about('S3 public access');
  const isBlocked =
    block.BlockPublicAcls && block.IgnorePublicAcls && block.BlockPublicPolicy && block.RestrictPublicBuckets;
  return isBlocked
    ? ok('is blocked')
    : warn('is not wholly blocked by the bucket. Block it (all four settings), unless the whole account does.');
}
