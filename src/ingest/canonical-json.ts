import { LIMITS } from '../domain/audit-event.ts';

/** What is wrong with a value inside metadata, and where. */
export class UncanonicalError extends Error {
  readonly path: string[] = [];
}

/**
 * One walk that checks a JSON value and writes it: object keys sorted by UTF-16 code units, no white space, numbers as
 * JSON.stringify writes them, control characters as \u00XX in upper case (what DuckDB writes too, so that the text
 * survives a load). Equal content gives equal text, whatever the order of its keys.
 * @throws UncanonicalError with the path of the first fault.
 */
export function writeCanonicalJson(value: unknown): string {
  return write(value, 1);
}

function write(value: unknown, depth: number): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return writeText(value);
    case 'number':
      return writeNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (depth > LIMITS.maxMetadataDepth) {
        throw new UncanonicalError(`is nested deeper than ${LIMITS.maxMetadataDepth} levels; flatten it`);
      }
      return Array.isArray(value) ? writeList(value, depth) : writeObject(value as Record<string, unknown>, depth);
    default:
      throw new UncanonicalError(`is a ${typeof value}, which JSON does not have`);
  }
}

function writeList(list: readonly unknown[], depth: number): string {
  let text = '[';
  let index = 0;
  try {
    for (; index < list.length; index += 1) text += `${index > 0 ? ',' : ''}${write(list[index], depth + 1)}`;
  } catch (error) {
    throw under(error, String(index));
  }
  return `${text}]`;
}

function writeObject(object: Record<string, unknown>, depth: number): string {
  const keys = Object.keys(object);
  if (keys.length > 1) keys.sort();
  let text = '';
  let at = '';
  try {
    for (const key of keys) {
      at = key;
      if (key === '__proto__') throw new UncanonicalError('is a key that is not allowed; rename it');
      const value = object[key];
      if (value !== undefined) text += `${text === '' ? '{' : ','}${writeText(key)}:${write(value, depth + 1)}`;
    }
  } catch (error) {
    throw under(error, at);
  }
  return text === '' ? '{}' : `${text}}`;
}

function under(error: unknown, step: string): unknown {
  if (error instanceof UncanonicalError) error.path.unshift(step);
  return error;
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new UncanonicalError('is a number too large for a double; send it as text');
  if (Number.isInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new UncanonicalError('is an integer beyond 2^53 - 1, which would lose digits; send it as text');
  }
  return JSON.stringify(value);
}

/** Printable ASCII but for the quote and the backslash: what most text is, and its own JSON. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** True for text that may stand between quotes as it is. */
export const isPlainText = (text: string): boolean => PLAIN.test(text);

/** @throws UncanonicalError for text that cannot be kept. */
function writeText(text: string): string {
  if (isPlainText(text)) return `"${text}"`;
  const fault = textFault(text);
  if (fault) throw new UncanonicalError(fault);
  const written = JSON.stringify(text);
  // Only control characters without a short form are written as \u00xx: they are rare.
  return written.includes('\\u00')
    ? written.replace(
        /(?<!\\)((?:\\\\)*)\\u00([01][0-9a-f])/g,
        (_all, before: string, hex: string) => `${before}\\u00${hex.toUpperCase()}`,
      )
    : written;
}

/** Why a string cannot be kept, or null. A lone surrogate or U+0000 would make every later look into metadata fail. */
export function textFault(text: string): string | null {
  if (!text.isWellFormed()) return 'holds half of a surrogate pair, which is no Unicode text; remove it';
  if (text.includes('\u0000')) return 'holds the character U+0000; remove it';
  return null;
}
