import type { Query, SqlRow, Warehouse, Writer } from '../../src/ports/warehouse.ts';

/** A statement and what the engine answered: rows, or how many were changed. */
export interface Seen {
  readonly query: Query;
  readonly answer: readonly SqlRow[] | number;
}

/** Which engine a piece of work is for, and its warehouse: the real one, or one that answers as the real one did. */
export interface On {
  readonly engine: 'duckdb' | 'snowflake';
  readonly warehouse: Warehouse;
  /** What either engine does in its own way is no part of the comparison: it is only kept among what was asked. */
  readonly inOwnWay: <T>(work: (ask: (query: Query) => void) => Promise<T>) => Promise<T>;
}

/** Both engines' statements, one beside the other; and all that were for Snowflake, its own among them. */
export interface Both {
  readonly pairs: readonly { readonly duckdb: Query; readonly snowflake: Query }[];
  readonly snowflake: readonly Query[];
}

/**
 * Does a piece of work on DuckDB, and then as on Snowflake, with each statement answered as DuckDB answered its own: the
 * same code sends the same sequence of statements whatever their dialect.
 */
export async function onBoth<T>(
  warehouse: Warehouse,
  work: (on: On) => Promise<T>,
): Promise<Both & { readonly answer: T }> {
  const seen: Seen[] = [];
  const answer = await work({
    engine: 'duckdb',
    warehouse: recording(warehouse, seen),
    inOwnWay: async (own) => {
      const before = seen.length;
      const result = await own(() => undefined);
      seen.length = before;
      return result;
    },
  });
  const same: Query[] = [];
  const all: Query[] = [];
  await work({
    engine: 'snowflake',
    warehouse: replaying(seen, (query) => {
      same.push(query);
      all.push(query);
    }),
    inOwnWay: (own) => own((query) => all.push(query)),
  });
  if (same.length !== seen.length) throw new Error(`${same.length} statements instead of ${seen.length}`);
  const pairs = seen.map(({ query }, index) => ({ duckdb: query, snowflake: same[index] as Query }));
  return { pairs, snowflake: all, answer };
}

/** Passes everything on, and keeps it. */
function recording(warehouse: Warehouse, seen: Seen[]): Warehouse {
  const keep = async <A extends Seen['answer']>(query: Query, answered: Promise<A>): Promise<A> => {
    const answer = await answered;
    seen.push({ query, answer });
    return answer;
  };
  return {
    read: (options, work) =>
      warehouse.read(options, (reader) =>
        work({
          ...reader,
          all: <R>(query: Query) => keep(query, reader.all(query)) as Promise<R[]>,
        }),
      ),
    write: (urgency, work) =>
      warehouse.write(urgency, (writer) =>
        work({
          ...writer,
          all: <R>(query: Query) => keep(query, writer.all(query)) as Promise<R[]>,
          run: (query) => keep(query, writer.run(query)),
        }),
      ),
    close: () => warehouse.close(),
  };
}

function replaying(seen: readonly Seen[], asked: (query: Query) => void): Warehouse {
  let place = 0;
  const next = (query: Query): Seen['answer'] => {
    const answered = seen[place];
    if (!answered) throw new Error(`one statement more than the other engine was sent: ${query.sql}`);
    place += 1;
    asked(query);
    return answered.answer;
  };
  const both = {
    all: async <R>(query: Query) => (next(query) as SqlRow[]).slice() as R[],
    run: async (query: Query) => next(query) as number,
  };
  const refused = (): never => {
    throw new Error('nothing is staged or streamed here');
  };
  return {
    read: (_options, work) => work({ ...both, stream: refused } as Parameters<typeof work>[0]),
    write: (_urgency, work) => work({ ...both, stageJsonLines: refused } as Writer),
    close: async () => undefined,
  };
}
