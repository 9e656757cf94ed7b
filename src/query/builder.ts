import {
  type CompiledQuery,
  DefaultQueryCompiler,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  type QueryExecutorProvider,
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

/** A select of `db`, which ignores the argument, or SQL text of kysely, which needs it. */
interface Compilable {
  compile(executor: QueryExecutorProvider): CompiledQuery<unknown>;
}

export function toQuery(select: Compilable): Query {
  const { sql, parameters } = select.compile(db);
  // What is put into a select here is text, a number, a boolean, a Date or null.
  return { sql, parameters: parameters as readonly SqlValue[] };
}
