import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { badInput } from '../../domain/errors.ts';
import type { BlobEntry, BlobStore } from '../../ports/blob-store.ts';
import { readBody } from './blob-body.ts';
import { checkBlobKey, checkObjectKey } from './blob-key.ts';
import { downloadFromS3 } from './s3-download.ts';
import { translateS3Error } from './s3-errors.ts';
import { uploadToS3 } from './s3-upload.ts';

export interface S3BlobStoreOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** Stands before every key, and ends with a slash: several stores may share a bucket. */
  readonly prefix?: string;
  readonly encryption: S3Encryption;
}

/** At rest, by S3: with a key of its own, or with one of KMS (`keyId` null: the bucket's default key). */
export type S3Encryption = { readonly kind: 'SSE_S3' } | { readonly kind: 'SSE_KMS'; readonly keyId: string | null };

const PAGE = 1_000;
/** S3's limit: seven days. */
const LINK_SECONDS = 7 * 24 * 60 * 60;

/**
 * Objects in a bucket. What others put there is read whatever its key; what is written has a key that a directory could
 * hold too. A link ends with the credentials that signed it, which for a role is after some hours at most.
 */
export function createS3BlobStore({ client, bucket, prefix = '', encryption }: S3BlobStoreOptions): BlobStore {
  if (prefix !== '' && !prefix.endsWith('/')) throw badInput(`The prefix ${prefix} must end with a slash.`);
  const place = (key: string) => ({ Bucket: bucket, Key: checkObjectKey(`${prefix}${key}`, key) });
  const translating = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw translateS3Error(cause, bucket, key);
    }
  };

  return {
    put: async (key, body, { contentType } = {}) => {
      const source = readBody(body);
      try {
        const target = { ...place(checkBlobKey(key)), ...encrypted(encryption) };
        return await uploadToS3(client, contentType ? { ...target, ContentType: contentType } : target, source);
      } catch (cause) {
        source.discard();
        const failure = source.failure();
        throw failure ? failure.cause : translateS3Error(cause, bucket, key);
      }
    },
    get: (key) =>
      translating(key, () => downloadFromS3(client, place(key), (cause) => translateS3Error(cause, bucket, key))),
    head: (key) =>
      translating(key, async () => {
        try {
          const found = await client.send(new HeadObjectCommand(place(key)));
          return { key, bytes: found.ContentLength ?? 0, modifiedAt: found.LastModified?.getTime() ?? 0 };
        } catch (cause) {
          if (!isNotFound(cause)) throw cause;
          // An answer without a body does not say whether it is the object or the bucket that is not there.
          await client.send(new HeadBucketCommand({ Bucket: bucket })).catch((error: unknown) => {
            throw isNotFound(error)
              ? Object.assign(new Error('no bucket', { cause: error }), { name: 'NoSuchBucket' })
              : error;
          });
          return null;
        }
      }),
    list: (keyPrefix, { after = '', limit = PAGE } = {}) =>
      translating(keyPrefix, async () => {
        const found: BlobEntry[] = [];
        for (let last = after; found.length < limit; ) {
          const page = await client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: `${prefix}${keyPrefix}`,
              MaxKeys: Math.min(PAGE, limit - found.length),
              ...(last !== '' && { StartAfter: `${prefix}${last}` }),
            }),
          );
          for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
            last = Key.slice(prefix.length);
            found.push({ key: last, bytes: Size, modifiedAt: LastModified?.getTime() ?? 0 });
          }
          if (!page.IsTruncated || !page.Contents?.length) break;
        }
        return found;
      }),
    remove: (key) => translating(key, async () => void (await client.send(new DeleteObjectCommand(place(key))))),
    link: async (key, expiresInSeconds) => {
      if (!(expiresInSeconds >= 1 && expiresInSeconds <= LINK_SECONDS)) {
        throw badInput(`A link is valid for 1 to ${LINK_SECONDS} seconds, not for ${expiresInSeconds}.`);
      }
      const expiresIn = Math.floor(expiresInSeconds);
      return translating(key, () => getSignedUrl(client, new GetObjectCommand(place(key)), { expiresIn }));
    },
  };
}

function encrypted(encryption: S3Encryption): Partial<PutObjectCommandInput> {
  if (encryption.kind === 'SSE_S3') return { ServerSideEncryption: 'AES256' };
  // With a bucket key KMS is asked, and paid, once in a while and not for every object.
  const kms = { ServerSideEncryption: 'aws:kms', BucketKeyEnabled: true } as const;
  return encryption.keyId === null ? kms : { ...kms, SSEKMSKeyId: encryption.keyId };
}

const isNotFound = (cause: unknown): boolean =>
  (cause as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404;
