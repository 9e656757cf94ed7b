import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { AppError } from '../../domain/errors.ts';

/** Requests in a row that bring not one byte more. */
const FRUITLESS = 3;
const CHUNK_BYTES = 64 * 1024;

/** The whole object or an error: a connection that breaks is followed by a request for the rest of the same object. */
export async function downloadFromS3(
  client: S3Client,
  input: GetObjectCommandInput,
  translated: (cause: unknown) => AppError,
): Promise<Readable> {
  const first = await client.send(new GetObjectCommand(input));
  const total = first.ContentLength;
  let body = watched(first.Body as Readable);
  const isWhole = (bytes: number): boolean => total === undefined || bytes >= total;

  const rest = async (from: number): Promise<Readable> => {
    const next = await client.send(
      new GetObjectCommand({ ...input, Range: `bytes=${from}-`, ...(first.ETag && { IfMatch: first.ETag }) }),
    );
    if (next.ETag === first.ETag) return watched(next.Body as Readable);
    (next.Body as Readable).destroy();
    throw replaced(input);
  };

  async function* chunks(): AsyncGenerator<Buffer> {
    let bytes = 0;
    let fruitless = 0;
    let source = body[Symbol.asyncIterator]();
    for (;;) {
      const read = await settled(source.next());
      if (stream.destroyed) return;
      if ('value' in read && !read.done) {
        bytes += read.value.length;
        fruitless = 0;
        yield read.value;
        continue;
      }
      if ('value' in read && isWhole(bytes)) return;
      fruitless += 1;
      // With all bytes there, it is their checksum that was wrong.
      if (isWhole(bytes) || fruitless === FRUITLESS) throw broken(input, 'value' in read ? undefined : read.cause);
      body.destroy();
      try {
        body = await rest(bytes);
      } catch (cause) {
        throw translated(cause);
      }
      source = body[Symbol.asyncIterator]();
    }
  }

  const stream = Readable.from(chunks(), { objectMode: false, highWaterMark: CHUNK_BYTES });
  return stream.once('close', () => body.destroy());
}

type Settled = { readonly value: Buffer; readonly done?: boolean } | { readonly cause: unknown };

/** Apart from what is thrown at the `yield`: a reader that gives up is no broken connection. */
const settled = (next: Promise<IteratorResult<Buffer>>): Promise<Settled> =>
  next.catch((cause: unknown) => ({ cause }));

/** One that breaks while nobody reads from it must not end the process; the next read says so. */
const watched = (body: Readable): Readable => body.on('error', () => undefined);

const broken = ({ Bucket, Key }: GetObjectCommandInput, cause: unknown): AppError =>
  new AppError(
    'WAREHOUSE_UNAVAILABLE',
    `The object ${Key} of the bucket ${Bucket} came damaged or not to its end. Read it again.`,
    { cause, retryable: true },
  );

const replaced = ({ Bucket, Key }: GetObjectCommandInput): AppError =>
  new AppError(
    'WAREHOUSE_UNAVAILABLE',
    `The object ${Key} of the bucket ${Bucket} was replaced while it was read. Read it again.`,
    { retryable: true },
  );
