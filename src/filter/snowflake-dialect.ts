import { type RawBuilder, sql } from 'kysely';
import type { FilterDialect } from './dialect.ts';
import type { MetadataPath } from './metadata-path.ts';

/** A number that VARIANT keeps as a double is spelled by Snowflake's own rules, not as in our canonical text. */
export const snowflakeDialect: FilterDialect = {
  startsWith: (text, value) => sql<boolean>`startswith(${text}, ${value})`,
  endsWith: (text, value) => sql<boolean>`endswith(${text}, ${value})`,
  contains: (text, value) => sql<boolean>`contains(${text}, ${value})`,
  foldCase: (text) => sql`translate(${text}, ${UPPER}, ${LOWER})`,
  // The cast gives a text as it is, a number, truth value, object or array as JSON text, and null for JSON's null.
  jsonText: (json, path) => sql<string | null>`cast(${valueAt(json, path)} as varchar)`,
  jsonBytes: (json) => sql`octet_length(to_json(${json}))`,
};

const UPPER = sql.lit('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const LOWER = sql.lit('abcdefghijklmnopqrstuvwxyz');

/**
 * get_path reads a part of the column without the rest, but its path can write plain words and elements only; any other
 * key goes through get, which takes a key as it is. Neither takes a key for an element or an element for a key.
 */
function valueAt(json: RawBuilder<unknown>, path: MetadataPath): RawBuilder<unknown> {
  let value = json;
  let run = '';
  const close = (): void => {
    if (run !== '') value = sql`get_path(${value}, ${sql.lit(run)})`;
    run = '';
  };
  for (const step of path) {
    if (typeof step === 'number') {
      // A path cannot begin with an element.
      if (run === '') value = sql`get(${value}, ${sql.lit(step)})`;
      else run += `[${step}]`;
    } else if (PLAIN_WORD.test(step)) {
      run += run === '' ? step : `.${step}`;
    } else {
      close();
      value = sql`get(${value}, ${literal(step)})`;
    }
  }
  close();
  return value;
}

const PLAIN_WORD = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A backslash begins an escape in Snowflake's texts. */
const literal = (text: string): RawBuilder<string> => sql.lit(text.replaceAll('\\', '\\\\'));
