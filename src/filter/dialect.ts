import { type RawBuilder, sql } from 'kysely';
import type { MetadataPath } from './metadata-path.ts';

/** What engines spell differently. Every function is null where its text is null; nothing in a text is a wildcard. */
export interface FilterDialect {
  startsWith(text: RawBuilder<unknown>, value: string): RawBuilder<boolean>;
  endsWith(text: RawBuilder<unknown>, value: string): RawBuilder<boolean>;
  contains(text: RawBuilder<unknown>, value: string): RawBuilder<boolean>;
  /** A-Z become a-z and nothing else changes, as foldCase does. */
  foldCase(text: RawBuilder<unknown>): RawBuilder<string | null>;
  /**
   * The value at a path of a JSON column: a text as it is, anything else as its JSON text, null where absent or null.
   * The path is a literal, so that the same expression can be selected and grouped by.
   */
  jsonText(json: RawBuilder<unknown>, path: MetadataPath): RawBuilder<string | null>;
  /** How many bytes of UTF-8 the text of a JSON column has. */
  jsonBytes(json: RawBuilder<unknown>): RawBuilder<number | null>;
}

export const duckdbDialect: FilterDialect = {
  startsWith: (text, value) => sql<boolean>`starts_with(${text}, ${value})`,
  endsWith: (text, value) => sql<boolean>`ends_with(${text}, ${value})`,
  contains: (text, value) => sql<boolean>`contains(${text}, ${value})`,
  // lower() changes letters of every alphabet and translate() takes thirty times as long: each where it is right.
  foldCase: (text) =>
    sql`case when strlen(${text}) = length(${text}) then lower(${text}) else translate(${text}, ${UPPER}, ${LOWER}) end`,
  jsonText: (json, path) => {
    const runs = duckdbPaths(path);
    const last = sql.lit(runs[runs.length - 1] ?? '');
    const inner = runs.slice(0, -1).reduce((within, run) => sql`json_extract(${within}, ${sql.lit(run)})`, json);
    return sql<string | null>`json_extract_string(${inner}, ${last})`;
  },
  jsonBytes: (json) => sql`strlen(${json})`,
};

const UPPER = sql.lit('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const LOWER = sql.lit('abcdefghijklmnopqrstuvwxyz');

/**
 * DuckDB has two notations, and neither says everything: in a JSON pointer a key of digits also means an array element,
 * and `$."…"` cannot write a key with a quote, one that ends in a backslash, or the key `*`. Pointers are a third faster, so
 * they are used wherever nothing can be mistaken; a path that needs both is read in runs, one inside the other.
 */
function duckdbPaths(path: MetadataPath): readonly string[] {
  if (!path.some(looksLikeElement)) return [pointer(path)];
  if (path.every((step) => !needsPointer(step))) return [jsonPath(path)];
  const runs: { element: boolean; steps: (string | number)[] }[] = [];
  for (const step of path) {
    const element = looksLikeElement(step);
    const run = runs[runs.length - 1];
    if (run?.element === element) run.steps.push(step);
    else runs.push({ element, steps: [step] });
  }
  return runs.map((run) => (run.element ? jsonPath(run.steps) : pointer(run.steps)));
}

const looksLikeElement = (step: string | number): boolean => typeof step === 'number' || /^\d+$/.test(step);
const needsPointer = (step: string | number): boolean => typeof step === 'string' && !/^\w+$/.test(step);

const pointer = (steps: MetadataPath): string =>
  steps.map((step) => `/${String(step).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');

const jsonPath = (steps: MetadataPath): string =>
  `$${steps.map((step) => (typeof step === 'number' ? `[${step}]` : `."${step}"`)).join('')}`;
