/**
 * The warehouse: rows in, questions out. One writer at a time, in order of urgency; readers beside it.
 * SQL text is the caller's, with `?` for each value, so that one text serves every engine (sql/).
 */
export interface Warehouse {
  /**
   * Runs `work` in one read transaction: everything it reads is of one moment.
   * @throws AppError TOO_COSTLY when it takes longer than `timeoutMs` (the statement is cancelled in the engine),
   * WAREHOUSE_UNAVAILABLE when the engine fails.
   */
  read<T>(options: ReadOptions, work: (reader: Reader) => Promise<T>): Promise<T>;
  /** Runs `work` in one write transaction, after those more urgent; rolled back when it throws. */
  write<T>(urgency: WriteUrgency, work: (writer: Writer) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** From most to least urgent. */
export const WRITE_URGENCIES = ['violations', 'load', 'refresh', 'retention', 'metrics', 'migrations'] as const;
export type WriteUrgency = (typeof WRITE_URGENCIES)[number];

export interface ReadOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
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
}

export interface Writer extends Reader {
  /** Returns the number of rows changed. */
  run(query: Query): Promise<number>;
  /**
   * Fills `table` (made anew, gone with the transaction's session) from newline-terminated JSON lines: the engine's own
   * bulk path. `columns` maps a JSON key to an SQL type; nested ones are JSON.
   */
  stageJsonLines(table: string, lines: readonly Buffer[], columns: Readonly<Record<string, string>>): Promise<void>;
}
