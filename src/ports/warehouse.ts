/**
 * The warehouse: rows in, questions out. One writer at a time, in order of urgency; readers beside it.
 * SQL text is the caller's, with `?` for each value, so that one text serves every engine (sql/).
 */
export interface Warehouse {
  /**
   * Runs `work`, which only reads. Each statement sees one moment: what was committed before it began, whole. On DuckDB
   * all statements of a read see the same moment. Snowflake has no such transaction: a later statement may see commits
   * that an earlier one did not. So whoever needs one moment over several statements reads `dataAsOf` first and asks for
   * rows received before it: of the mart of events these do not change any more, but by retention. What cells and totals
   * answer may be newer than the `dataAsOf` beside it there, never older.
   * @throws AppError TOO_COSTLY when it takes longer than `timeoutMs` (the statement is cancelled in the engine),
   * WAREHOUSE_UNAVAILABLE when the engine fails.
   */
  read<T>(options: ReadOptions, work: (reader: Reader) => Promise<T>): Promise<T>;
  /**
   * Runs `work` in one write transaction, after those more urgent; rolled back when it throws.
   * @throws what `work` throws. Where an engine is reached over a network, the answer to the commit may be lost: then it
   * throws although the rows may stand. Whoever tries again looks first (a position, a version) at what is there.
   */
  write<T>(urgency: WriteUrgency, work: (writer: Writer) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** From most to least urgent. */
export const WRITE_URGENCIES = ['violations', 'load', 'refresh', 'retention', 'metrics', 'migrations'] as const;
export type WriteUrgency = (typeof WRITE_URGENCIES)[number];

export interface ReadOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Name of the operation that asks; an engine that keeps a history of statements notes it there. */
  readonly operation?: string;
}

/** Text, numbers, booleans, null, and times as Date. */
export type SqlValue = string | number | boolean | null | Date;

/** Columns by name in lower case. Counts and times (milliseconds since 1970) are numbers, JSON is its text, a day is 'YYYY-MM-DD'. */
export type SqlRow = Record<string, string | number | boolean | null>;

export interface Query {
  readonly sql: string;
  /** One for each `?`, in order; none when absent. */
  readonly parameters?: readonly SqlValue[];
}

/** A statement of a .sql file: fills its `:name` marks. Every mark needs a value; more values than marks are fine. */
export type SqlStatement = (values?: Readonly<Record<string, SqlValue>>) => Query;

/** One file of sql/, cut into statements. */
export interface SqlFile {
  readonly name: string;
  readonly text: string;
  readonly statements: readonly SqlStatement[];
}

export interface Reader {
  all<R = SqlRow>(query: Query): Promise<R[]>;
  /**
   * The rows in their order, some at a time; no more are held than are being looked at. Nothing else may be asked of
   * this reader until the stream has ended or was left.
   */
  stream<R = SqlRow>(query: Query): AsyncIterable<readonly R[]>;
}

export interface Writer extends Omit<Reader, 'stream'> {
  /** Returns the number of rows changed. */
  run(query: Query): Promise<number>;
  /**
   * Makes `table` hold newline-terminated JSON lines and nothing else, for the rest of this transaction. `columns` maps a
   * JSON key to an SQL type; nested ones are JSON. On DuckDB the table is made anew. On Snowflake, where DDL would end the
   * transaction, a migration has made it with these columns, and nested ones, structs included, are VARIANT.
   * @throws when a line is no JSON or a column cannot hold its value.
   */
  stageJsonLines(table: string, lines: readonly Buffer[], columns: Readonly<Record<string, string>>): Promise<void>;
}
