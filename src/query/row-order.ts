import { type RawBuilder, sql } from 'kysely';

/**
 * Rows whose columns, one after the other, come before (`<`) or behind (`>`) the values. Comparing rows as such,
 * `(a, b) < (c, d)`, is not for every engine, and the first column alone can prune.
 */
export function besidePlace(
  sign: '<' | '>',
  columns: readonly RawBuilder<unknown>[],
  values: readonly RawBuilder<unknown>[],
): RawBuilder<boolean> {
  const strictly = columns.map((column, index) => sql<boolean>`${column} ${sql.raw(sign)} ${values[index]}`);
  return strictly.reduceRight((rest, one, index) => {
    return sql<boolean>`${columns[index]} ${sql.raw(sign)}= ${values[index]} and (${one} or ${rest})`;
  });
}
