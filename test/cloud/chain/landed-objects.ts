import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';

/** Every line of every object of a bucket under a prefix, in the order of the keys. */
export async function readLandedLines(s3: S3Client, bucket: string, prefix: string): Promise<string[]> {
  const lines: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token && { ContinuationToken: token }) }),
    );
    for (const { Key: key } of page.Contents ?? []) {
      const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const text = (await body?.transformToString()) ?? '';
      lines.push(...text.split('\n').filter((line) => line !== ''));
    }
    token = page.NextContinuationToken;
  } while (token);
  return lines;
}
