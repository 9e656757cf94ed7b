import { kindOf, RefusalError } from './refusal.ts';

/** Deeper than the 32 levels that DynamoDB allows: what is below was made by something else. */
const MAX_DEPTH = 64;

/**
 * The item as JSON knows it. A number that a double cannot hold to its last digit becomes text, binary becomes base64, a
 * set becomes a sorted list: DynamoDB gives the members of one set in any order, and the same item must be the same text.
 * @throws RefusalError where a value is none that DynamoDB writes.
 */
export function readItem(image: unknown, path: readonly string[] = []): Record<string, unknown> {
  return readMap(image, path, 1);
}

function readMap(map: unknown, path: readonly string[], depth: number): Record<string, unknown> {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new RefusalError(path, `is a ${kindOf(map)} where DynamoDB has a map of attributes`);
  }
  // fromEntries and no assignment: `__proto__` is a name that an attribute may have.
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, read(value, [...path, name], depth)]));
}

function read(attribute: unknown, path: readonly string[], depth: number): unknown {
  if (depth > MAX_DEPTH) throw new RefusalError(path, `is nested deeper than ${MAX_DEPTH} levels`);
  const [type, value] = typeAndValueOf(attribute, path);
  switch (type) {
    case 'S':
      return textOf(value, path);
    case 'N':
      return readNumber(value, path);
    case 'BOOL':
      if (typeof value !== 'boolean') break;
      return value;
    case 'NULL':
      return null;
    case 'B':
      return readBinary(value, path);
    case 'M':
      return readMap(value, path, depth + 1);
    case 'L':
      return listOf(value, path).map((item, index) => read(item, [...path, String(index)], depth + 1));
    case 'SS':
      return listOf(value, path)
        .map((item) => textOf(item, path))
        .sort();
    case 'BS':
      return listOf(value, path)
        .map((item) => readBinary(item, path))
        .sort();
    case 'NS':
      return readNumberSet(value, path);
  }
  throw noAttribute(path);
}

/** Clients of the API leave the types that an attribute does not have as undefined. */
function typeAndValueOf(attribute: unknown, path: readonly string[]): readonly [string, unknown] {
  if (typeof attribute !== 'object' || attribute === null) throw noAttribute(path);
  const [given, another] = Object.entries(attribute).filter(([, value]) => value !== undefined);
  if (!given || another) throw noAttribute(path);
  return given;
}

const noAttribute = (path: readonly string[]): RefusalError =>
  new RefusalError(path, 'is no attribute value as DynamoDB writes them');

function textOf(value: unknown, path: readonly string[]): string {
  if (typeof value !== 'string') throw noAttribute(path);
  return value;
}

function listOf(value: unknown, path: readonly string[]): readonly unknown[] {
  if (!Array.isArray(value)) throw noAttribute(path);
  return value;
}

/** Lambda gives base64, the API gives bytes. */
const readBinary = (value: unknown, path: readonly string[]): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : textOf(value, path);

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

function readNumber(value: unknown, path: readonly string[]): number | string {
  const text = textOf(value, path);
  if (!DECIMAL.test(text)) throw noAttribute(path);
  const number = Number(text);
  const isKept = Number.isSafeInteger(number) || (Number.isFinite(number) && !Number.isInteger(number));
  return isKept && digitsOf(text) === digitsOf(String(number)) ? number : text;
}

/** Sign, significant digits and exponent: equal for equal numbers, however they are written. */
function digitsOf(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) as unknown as string[];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign === '-' ? '-' : ''}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

function readNumberSet(value: unknown, path: readonly string[]): readonly (number | string)[] {
  const texts = listOf(value, path).map((item) => textOf(item, path));
  return texts.sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1)).map((text) => readNumber(text, path));
}
