import { type AppError, badInput } from '../domain/errors.ts';

/** Steps from the metadata object inwards: a key is a string, an element of an array a number. */
export type MetadataPath = readonly (string | number)[];

/** In UTF-16 units, and in steps. */
const METADATA_PATH_LIMITS = { maxLength: 512, maxSteps: 16 } as const;

const PLAIN_WORD = /[\p{L}\p{M}\p{N}_-]+/uy;
const QUOTED_KEY = /"((?:[^"\\]|\\["\\])*)"/uy;
/** Nine digits: more elements than any event can hold, and within every engine's integers. */
const ELEMENT = /\[(0|[1-9]\d{0,8})\]/uy;
const UNSTORABLE = /\p{Surrogate}|\0/u;

/**
 * Reads a path such as `requestParameters.bucketName`, `annotations."authorization.k8s.io/decision"` or `target[0].id`.
 * A key that is not a plain word (letters, digits, `_`, `-`) stands in double quotes, where `\"` is a quote and `\\` a backslash.
 * A key never means an array element nor an element a key: `a."0"` and `a[0]` are different places.
 * @throws AppError BAD_USER_INPUT that says at which character the path goes wrong.
 */
export function parseMetadataPath(path: string, inputPath?: readonly (string | number)[]): MetadataPath {
  const wrong = (message: string): AppError => badInput(`The metadata path ${quoted(path)} ${message}`, inputPath);
  const { maxLength, maxSteps } = METADATA_PATH_LIMITS;
  if (path === '')
    throw badInput('A metadata path is empty; name a key, for example requestParameters.bucketName.', inputPath);
  if (path.length > maxLength)
    throw badInput(`A metadata path has ${path.length} characters; the limit is ${maxLength}.`, inputPath);
  if (UNSTORABLE.test(path)) throw wrong('holds U+0000 or half of a surrogate pair, which no stored key can hold.');

  const steps: (string | number)[] = [];
  let at = 0;
  while (at < path.length) {
    if (path[at] === '[' && steps.length > 0) {
      const element = match(ELEMENT, path, at);
      if (!element) throw wrong(elementFault(path, at));
      steps.push(Number(element[1]));
      at += element[0].length;
    } else {
      if (steps.length > 0) {
        if (path[at] !== '.') throw wrong(`needs a "." or a "[" at character ${at + 1}. ${QUOTING}`);
        at += 1;
      }
      const key = readKey(path, at);
      if (!key) throw wrong(keyFault(path, at));
      steps.push(key.name);
      at += key.length;
    }
    if (steps.length > maxSteps) throw wrong(`has more than ${maxSteps} steps, which is the limit.`);
  }
  return steps;
}

const QUOTING = 'A key that is not a plain word stands in double quotes: annotations."example.org/owner".';

function readKey(path: string, at: number): { name: string; length: number } | null {
  const plain = match(PLAIN_WORD, path, at);
  if (plain) return { name: plain[0], length: plain[0].length };
  const key = match(QUOTED_KEY, path, at);
  if (!key?.[1]) return null;
  return { name: key[1].replace(/\\(["\\])/g, '$1'), length: key[0].length };
}

function keyFault(path: string, at: number): string {
  if (at === path.length) return 'ends with a "."; a key must follow it.';
  if (path.startsWith('""', at)) return `has an empty key at character ${at + 1}.`;
  if (path[at] === '"')
    return `has a quoted key at character ${at + 1} that is not closed, or holds a "\\" before something else than '"' or "\\".`;
  if (path[at] === '[' && at === 0)
    return 'begins with an element; metadata is an object, so a path begins with a key.';
  if (path[at] === '[') return `has an element after a "." at character ${at + 1}; write a[0].`;
  return `needs a key at character ${at + 1}. ${QUOTING}`;
}

function elementFault(path: string, at: number): string {
  if (path.startsWith('[*]', at))
    return `has "[*]" at character ${at + 1}, which is reserved; name one element, for example [0].`;
  return `needs an element such as [0] at character ${at + 1}: at most nine digits, without a sign or leading zeros.`;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const quoted = (path: string): string => (path.length > 80 ? `${path.slice(0, 80)}…` : path);
