import { type DuckDBConnection, DuckDBInstance, DuckDBTimestampValue, type DuckDBValue } from '@duckdb/node-api';
import {
  DummyDriver,
  Kysely,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import { duckdbDialect } from '../../src/filter/dialect.ts';
import { COLUMNS, type FilterField } from '../../src/filter/fields.ts';
import type { Filter } from '../../src/filter/filter.ts';
import type { FilterableEvent } from '../../src/filter/predicate.ts';
import { filterToSql } from '../../src/filter/sql.ts';

/** An event with every field filled in. */
export const anEvent = (changes: Partial<FilterableEvent> = {}): FilterableEvent => ({
  eventId: 'evt-1',
  timestamp: Date.UTC(2024, 2, 20, 8, 30),
  receivedAt: Date.UTC(2024, 2, 20, 8, 31),
  eventType: 'DATA_ACCESS',
  activityType: 'DATA_ACCESS',
  action: 'READ',
  userId: 'usr-0042',
  userRole: 'engineer',
  userDepartment: 'research',
  actorKind: 'HUMAN',
  resourceId: 'arn:store/reports',
  resourceType: 'BUCKET',
  outcome: 'SUCCESS',
  sensitivity: 'LOW',
  environment: 'production',
  region: 'eu-west-1',
  source: 'cloudtrail',
  sourceIp: '192.0.2.7',
  sessionId: 'ses-1',
  metadata: null,
  ...changes,
});

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

export function compiled(fragment: RawBuilder<unknown>): { sql: string; parameters: readonly unknown[] } {
  const { sql: text, parameters } = fragment.compile(compiler);
  return { sql: text, parameters };
}

const FIELD_NAMES = Object.keys(COLUMNS) as FilterField[];
const TYPES: Partial<Record<FilterField, string>> = {
  timestamp: 'timestamp',
  receivedAt: 'timestamp',
  metadata: 'json',
};

/** An in-memory DuckDB with the filterable columns of audit_events_mart; one a suite. */
export class EventTable {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  static async create(): Promise<EventTable> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    const columns = FIELD_NAMES.map(
      (field) => `"${COLUMNS[field].column}" ${TYPES[field] ?? 'varchar'} ${COLUMNS[field].nullable ? '' : 'not null'}`,
    );
    await connection.run(`create table events (position integer not null, ${columns.join(', ')})`);
    return new EventTable(instance, connection);
  }

  /** Replaces what the table holds. */
  async fill(events: readonly FilterableEvent[]): Promise<void> {
    await this.connection.run('delete from events');
    const row = `(?, ${FIELD_NAMES.map(() => '?').join(', ')})`;
    await this.connection.run(
      `insert into events values ${events.map(() => row).join(', ')}`,
      events.flatMap((event, position) => [position, ...FIELD_NAMES.map((field) => toDuckdb(field, event[field]))]),
    );
  }

  /** The filter's own value for every event, so that a null would show. */
  async answers(filter: Filter): Promise<DuckDBValue[]> {
    return this.values(filterToSql(filter, { dialect: duckdbDialect }));
  }

  async values(fragment: RawBuilder<unknown>): Promise<DuckDBValue[]> {
    return (await this.rows(sql`select ${fragment} from events order by position`)).map((row) => row[0] ?? null);
  }

  async rows(statement: RawBuilder<unknown>): Promise<DuckDBValue[][]> {
    const query = compiled(statement);
    const result = await this.connection.runAndReadAll(
      query.sql,
      query.parameters.map((value) => (value instanceof Date ? timestamp(value.getTime()) : (value as DuckDBValue))),
    );
    return result.getRows();
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

const timestamp = (at: number): DuckDBTimestampValue => new DuckDBTimestampValue(BigInt(at) * 1000n);

const toDuckdb = (field: FilterField, value: string | number | null): DuckDBValue =>
  typeof value === 'number' && TYPES[field] === 'timestamp' ? timestamp(value) : value;
