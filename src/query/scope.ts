import { type RawBuilder, sql } from 'kysely';
import type { Caller, RowScope } from '../domain/caller.ts';

const COLUMNS: readonly (readonly [keyof RowScope, string])[] = [
  ['departments', 'user_department'],
  ['environments', 'environment'],
  ['regions', 'region'],
];

/** The rows that the caller may see; a row without the value is seen only where nothing is demanded of it. */
export function inScope({ scope }: Caller, table: string): RawBuilder<boolean> {
  const conditions = COLUMNS.flatMap(([key, column]) => {
    const values = scope[key];
    if (values === null) return [];
    if (values.length === 0) return [sql<boolean>`false`];
    const ref = sql.ref(`${table}.${column}`);
    return [sql<boolean>`(${ref} in (${sql.join(values)}) and ${ref} is not null)`];
  });
  return conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}
