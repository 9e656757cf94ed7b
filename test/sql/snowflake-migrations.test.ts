import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSnowflakeMigrations, scriptOf } from '../../src/adapters/warehouse/snowflake-migrations.ts';
import type { SnowflakeLandingPlace, SnowflakeNames } from '../../src/adapters/warehouse/snowflake-names.ts';
import { refreshTask } from '../../src/adapters/warehouse/snowflake-task.ts';
import { splitStatements } from '../../src/adapters/warehouse/sql-files.ts';
import { SNOWFLAKE_NAMES } from '../rigs/snowflake/names.ts';
import { snowflakeMigrations, snowflakeSql } from './snowflake-sql.ts';

const statementsOf = (files: readonly { statements: readonly (() => { sql: string })[] }[]): readonly string[] =>
  files.flatMap(({ statements }) => statements.map((statement) => statement().sql));

describe('the migrations of Snowflake', () => {
  const { account, database } = snowflakeMigrations();
  const all = statementsOf([...account, ...database]);

  test('can each be run again where the one before failed half-way', () => {
    const once = all.filter(
      (sql) => !/^(create .*?if not exists |grant |alter table \S+ set |insert into )/is.test(sql),
    );
    expect(once).toEqual([]);
    expect(all.filter((sql) => /\bor replace\b/i.test(sql))).toEqual([]);
  });

  test('make the tables of both engines before what is Snowflake’s own', () => {
    const names = database.map(({ name }) => name);
    const firstOwn = names.findIndex((name) => name.startsWith('snowflake/'));
    expect(names.slice(0, firstOwn)).toEqual([...names].filter((name) => !name.startsWith('snowflake/')).sort());
    expect(names.slice(firstOwn)).toEqual([...names].filter((name) => name.startsWith('snowflake/')).sort());
  });

  test('make the stream before the pipe, so that no line arrives unseen', () => {
    const place = (start: string) => all.findIndex((sql) => sql.startsWith(start));
    expect(place('create stream')).toBeGreaterThan(0);
    expect(place('create pipe')).toBeGreaterThan(place('create stream'));
  });

  describe('rights', () => {
    const made = all.flatMap(
      (sql) => /^create (?:transient )?(?:table|view) if not exists (\S+)/i.exec(sql)?.[1] ?? [],
    );
    const granted = (role: string): ReadonlyMap<string, string> =>
      new Map(
        all.flatMap((sql) => {
          const [, rights, table, to] = /^grant (.+) on (?:table|view) (\S+) to role (\S+)$/i.exec(sql) ?? [];
          return to === role ? [[table as string, rights as string] as const] : [];
        }),
      );
    const writer = granted(SNOWFLAKE_NAMES.writerRole);
    const reader = granted(SNOWFLAKE_NAMES.readerRole);

    test('say of every table what the writer may do with it', () => {
      expect(made.filter((table) => !writer.has(table) && !reader.has(table))).toEqual([]);
      expect(
        [...writer.keys(), ...reader.keys()].filter((table) => ![...made, 'schema_migrations'].includes(table)),
      ).toEqual([]);
    });

    test('let the writer add to raw and take what landed, and change neither', () => {
      expect(writer.get('audit_events_raw')).toBe('select, insert');
      expect(writer.get('LANDING.landed_lines')).toBe('select');
    });

    test('let the reader read, and neither raw, nor staging, nor what landed', () => {
      expect([...new Set(reader.values())]).toEqual(['select']);
      expect([...reader.keys()].filter((table) => /raw|^stg_|LANDING/.test(table))).toEqual([]);
    });

    test('are never all, and never of a role over another of ours', () => {
      expect(all.filter((sql) => /^grant all\b/i.test(sql))).toEqual([]);
      expect(all.filter((sql) => /^grant role/i.test(sql) && !sql.endsWith('to role sysadmin'))).toEqual([]);
    });
  });

  test('match what Firehose delivers, and nothing else', () => {
    const pipe = all.find((sql) => sql.startsWith('create pipe')) ?? '';
    const pattern = new RegExp(`^${/pattern = '([^']+)'/.exec(pipe)?.[1]}$`);
    const name =
      'year=2024/month=03/day=20/hour=14/trailgate-events-1-2024-03-20-14-30-00-0a1b2c3d-4e5f-6789-abcd-ef0123456789';
    expect(`events/${name}.ndjson.gz`).toMatch(pattern);
    expect(`events/${name}`).not.toMatch(pattern);
    expect(`events/${name}.json.gz`).not.toMatch(pattern);
    expect(`events/${name}ndjsonxgz`).not.toMatch(pattern);
  });
});

