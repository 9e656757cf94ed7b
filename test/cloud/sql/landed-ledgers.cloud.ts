import { readLine } from '../../../src/load/read-line.ts';
import { landedLedger } from '../../load/landed-place.ts';
import { snowflakeMigrations, snowflakeSql } from '../../sql/snowflake-sql.ts';
import { spelledOut } from '../../sql/spelled-out.ts';
import { askPython, type Fault } from './python.ts';

const ledger = landedLedger({ seq: 7 }).toString().trimEnd();
const withRefused = (refused: string): string => ledger.replace(/"refused":\[\]/, `"refused":${refused}`);

const unreadable = [
  ledger.replace(/"ledger":\{.*/s, '"other":1}'),
  ledger.replace(/"ledger":\{.*/s, '"ledger":null}'),
  ledger.replace(/"ledger":\{.*/s, '"ledger":[]}'),
  ledger.replace(/"state":"[A-Z]+"/, '"state":"GONE"'),
  ledger.replace(/"state":"[A-Z]+"/, '"state":null'),
  ...['null', '{}', '["4"]', '[0]', '[-4]', '[4.5]', '[4,[7]]', '[[7,8,9]]', '[[[7,8]]]', '[true]', '[null]'].map(
    withRefused,
  ),
  ledger.replace('"epoch":1', '"epoch":0'),
  ledger.replace('"seq":7', '"seq":0'),
  ledger.replace('"seq":7', '"seq":-7'),
  ledger.replace('"seq":7', '"seq":9007199254740993'),
  ledger.replace('"seq":7', '"seq":123456789012345678901234567890'),
  ledger.replace('"seq":7', '"seq":[7]'),
  ledger.replace('"epoch":1', '"epoch":"one"'),
  ledger.replace(/"node":"[^"]+"/, '"node":""'),
];
const sound = [ledger, ...['[4]', '[4,[7,9]]', '[[7,9],12,[14,15]]', '[1000000]'].map(withRefused)];

test('a ledger that the loader cannot make out is unreadable on Snowflake, as our own reader finds it', async () => {
  const lines = [...unreadable, ...sound];
  expect(new Set(lines).size).toBe(lines.length);
  const made = snowflakeMigrations()
    .database.flatMap(({ statements }) => statements.map((statement) => statement().sql))
    .filter((sql) => /^create transient table/.test(sql));
  const answer = await askPython<{ faults: Fault[]; unreadable: readonly (readonly [row: number, fault: string])[] }>({
    check: 'pipeline',
    database: ':memory:',
    made,
    steps: [
      { land: lines.map((line, index) => [line, 'events/one.ndjson.gz', index + 1]) },
      ...snowflakeSql('UTC').stage.statements.map((statement) => ({ sql: spelledOut(statement(), 'snowflake') })),
    ],
    tables: {},
  });
  expect(answer.faults).toEqual([]);
  const byUs = lines.flatMap((line, index) =>
    readLine(Buffer.from(line), null).phase === 'unreadable' ? [index + 1] : [],
  );
  expect(byUs).toEqual(unreadable.map((_, index) => index + 1));
  expect(answer.unreadable.map(([row]) => row)).toEqual(byUs);
});
