import fc from 'fast-check';
import type { Column } from 'snowflake-sdk';
import { toCanonicalText } from '../../../src/adapters/warehouse/snowflake-json.ts';
import { rowsChanged, toStatement } from '../../../src/adapters/warehouse/snowflake-values.ts';
import { writeCanonicalJson } from '../../../src/ingest/canonical-json.ts';

describe('the text of a VARIANT', () => {
  test('is what our envelopes hold, whatever white space and order of keys the engine sends', () => {
    const jsonOf = fc.jsonValue({ maxDepth: 4 }).filter((value) => {
      try {
        writeCanonicalJson(value);
        return true;
      } catch {
        return false;
      }
    });
    fc.assert(
      fc.property(jsonOf, fc.nat(4), (value, indent) => {
        expect(toCanonicalText(JSON.stringify(value, null, indent))).toBe(writeCanonicalJson(value));
      }),
    );
  });

  test.each([
    ['{\n  "b": 1.000000000000000e+03,\n  "a": 1.0\n}', '{"a":1,"b":1000}'],
    ['1.000000000000000e-07', '1e-7'],
    ['0.30000000000000004', '0.30000000000000004'],
    ['null', 'null'],
    ['"\\u001f\\\\u001f"', '"\\u001F\\\\u001f"'],
  ])('of %s is %s', (raw, text) => {
    expect(toCanonicalText(raw)).toBe(text);
  });
});

describe('a statement for the driver', () => {
  test('has a cast where a time is bound, and the time without a zone', () => {
    const at = new Date('1969-12-31T23:59:59.999Z');
    expect(toStatement({ sql: 'select ?, ? from t where a = ?', parameters: ['x', at, null] })).toEqual({
      sqlText: 'select ?, cast(? as timestamp_ntz) from t where a = ?',
      binds: ['x', '1969-12-31 23:59:59.999', null],
    });
  });

  test('says how many rows are wanted as the number itself, and binds all else', () => {
    expect(toStatement({ sql: 'select a from t where b = ? limit ? offset ?', parameters: [7, 101, 0] })).toEqual({
      sqlText: 'select a from t where b = ? limit 101 offset 0',
      binds: [7],
    });
    const sql = 'select x from (select a from t\n  limit ?) as t(x_limit) where x_limit = ? and x = ?';
    expect(toStatement({ sql, parameters: [5, 6, '1; drop table t'] })).toEqual({
      sqlText: 'select x from (select a from t\n  limit 5) as t(x_limit) where x_limit = ? and x = ?',
      binds: [6, '1; drop table t'],
    });
    for (const odd of ['1; drop table t', 1.5, -1]) {
      expect(toStatement({ sql: 'select a from t limit ?', parameters: [odd] }).binds).toEqual([odd]);
    }
  });

  test('takes no mark for a value that stands in a text, a name or a comment', () => {
    const sql = `select '?', 'it''s ?', "a?""?" -- why?\n from t where a = ?`;
    expect(toStatement({ sql, parameters: [new Date(0)] }).sqlText).toBe(
      sql.replace(/\?$/, 'cast(? as timestamp_ntz)'),
    );
  });

  test('is refused with a number that the driver would bind as the text null', () => {
    expect(() => toStatement({ sql: 'select ?', parameters: [Number.NaN] })).toThrow('NaN cannot be bound');
  });

  test('is refused when it has more or fewer marks than values', () => {
    expect(() => toStatement({ sql: 'select ?', parameters: [] })).toThrow('0 values for 1 marks');
    expect(() => toStatement({ sql: `select '?'`, parameters: [1] })).toThrow('1 values for 0 marks');
  });
});

describe('the number of rows changed', () => {
  const column = (name: string, isNumber = true) => ({ getName: () => name, isNumber: () => isNumber }) as Column;

  test.each([
    [['number of rows inserted', 'number of rows updated'], ['2', '3'], 5],
    [['number of rows updated', 'number of multi-joined rows updated'], [4, 4], 4],
    [['number of rows deleted'], [0], 0],
    [['status'], ['done'], 0],
  ])('of %j %j is %i', (names, row, changed) => {
    expect(
      rowsChanged(
        names.map((name) => column(name, name !== 'status')),
        row,
      ),
    ).toBe(changed);
  });
});
