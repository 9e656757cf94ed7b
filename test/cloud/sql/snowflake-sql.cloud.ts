import type { Query } from '../../../src/ports/warehouse.ts';
import { TABLES } from '../../marts/warehouse-with-marts.ts';
import { createFixture, type Fixture, TIME_ZONE } from '../../sql/fixture.ts';
import { askEverything, type Pair } from '../../sql/questions.ts';
import { snowflakeMigrations, snowflakeSql } from '../../sql/snowflake-sql.ts';
import { spelledOut } from '../../sql/spelled-out.ts';
import { askPython, type Fault } from './python.ts';

/** Statements that sqlfluff's grammar does not know, each with the reason why it is right all the same. */
const NOT_IN_THE_GRAMMAR: Readonly<Record<string, string>> = {};

const onSnowflake = (query: Query): string => spelledOut(query, 'snowflake');

let fixture: Fixture;
let pairs: readonly Pair[];
beforeAll(async () => {
  fixture = await createFixture();
  pairs = await askEverything(fixture.warehouse);
  // Python opens the file next.
  await fixture.close();
}, 300_000);
afterAll(() => fixture.remove());

/** Of statements that differ only in their values one is enough. */
const shapesOf = (queries: readonly Query[]): readonly Query[] => [
  ...new Map(queries.map((query) => [query.sql, query])).values(),
];

describe('the SQL of Snowflake', () => {
  test('is of its grammar: every file, and every statement that the product sends', async () => {
    const { account, database } = snowflakeMigrations();
    const { warehouse, stage } = snowflakeSql(TIME_ZONE);
    const files = [...account, ...database].flatMap(({ name, statements }) =>
      statements.map((statement, index) => ({ name: `${name} ${index + 1}`, sql: onSnowflake(statement()) })),
    );
    const sent = shapesOf([
      ...pairs.map(({ snowflake }) => snowflake),
      ...[...fixture.steps, ...fixture.recompute].flatMap((step) => ('sql' in step ? [step] : [])),
    ]).map((query) => ({ name: query.sql.slice(0, 200), sql: onSnowflake(query) }));
    const faults = await askPython<Fault[]>({ check: 'grammar', statements: [...files, ...sent] });
    expect(faults.filter(({ name }) => !(name in NOT_IN_THE_GRAMMAR))).toEqual([]);
    expect(files.length).toBeGreaterThan(80);
    expect(sent.length).toBeGreaterThan(150);
    // Each file of sql/ that Snowflake runs was among them.
    const texts = new Set(
      [...fixture.steps, ...fixture.recompute].flatMap((step) => ('sql' in step ? [step.sql] : [])),
    );
    const { load, refresh, rebuild, recompute, eventIds } = warehouse;
    for (const file of [load, ...refresh, ...rebuild, ...recompute, eventIds, stage]) {
      const values = new Proxy({}, { get: () => 1, has: () => true });
      const missing = file.statements.filter((statement) => !texts.has(statement(values).sql));
      expect([file.name, missing.length]).toEqual([file.name, 0]);
    }
  }, 600_000);

  test('gives the rows that our own text gives, whatever is asked', async () => {
    const asked = pairs.map(({ name, duckdb, snowflake }) => ({
      name,
      duckdb: spelledOut(duckdb, 'duckdb'),
      snowflake: onSnowflake(snowflake),
    }));
    const different = [...new Map(asked.map((pair) => [pair.snowflake, pair])).values()];
    const { faults, rows } = await askPython<{ faults: Fault[]; rows: number }>({
      check: 'reads',
      database: fixture.path,
      pairs: different,
    });
    expect(faults).toEqual([]);
    expect(different.length).toBeGreaterThan(300);
    expect(rows).toBeGreaterThan(3_000);
  }, 600_000);
});

describe('load and refresh on Snowflake', () => {
  const fill = async (withRecompute: boolean) => {
    const steps = [...fixture.steps, ...(withRecompute ? fixture.recompute : [])];
    return askPython<{ faults: Fault[]; rows: Record<string, number>; unreadable: [number, string][] }>({
      check: 'pipeline',
      database: fixture.path,
      made: tablesMade(),
      steps: steps.map((step) => ('land' in step ? step : { sql: onSnowflake(step) })),
      tables: {
        ...TABLES,
        audit_events_raw: 'select * from audit_events_raw',
        audit_event_ids: 'select * from audit_event_ids',
      },
    });
  };

  test('fill the same tables as on DuckDB', async () => {
    const { faults, rows, unreadable } = await fill(false);
    expect(faults).toEqual([]);
    expect(unreadable).toEqual([]);
    expect(Object.entries(rows).filter(([, count]) => count === 0)).toEqual([]);
    expect(rows.audit_events_mart).toBeGreaterThan(2_500);
  }, 600_000);

  test('fill them once more when everything is made anew', async () => {
    expect((await fill(true)).faults).toEqual([]);
  }, 600_000);
});

/** The tables and rows that migrations make; what only an account has is no part of it. */
function tablesMade(): readonly string[] {
  return snowflakeMigrations()
    .database.flatMap(({ statements }) => statements.map((statement) => onSnowflake(statement())))
    .filter((sql) => /^(create (transient )?(table|view)|insert)\b/i.test(sql));
}
