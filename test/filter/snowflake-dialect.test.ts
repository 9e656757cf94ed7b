import { sql } from 'kysely';
import { parseAuditEventFilter } from '../../src/filter/audit-event-filter.ts';
import { parseMetadataPath } from '../../src/filter/metadata-path.ts';
import { snowflakeDialect } from '../../src/filter/snowflake-dialect.ts';
import { filterToSql } from '../../src/filter/sql.ts';
import { compiled } from './event-table.ts';

const metadata = (path: string): string =>
  compiled(snowflakeDialect.jsonText(sql.ref('metadata'), parseMetadataPath(path))).sql;

describe('the SQL of a filter on Snowflake', () => {
  test('is that of any engine where engines agree', () => {
    const filter = parseAuditEventFilter(
      { userId: { eq: 'a' }, not: { region: { in: ['b', 'c'] } } },
      { maxConditions: 9 },
    );
    expect(compiled(filterToSql(filter, { dialect: snowflakeDialect })).sql).toBe(
      '("user_id" = ? and ("region" is null or "region" not in (?, ?)))',
    );
  });

  test('has its own words for parts of texts, with nothing in them a wildcard', () => {
    const filter = parseAuditEventFilter(
      { userId: { startsWith: '%a' }, action: { endsWith: '_' }, source: { contains: "'" } },
      { maxConditions: 9 },
    );
    expect(compiled(filterToSql(filter, { dialect: snowflakeDialect }))).toEqual({
      sql: '(endswith("action", ?) and startswith("user_id", ?) and contains("source", ?))',
      parameters: ['_', '%a', "'"],
    });
  });

  test('folds the letters A to Z and no others', () => {
    const filter = parseAuditEventFilter({ action: { eq: 'Löschen', ignoreCase: true } }, { maxConditions: 9 });
    expect(compiled(filterToSql(filter, { dialect: snowflakeDialect }))).toEqual({
      sql: `translate("action", 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = ?`,
      parameters: ['löschen'],
    });
  });

  test('reads plain paths as one, so that only a part of the column is read', () => {
    expect(metadata('a')).toBe(`cast(get_path("metadata", 'a') as varchar)`);
    expect(metadata('requestParameters.Items[0].b_1[12]')).toBe(
      `cast(get_path("metadata", 'requestParameters.Items[0].b_1[12]') as varchar)`,
    );
  });

  test('reads any other key as it is: dots, quotes, backslashes, digits, letters of every alphabet', () => {
    expect(metadata('"a.b".c')).toBe(`cast(get_path(get("metadata", 'a.b'), 'c') as varchar)`);
    expect(metadata('a."0"[0]')).toBe(`cast(get(get(get_path("metadata", 'a'), '0'), 0) as varchar)`);
    expect(metadata('"it\'s \\"odd\\" \\\\"')).toBe(`cast(get("metadata", 'it''s "odd" \\\\') as varchar)`);
    expect(metadata('größe')).toBe(`cast(get("metadata", 'größe') as varchar)`);
    expect(metadata('a-b.c')).toBe(`cast(get_path(get("metadata", 'a-b'), 'c') as varchar)`);
  });
});
