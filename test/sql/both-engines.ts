import type { Query, SqlRow, Warehouse, Writer } from '../../src/ports/warehouse.ts';

/** A statement and what the engine answered: rows, or how many were changed. */
export interface Seen {
  readonly query: Query;
  readonly answer: readonly SqlRow[] | number;
}

/** Passes everything on, and keeps it. */
export function recording(warehouse: Warehouse, seen: Seen[]): Warehouse {
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

/**
 * Answers one statement after the other as another engine answered its own, and keeps what it is asked: the same code
 * sends the same sequence of statements whatever their dialect.
 */
export function replaying(seen: readonly Seen[], asked: Query[]): Warehouse {
  const next = (query: Query): Seen['answer'] => {
    const answered = seen[asked.length];
    if (!answered) throw new Error(`one statement more than the other engine was sent: ${query.sql}`);
    asked.push(query);
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
