import type { MetadataPath } from './metadata-path.ts';

/** What has metadata: canonical JSON text of an object, or null. */
export interface MetadataHolder {
  readonly metadata: string | null;
}

/**
 * The value at a path as filters compare it: a text as it is, numbers and booleans as JSON text, objects and arrays as their
 * part of the stored text; null where absent or null. However many filters ask, an event's metadata is parsed once.
 */
export function metadataText(holder: MetadataHolder, path: MetadataPath): string | null {
  if (holder.metadata === null) return null;
  const value = valueAt(parsedMetadata(holder, holder.metadata), path);
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? textAt(holder.metadata, path) : JSON.stringify(value);
}

const parsedByHolder = new WeakMap<MetadataHolder, unknown>();

function parsedMetadata(holder: MetadataHolder, text: string): unknown {
  const known = parsedByHolder.get(holder);
  if (known !== undefined) return known;
  const parsed: unknown = JSON.parse(text);
  parsedByHolder.set(holder, parsed);
  return parsed;
}

function valueAt(root: unknown, path: MetadataPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) !== (typeof step === 'number') || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/**
 * The slice of compact JSON text that holds the value at a path known to exist. Cut out of the stored text rather than
 * written again, because JavaScript moves keys such as "10" to the front and engines compare what is stored.
 */
function textAt(text: string, path: MetadataPath): string {
  let at = 0;
  for (const step of path) at = typeof step === 'number' ? elementStart(text, at, step) : memberStart(text, at, step);
  return text.slice(at, valueEnd(text, at));
}

function memberStart(text: string, object: number, name: string): number {
  let key = object + 1;
  for (;;) {
    const colon = stringEnd(text, key);
    if (JSON.parse(text.slice(key, colon)) === name) return colon + 1;
    key = valueEnd(text, colon + 1) + 1;
  }
}

function elementStart(text: string, array: number, index: number): number {
  let at = array + 1;
  for (let passed = 0; passed < index; passed += 1) at = valueEnd(text, at) + 1;
  return at;
}

function valueEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  for (;;) {
    const char = text[at];
    if (char === '"') {
      at = stringEnd(text, at);
    } else {
      if (char === undefined || (depth === 0 && (char === ',' || char === '}' || char === ']'))) return at;
      if (char === '{' || char === '[') depth += 1;
      if (char === '}' || char === ']') depth -= 1;
      at += 1;
    }
    if (depth === 0 && (char === '"' || char === '}' || char === ']')) return at;
  }
}

function stringEnd(text: string, start: number): number {
  // Anything but compact JSON would send the search past its end.
  if (text[start] !== '"') throw new Error('stored metadata is not compact JSON');
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
