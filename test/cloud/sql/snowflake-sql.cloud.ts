import { refreshTask } from '../../../src/adapters/warehouse/snowflake-task.ts';
import { readLine } from '../../../src/load/read-line.ts';
import type { Query, SqlFile } from '../../../src/ports/warehouse.ts';
import { TABLES } from '../../marts/warehouse-with-marts.ts';
import { SNOWFLAKE_NAMES } from '../../rigs/snowflake/names.ts';
import { createFixture, type Fixture, TIME_ZONE } from '../../sql/fixture.ts';
import { loads, rejectedLine } from '../../sql/fixture-lines.ts';
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

/** Of statements that differ only in their values, or in how many there are in a list, one is enough for a grammar. */
const shapesOf = (queries: readonly Query[]): readonly Query[] => [
  ...new Map(queries.map((query) => [query.sql.replace(/\?(, \?)+/g, '?, ?'), query])).values(),
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
    const task = refreshTask(warehouse, SNOWFLAKE_NAMES);
    const script = /\$\$(.*)\$\$/s.exec(task)?.[1] ?? '';
    const tasks = [
      { name: 'the refresh task', sql: task },
      { name: 'its script', sql: script.trim().replace(/;$/, '') },
    ];
    const faults = await askPython<Fault[]>({ check: 'grammar', statements: [...files, ...sent, ...tasks] });
    expect(faults.filter(({ name }) => !(name in NOT_IN_THE_GRAMMAR))).toEqual([]);
    expect(files.length).toBeGreaterThan(80);
    expect(sent.length).toBeGreaterThan(150);
    // Each file of sql/ that Snowflake runs was among them.
    const texts = new Set(
      [...fixture.steps, ...fixture.recompute].flatMap((step) => ('sql' in step ? [step.sql] : [])),
    );
    for (const file of [stage, ...(Object.values(warehouse) as (SqlFile | SqlFile[])[]).flat()]) {
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

/** What is kept besides the marts. */
const OTHERS = Object.fromEntries(
  ['audit_events_raw', 'audit_event_ids', 'pipeline_positions', 'ingest_nodes', 'ingest_numbers'].map((table) => [
    table,
    `select * from ${table}`,
  ]),
);

interface Filled {
  readonly faults: readonly Fault[];
  readonly rows: Readonly<Record<string, number>>;
  readonly unreadable: readonly (readonly [row: number, fault: string])[];
}

describe('load and refresh on Snowflake', () => {
  const fill = async (withRecompute: boolean) => {
    const steps = [...fixture.steps, ...(withRecompute ? fixture.recompute : [])];
    return askPython<Filled>({
      check: 'pipeline',
      database: fixture.path,
      made: tablesMade(),
      steps: steps.map((step) => ('land' in step ? step : { sql: onSnowflake(step) })),
      tables: { ...TABLES, ...OTHERS },
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

describe('a line that landed', () => {
  const sound = loads(20).flat();
  const event = sound.find((line) => line.includes('"kind":"EVENT"') && line.includes('"trace":null')) ?? '';
  const rejected = rejectedLine(1);
  const spoiled = [
    'no JSON',
    '[1]',
    event.slice(0, -20),
    event.replace('"v":1,', ''),
    event.replace('"v":1,', '"v":"1",'),
    event.replace('"kind":"EVENT"', '"kind":7'),
    event.replace(/"node":"[^"]+"/, '"node":null'),
    event.replace(/"seq":\d+/, '"seq":"x"'),
    event.replace(/"receivedAt":"[^"]+"/, '"receivedAt":"2024-02-30T00:00:00.000Z"'),
    event.replace(/"receivedAt":"[^"]+"/, '"receivedAt":"yesterday"'),
    event.replace('"origin":"API"', '"origin":null').replace('"origin":"GATEWAY"', '"origin":null'),
    event.replace('"ingestedBy":"svc-import"', '"ingestedBy":3'),
    event.replace('"trace":null', '"trace":[]'),
    event.replace(/"sha256":"[^"]+"/, '"sha256":null'),
    event.replace(/"event":\{.*/s, '"event":null}'),
    event.replace(/"eventId":"[^"]+"/, '"eventId":5'),
    event.replace(/"userPseudonym":"[^"]+"/, '"other":""'),
    event.replace(/"sourceIp":("[^"]+"|null)/, '"sourceIp":{}'),
    event.replace(/"timestamp":"[^"]+"/, '"timestamp":"2024-03-20 10:00"'),
    rejected.replace(/"rejection":.*/s, '"rejection":[]}'),
    rejected.replace(/"code":"[^"]+"/, '"code":null'),
    rejected.replace(/"source":null/, '"source":1'),
    // Sound: no value is as good as null, and of a kind that is not loaded only its place matters.
    event.replace('"trace":null,', ''),
    event.replace('"kind":"EVENT"', '"kind":"ALERT"').replace('"event":', '"alert":'),
    ...sound,
  ].map((line) => line.trimEnd());

  test('is unreadable on Snowflake where our own reader finds it so', async () => {
    const { unreadable } = await askPython<Filled>({
      check: 'pipeline',
      database: fixture.path,
      made: tablesMade(),
      steps: [
        { land: spoiled.map((line, index) => [line, 'events/one.ndjson.gz', index + 1]) },
        ...snowflakeSql(TIME_ZONE).stage.statements.map((statement) => ({ sql: onSnowflake(statement()) })),
      ],
      tables: {},
    });
    const byUs = spoiled.flatMap((line, index) =>
      readLine(Buffer.from(line), null).phase === 'unreadable' ? [index + 1] : [],
    );
    expect(unreadable.map(([row]) => row)).toEqual(byUs);
    expect(byUs).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
  });
});

test('these checks can fail', async () => {
  const faults = await askPython<Fault[]>({
    check: 'grammar',
    statements: ['select from from a', 'create stream s on', 'select 1'].map((sql) => ({ name: sql, sql })),
  });
  expect([...new Set(faults.map(({ name }) => name))]).toEqual(['select from from a', 'create stream s on']);
  const compared = await askPython<{ faults: Fault[] }>({
    check: 'reads',
    database: fixture.path,
    pairs: [
      ['select 1', 'select 1'],
      ['select 1', 'select 2'],
      ['select 1 union all select 2 order by 1', 'select 1 union all select 2 order by 1 desc'],
      // Understood by no translation of ours: a mere command to sqlglot.
      ['select 1', 'create stream s on table t'],
    ].map(([duckdb, snowflake], index) => ({ name: `${index}`, duckdb, snowflake })),
  });
  expect(compared.faults.map(({ name }) => name)).toEqual([
    'select 2',
    'select 1 union all select 2 order by 1 desc',
    'create stream s on table t',
  ]);
});

/** The tables and rows that migrations make; what only an account has is no part of it. */
function tablesMade(): readonly string[] {
  return snowflakeMigrations()
    .database.flatMap(({ statements }) => statements.map((statement) => onSnowflake(statement())))
    .filter((sql) => /^(create (transient )?(table|view)|insert)\b/i.test(sql));
}
