/** What the rules for metadata say about a JSON value, and where its scalars lie: written from the rules, not with the code. */

export type Step = string | number;

export interface Fault {
  readonly path: readonly string[];
  /** Words that the gateway's message must hold. */
  readonly rule: string;
}

/** The first rule that a record breaks, its keys taken in order of UTF-16; null when it may be stored. */
export function faultOf(record: unknown): Fault | null {
  return faultIn(record, []);
}

function faultIn(value: unknown, path: readonly string[]): Fault | null {
  if (typeof value === 'string') return textFault(value, path);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return { path, rule: 'too large for a double' };
    const loses = Number.isInteger(value) && !Number.isSafeInteger(value);
    return loses ? { path, rule: 'beyond 2^53 - 1' } : null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (path.length >= 64) return { path, rule: 'nested deeper than 64' };
  const entries = Array.isArray(value) ? value.map((item, index) => [String(index), item] as const) : sorted(value);
  for (const [key, item] of entries) {
    const inside = [...path, key];
    if (key === '__proto__') return { path: inside, rule: 'not allowed' };
    const fault = textFault(key, inside) ?? faultIn(item, inside);
    if (fault) return fault;
  }
  return null;
}

const sorted = (value: object): [string, unknown][] => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));

function textFault(text: string, path: readonly string[]): Fault | null {
  if (!text.isWellFormed()) return { path, rule: 'surrogate' };
  return text.includes('\0') ? { path, rule: 'U+0000' } : null;
}

/** Where a scalar lies in one of the records, and in none an object or a list; sorted as text. */
export function leafPathsOf(records: readonly unknown[]): Step[][] {
  const leaves = new Map<string, Step[]>();
  const branches = new Set<string>();
  const walk = (value: unknown, path: Step[]): void => {
    if (typeof value !== 'object' || value === null) {
      if (value !== null && path.length <= 16 && !path.includes('')) leaves.set(pathText(path), path);
      return;
    }
    branches.add(pathText(path));
    const entries: [Step, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
    for (const [step, item] of entries) walk(item, [...path, step]);
  };
  for (const record of records) walk(record, []);
  return [...leaves]
    .filter(([text]) => text.length <= 512 && !branches.has(text))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, path]) => path);
}

/** The path in the words of MetadataFilter. */
export const pathText = (path: readonly Step[]): string =>
  path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const key = /^[A-Za-z0-9_-]+$/.test(step) ? step : `"${step.replace(/["\\]/g, '\\$&')}"`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');

/** The scalar there as the filter compares it; null where there is none. A step of another kind finds nothing. */
export function textAt(record: unknown, path: readonly Step[]): string | null {
  let value = record;
  for (const step of path) {
    const fits = typeof step === 'number' ? Array.isArray(value) : typeof value === 'object' && !Array.isArray(value);
    if (!fits || value === null || !Object.hasOwn(value as object, step)) return null;
    value = (value as Record<Step, unknown>)[step];
  }
  if (value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