describe('the script of a dry run', () => {
  test('holds every statement, in order, and every record', () => {
    const { account, database } = snowflakeMigrations();
    const script = scriptOf({ account, database }, () => 0);
    let at = 0;
    for (const sql of statementsOf(account)) at = found(script, sql, at);
    at = found(script, 'create table if not exists schema_migrations', at);
    for (const file of database) {
      at = found(script, `-- ${file.name}`, at);
      for (const sql of statementsOf([file])) expect(script.indexOf(`${sql};`)).toBeGreaterThan(0);
      at = found(script, 'merge into schema_migrations', at);
      at = found(script, `; -- with ["${file.name}"`, at);
    }
    expect(script).not.toContain('{{');
  });

  const found = (script: string, text: string, from: number): number => {
    const at = script.indexOf(text, from);
    if (at === -1) throw new Error(`not found behind character ${from}: ${text}`);
    return at;
  };
});

describe('names', () => {
  const place: SnowflakeLandingPlace = { url: 's3://bucket/events/', roleArn: 'arn:aws:iam::123456789012:role/r' };
  const read = (names: Partial<SnowflakeNames> = {}, landing: Partial<SnowflakeLandingPlace> = {}) =>
    readSnowflakeMigrations({
      sqlDirectory: join(process.cwd(), 'sql'),
      names: { ...SNOWFLAKE_NAMES, ...names },
      landing: { ...place, ...landing },
    });

  test('are filled in everywhere', () => {
    const { account, database } = read({
      database: 'my_db',
      landingSchema: 'incoming',
      writerRole: 'w',
      readerRole: 'r',
    });
    const text = statementsOf([...account, ...database]).join('\n');
    for (const name of ['my_db.incoming', 'incoming.landed_lines', 'to role w', "'incoming.ndjson_lines'"]) {
      expect(text).toContain(name);
    }
    expect(text).not.toMatch(/AUDIT_DW|LANDING|TRAILGATE_(WRITER|READER)/);
  });

  test('that would need quotes are refused, and addresses that would end a text', () => {
    expect(() => read({ database: 'a"; drop database b; --' })).toThrow('cannot be the database of Snowflake');
    expect(() => read({ readerRole: 'two words' })).toThrow('cannot be the reader role');
    expect(() => read({}, { url: "s3://bucket/'; drop" })).toThrow('cannot be the landing address');
    expect(() => read({}, { url: 's3://bucket/events' })).toThrow('cannot be the landing address');
    expect(() => read({}, { roleArn: 'role' })).toThrow('cannot be the storage role');
  });

  test('are no part of a checksum: another bucket is no other migration', () => {
    const texts = (files: readonly { text: string }[]) => files.map(({ text }) => text);
    expect(texts(read({}, { url: 's3://other/' }).database)).toEqual(texts(read().database));
  });
});

test('a statement that could not be run twice is refused', () => {
  const directory = mkdtempSync(join(tmpdir(), 'trailgate-snowflake-'));
  cpSync(join(process.cwd(), 'sql'), directory, { recursive: true });
  writeFileSync(
    join(directory, 'snowflake', 'migrations', '9001-more.sql'),
    'create or replace table more (a bigint);\n',
  );
  const read = () =>
    statementsOf(
      readSnowflakeMigrations({
        sqlDirectory: directory,
        names: SNOWFLAKE_NAMES,
        landing: { url: 's3://bucket/events/', roleArn: 'arn:aws:iam::123456789012:role/r' },
      }).database,
    );
  expect(read).toThrow('9001-more.sql has a statement that cannot be run a second time on Snowflake');
  rmSync(directory, { recursive: true });
});

describe('the task that refreshes within Snowflake', () => {
  const { warehouse } = snowflakeSql('Europe/Berlin');
  const task = refreshTask(warehouse, SNOWFLAKE_NAMES);

  test('has the steps that the gateway sends, in their order and word for word', () => {
    let at = 0;
    const stepsOf = (...order: string[]) =>
      order.map((number) => warehouse.refresh.find(({ name }) => name.startsWith(number)));
    const steps = stepsOf('01', '02', '03', '10', '04', '05', '06', '07', '08');
    for (const file of [...steps, ...warehouse.rebuild, ...stepsOf('11', '09')]) {
      for (const statement of splitStatements(file?.text ?? '')) {
        const found = task.indexOf(statement, at);
        expect([file?.name, found > at]).toEqual([file?.name, true]);
        at = found;
      }
    }
  });

  test('declares every mark of them, and leaves none to be bound', () => {
    const marks = new Set([...task.matchAll(/(?<![:\w'])(?::)([a-z_]+)\b/g)].map(([, name]) => name as string));
    const declared = new Set(
      [...task.matchAll(/^ {4}let ([a-z_]+) (?:bigint|varchar|timestamp_ntz)\b/gm)].map(([, name]) => name),
    );
    expect([...marks].filter((name) => !declared.has(name))).toEqual([]);
    expect(marks.size).toBeGreaterThan(8);
    expect(task).not.toContain('?');
  });
});
