import {
  DefaultQueryCompiler,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  type RawBuilder,
  type SelectQueryBuilder,
} from 'kysely';
import type { Query, SqlValue } from '../ports/warehouse.ts';
import type { Tables } from './tables.ts';

/** Values become `?`, names stand in double quotes: what DuckDB and Snowflake both take. */
class QuestionMarkCompiler extends DefaultQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '?';
  }
}

/** Builds SQL and never runs it: the warehouse does that. */
export const db = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (owner) => new PostgresIntrospector(owner),
    createQueryCompiler: () => new QuestionMarkCompiler(),
  },
});

// biome-ignore lint/suspicious/noExplicitAny: any select may be compiled, whatever it reads.
type AnySelect = SelectQueryBuilder<any, any, any>;

export function toQuery(select: AnySelect | RawBuilder<unknown>): Query {
  const compiled =
    'toOperationNode' in select && 'execute' in select && 'as' in select && !('where' in select)
      ? (select as RawBuilder<unknown>).compile(db)
      : (select as AnySelect).compile();
  return { sql: compiled.sql, parameters: compiled.parameters as readonly SqlValue[] };
}
