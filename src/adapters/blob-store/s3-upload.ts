import { Readable } from 'node:stream';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { badInput } from '../../domain/errors.ts';
import type { BlobBody } from './blob-body.ts';

const MIB = 1024 * 1024;
const PART_BYTES = 8 * MIB;
/** Parts on their way at once: an upload holds four parts at most, with the one that fills and its copy. */
const PARTS_AT_ONCE = 2;
/** S3's limit. */
const PARTS = 10_000;

/**
 * A body of one part is one request, a longer one a multipart upload, which is aborted when anything fails. Answers the
 * bytes. Should the abort fail too, the bucket's lifecycle rule for incomplete uploads removes the parts.
 */
export async function uploadToS3(
  client: S3Client,
  target: Omit<PutObjectCommandInput, 'Body'>,
  source: BlobBody,
): Promise<number> {
  let bytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of source.chunks) {
      bytes += chunk.length;
      if (bytes > PARTS * PART_BYTES) {
        throw badInput(`An object holds at most ${(PARTS * PART_BYTES) / MIB} MiB. Divide this one.`);
      }
      yield chunk;
    }
  }
  const upload = new Upload({
    client,
    params: { ...target, Body: Readable.from(counted(), { highWaterMark: 1 }) } as PutObjectCommandInput,
    partSize: PART_BYTES,
    queueSize: PARTS_AT_ONCE,
  });
  await upload.done();
  return bytes;
}
