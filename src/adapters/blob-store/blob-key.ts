import { badInput } from '../../domain/errors.ts';

const KEY_BYTES = 1_024;
/** What file systems take as one name. */
const SEGMENT_BYTES = 255;
/** What neither a listing of S3 (XML) nor a file system shows as it is; a backslash parts folders on Windows. */
const UNFIT = /[\p{Cc}\\\uFFFE\uFFFF]/u;

/**
 * A key that both engines can hold: a relative path whose parts neither lead out of a folder nor hide in it.
 * @throws AppError BAD_USER_INPUT
 */
export function checkBlobKey(key: string): string {
  const why = refusalOf(key);
  if (why) throw badInput(`The object key ${JSON.stringify(key.slice(0, 100))} cannot be used: ${why}`);
  return key;
}

/**
 * What S3 can be asked for, whoever wrote it: `key` with what stands before it in the bucket.
 * @throws AppError BAD_USER_INPUT
 */
export function checkObjectKey(whole: string, key: string): string {
  if (key !== '' && whole.isWellFormed() && Buffer.byteLength(whole) <= KEY_BYTES) return whole;
  throw badInput(
    `An object key is 1 to ${KEY_BYTES} bytes of text, with its prefix: ${JSON.stringify(key.slice(0, 100))}`,
  );
}

/** Whether any key may begin with these folders; they end with a slash, or are none at all. */
export const isKeyFolder = (folders: string): boolean => folders === '' || refusalOf(folders.slice(0, -1)) === null;

function refusalOf(key: string): string | null {
  if (!key.isWellFormed()) return 'it holds half a character (a surrogate without its other half).';
  if (Buffer.byteLength(key) > KEY_BYTES) return `it is longer than ${KEY_BYTES} bytes. Shorten it.`;
  if (UNFIT.test(key)) return 'it holds a control character or a backslash. Leave them out.';
  for (const segment of key.split('/')) {
    if (segment === '') return 'a part of it is empty. Write parts with one slash between them, none at the ends.';
    if (segment.startsWith('.')) return 'a part of it begins with a dot. Give that part another name.';
    if (Buffer.byteLength(segment) > SEGMENT_BYTES) return `a part of it is longer than ${SEGMENT_BYTES} bytes.`;
  }
  return null;
}
