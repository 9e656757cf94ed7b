import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSqlFile, readSqlFolder } from '../../../src/adapters/warehouse/sql-files.ts';

describe('a file of SQL', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trailgate-sql-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const read = (text: string, tokens = {}) => {
    writeFileSync(join(directory, 'file.sql'), text);
    return readSqlFile(join(directory, 'file.sql'), tokens);
  };

  test('is cut into its statements, without its comments', () => {
    const { name, statements } = read(
      '-- What it does; and why.\nselect 1\n-- within: a\nfrom a;\n\n  -- next\ndelete from b;\nselect 2',
    );
    expect(name).toBe('file.sql');
    expect(statements.map((statement) => statement().sql)).toEqual(['select 1\n\nfrom a', 'delete from b', 'select 2']);
  });

  test('keeps the text with its tokens filled in, for the checksum', () => {
    expect(read('-- a\ncreate table t (a {{JSON}});', { JSON: 'variant' }).text).toBe(
      '-- a\ncreate table t (a variant);',
    );
  });

  test('gives each :name mark its value, in order and as often as it stands', () => {
    const [statement] = read('select * from t where a >= :from_at and b = :x and c < :from_at').statements;
    expect(statement?.({ x: null, from_at: 7, other: 1 })).toEqual({
      sql: 'select * from t where a >= ? and b = ? and c < ?',
      parameters: [7, null, 7],
    });
  });

  test('takes no cast, time or word in quotes for a mark', () => {
    const sql = `select a::varchar, '12:30', strftime(t, '%H:%M'), time '00:00:00' from t`;
    const [statement] = read(sql).statements;
    expect(statement?.()).toEqual({ sql, parameters: [] });
  });

  test('refuses to run without a value for a mark', () => {
    const [statement] = read('select * from t where a = :missing').statements;
    expect(() => statement?.({ other: 1 })).toThrow('no value for :missing');
  });

  test('fills tokens, those with an argument too, and refuses one it does not know', () => {
    const clusterBy = (columns: string) => `cluster by ${columns}`;
    const tokens = { CLUSTER: clusterBy, JSON: 'variant' };
    expect(read('create table t (a {{JSON}}) {{CLUSTER: (a, b)}}', tokens).text).toBe(
      'create table t (a variant) cluster by (a, b)',
    );
    expect(() => read('select {{OTHER}}', tokens)).toThrow('no value for {{OTHER}}');
  });

  test('comes in the order of names from a folder', () => {
    for (const name of ['0010-b.sql', '0002-a.sql', 'notes.md']) writeFileSync(join(directory, name), 'select 1;');
    expect(readSqlFolder(directory, {}).map(({ name }) => name)).toEqual(['0002-a.sql', '0010-b.sql']);
  });
});
