import type { Query, SqlFile } from '../../src/ports/warehouse.ts';
import { createFixture, type Fixture } from './fixture.ts';
import { askEverything, CALLERS } from './questions.ts';
import { snowflakeMigrations, snowflakeSql } from './snowflake-sql.ts';

/** What only DuckDB knows, or Snowflake reads another way. */
const NOT_SNOWFLAKE: Readonly<Record<string, RegExp>> = {
  'a token that was not filled': /\{\{|\}\}/,
  'a comparison of rows': /\([\w".]+(, [\w".]+)+\)\s*[<>]/,
  'a filtered aggregate': /\)\s+filter\s*\(/i,
  'names of functions that DuckDB has':
    /\b(starts_with|ends_with|strlen|list_\w+|json_extract\w*|json_object|strftime|regexp_matches|to_timestamp_ms|epoch_ms|min_by|unnest|timezone|local_hour)\s*\(/i,
  'an arrow into JSON': /->/,
  'a list in brackets': /=\s*\[|\(\[/,
  'a changed star': /\*\s+(replace|exclude)\b|\bby name\b/i,
  'a function as a table': /\bfrom\s+(range|read_\w+|generate_series)\s*\(/i,
  'a count of several': /count\(distinct \(/i,
  'the short form of a frame': /rows unbounded preceding\b/i,
  'a sub-query in the condition of a join': /\bon\b(?:(?!\b(where|group|join|select)\b)[^;])*\bin \(select/i,
};

let fixture: Fixture;
let statements: readonly Query[];
beforeAll(async () => {
  fixture = await createFixture(120);
  const asked = await askEverything(fixture.warehouse, CALLERS.slice(0, 2));
  await fixture.close();
  statements = [
    ...asked.map(({ snowflake }) => snowflake),
    ...[...fixture.steps, ...fixture.recompute].flatMap((step) => ('sql' in step ? [step] : [])),
  ];
}, 60_000);
afterAll(() => fixture.remove());

test('holds nothing that Snowflake would not take', () => {
  const files = [...snowflakeMigrations().account, ...snowflakeMigrations().database];
  const texts = [
    ...statements.map(({ sql }) => sql),
    ...files.flatMap((file) => file.statements.map((each) => each().sql)),
  ];
  for (const [what, pattern] of Object.entries(NOT_SNOWFLAKE)) {
    expect([what, texts.filter((text) => pattern.test(withoutTexts(text))).slice(0, 3)]).toEqual([what, []]);
  }
  expect(new Set(texts).size).toBeGreaterThan(200);
});

test('knows what it looks for: each kind is found where it stands', () => {
  const planted = [
    'select {{X}}',
    'select 1 where (a, b) < (c, d)',
    'select count(*) filter (where x)',
    'select starts_with(a, b)',
    'select a -> b',
    'select x = [1]',
    'select * exclude (a) from b',
    'select 1 from range(3)',
    'select count(distinct (a, b))',
    'select sum(a) over (order by b rows unbounded preceding)',
    'select 1 from a left join b on a.x = b.x and a.y in (select y from c)',
  ];
  for (const [index, [what, pattern]] of Object.entries(NOT_SNOWFLAKE).entries()) {
    expect([what, pattern.test(planted[index] as string)]).toEqual([what, true]);
  }
});

test('changes rows only within load and refresh: anything else would commit them half-way', () => {
  const { warehouse, stage } = snowflakeSql('UTC');
  const values = new Proxy({}, { get: () => 1 });
  const files: readonly SqlFile[] = [stage, ...(Object.values(warehouse) as (SqlFile | SqlFile[])[]).flat()];
  const sent = files.flatMap((file) => file.statements.map((statement) => statement(values).sql));
  expect(sent.length).toBeGreaterThan(40);
  expect(sent.filter((text) => !/^(select|insert|update|delete|merge)\b/i.test(text))).toEqual([]);
});

test('asks for no double, of which Snowflake sends some nine digits', () => {
  expect(statements.filter(({ sql }) => /\bas (double|float|real)\b/i.test(sql))).toEqual([]);
});

test('counts off-hours by the zone it is given, whatever stands in its name', () => {
  const cells = snowflakeSql("Mars/O'Neill").warehouse.refresh.find(({ name }) => name === '05-cells.sql');
  expect(cells?.text).toContain(`hour(convert_timezone('UTC', 'Mars/O''Neill', timestamp)) < 7`);
});

/** Texts in quotes may hold anything. */
const withoutTexts = (text: string): string => text.replace(/'(?:[^']|'')*'/g, "''");
