import {
  type _Object,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

export interface LandedObject {
  readonly key: string;
  readonly text: string;
}

/** Every object of a bucket under a prefix, in the order of the keys. */
export async function readLandedObjects(s3: S3Client, bucket: string, prefix: string): Promise<LandedObject[]> {
  const objects: LandedObject[] = [];
  const read = async ({ Key: key = '' }: _Object): Promise<LandedObject> => {
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return { key, text: (await body?.transformToString()) ?? '' };
  };
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token && { ContinuationToken: token }) }),
    );
    for (const part of inParts(page.Contents ?? [])) objects.push(...(await Promise.all(part.map(read))));
    token = page.NextContinuationToken;
  } while (token);
  return objects;
}

/** No more at once than the client has connections. */
const inParts = <T>(items: readonly T[], size = 32): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, part) => items.slice(part * size, (part + 1) * size));

/** Every line of them. */
export const readLandedLines = async (s3: S3Client, bucket: string, prefix: string): Promise<string[]> =>
  (await readLandedObjects(s3, bucket, prefix)).flatMap(({ text }) => text.split('\n').filter((line) => line !== ''));

/** Takes an object away, as if it had not been delivered yet; answers what delivers it, each time under another name. */
export async function holdBack(
  s3: S3Client,
  bucket: string,
  { key, text }: LandedObject,
): Promise<() => Promise<void>> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  let deliveries = 0;
  return async () => {
    deliveries += 1;
    const name = key.replace('.ndjson', `-late-${deliveries}.ndjson`);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: text }));
  };
}
