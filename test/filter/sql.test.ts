import { sql } from 'kysely';
import { type AuditEventFilterInput, parseAuditEventFilter } from '../../src/filter/audit-event-filter.ts';
import { duckdbDialect } from '../../src/filter/dialect.ts';
import { type Filter, negate } from '../../src/filter/filter.ts';
import { parseMetadataPath } from '../../src/filter/metadata-path.ts';
import { type FilterableEvent, filterToPredicate } from '../../src/filter/predicate.ts';
import { columnNamed, filterToSql, textTestsToSql, timeTestsToSql } from '../../src/filter/sql.ts';
import { parseStringFilter } from '../../src/filter/string-filter.ts';
import { parseTimeRange } from '../../src/filter/time-range.ts';
import { anEvent, compiled, EventTable } from './event-table.ts';

const parse = (input: AuditEventFilterInput): Filter => parseAuditEventFilter(input, { maxConditions: 2_000 });
const toSql = (input: AuditEventFilterInput, options: { table?: string; columns?: { userId: string } } = {}) =>
  compiled(filterToSql(parse(input), { dialect: duckdbDialect, ...options }));

describe('the SQL of a filter', () => {
  test('stays plain where zone maps can use it', () => {
    expect(toSql({ timestamp: { from: 0, to: 1 }, userId: { eq: 'a' }, outcome: ['DENIED', 'FAILURE'] })).toEqual({
      sql: '("timestamp" >= ? and "timestamp" < ? and "outcome" in (?, ?) and "user_id" = ?)',
      parameters: [new Date(0), new Date(1), 'DENIED', 'FAILURE', 'a'],
    });
    expect(toSql({ region: { eq: 'a' } }).sql).toBe('("region" = ? and "region" is not null)');
  });

  test('never negates a whole, only its conditions', () => {
    expect(toSql({ not: { region: { in: ['a', 'b'] }, userId: { startsWith: 'c' } } }).sql).toBe(
      '(not starts_with("user_id", ?) or ("region" is null or "region" not in (?, ?)))',
    );
  });

  test('reads the table and the columns it is told to', () => {
    expect(
      toSql({ userId: { eq: 'a' }, action: { ne: 'b' } }, { table: 'e', columns: { userId: 'user_pseudonym' } }).sql,
    ).toBe('("e"."action" <> ? and "e"."user_pseudonym" = ?)');
  });

  test('binds every value; a metadata path is a quoted literal', () => {
    expect(toSql({ metadata: [{ path: 'a."it\'s".b', value: { contains: "x'); drop table events; --" } }] })).toEqual({
      sql: `coalesce(contains(json_extract_string("metadata", '/a/it''s/b'), ?), false)`,
      parameters: ["x'); drop table events; --"],
    });
  });

  test('serves other tables: a StringFilter and a TimeRange on any column', () => {
    const risky = textTestsToSql(
      columnNamed('u.role', { nullable: true }),
      parseStringFilter({ ne: 'a', isNull: false }, []),
      duckdbDialect,
    );
    expect(compiled(risky).sql).toBe('(("u"."role" is null or "u"."role" <> ?) and "u"."role" is not null)');
    const recent = timeTestsToSql(sql.ref('last_activity'), parseTimeRange({ from: 5 }, []));
    expect(compiled(recent)).toEqual({ sql: '"last_activity" >= ?', parameters: [new Date(5)] });
  });
});

describe('a filter holds, in SQL and as a predicate', () => {
  let table: EventTable;
  beforeAll(async () => {
    table = await EventTable.create();
  });
  afterAll(() => table.close());

  /** Names of the events that the filter holds for; fails where the two compilers differ or a third truth value shows. */
  async function holdsFor(
    input: AuditEventFilterInput,
    events: Record<string, Partial<FilterableEvent>>,
  ): Promise<string[]> {
    const all = Object.entries(events).map(([eventId, changes]) => anEvent({ ...changes, eventId }));
    await table.fill(all);
    const filter = parse(input);
    const expected = all.map(filterToPredicate(filter));
    expect(await table.answers(filter)).toEqual(expected);
    expect(await table.answers(negate(filter))).toEqual(expected.map((held) => !held));
    return all.filter((_, position) => expected[position]).map(({ eventId }) => eventId);
  }

  const departments = {
    absent: { userDepartment: null },
    empty: { userDepartment: '' },
    lower: { userDepartment: 'sales' },
    upper: { userDepartment: 'SALES' },
  };
  test.each<[object, string[]]>([
    [{ eq: 'sales' }, ['lower']],
    [{ eq: '' }, ['empty']],
    [{ ne: 'sales' }, ['absent', 'empty', 'upper']],
    [{ in: [] }, []],
    [{ in: ['sales', ''] }, ['empty', 'lower']],
    [{ notIn: ['sales', ''] }, ['absent', 'upper']],
    [{ notIn: [] }, ['absent', 'empty', 'lower', 'upper']],
    [{ startsWith: '' }, ['empty', 'lower', 'upper']],
    [{ contains: '' }, ['empty', 'lower', 'upper']],
    [{ endsWith: 'es' }, ['lower']],
    [{ isNull: true }, ['absent']],
    [{ isNull: false }, ['empty', 'lower', 'upper']],
    [{ eq: 'sAles', ignoreCase: true }, ['lower', 'upper']],
    [{ ne: 'sAles', ignoreCase: true }, ['absent', 'empty']],
    [{ ne: 'sales', isNull: true }, ['absent']],
    [{ ne: 'sales', isNull: false }, ['empty', 'upper']],
    [{ eq: 'sales', isNull: true }, []],
  ])('userDepartment %j: for %j', async (userDepartment, held) => {
    expect(await holdsFor({ userDepartment }, departments)).toEqual(held);
    const opposite = Object.keys(departments).filter((name) => !held.includes(name));
    expect(await holdsFor({ not: { userDepartment } }, departments)).toEqual(opposite);
  });

  test.each<[string, AuditEventFilterInput, boolean]>([
    ['{}', {}, true],
    ['and: []', { and: [] }, true],
    ['or: []', { or: [] }, false],
    ['metadata: []', { metadata: [] }, false],
    ['actorKind: []', { actorKind: [] }, false],
    ['outcome: []', { outcome: [] }, false],
    ['sensitivity: []', { sensitivity: [] }, false],
    ['in: []', { userId: { in: [] } }, false],
    ['not: {}', { not: {} }, false],
    ['not: {or: []}', { not: { or: [] } }, true],
    ['or: [{}]', { or: [{}] }, true],
    ['or: [], and: []', { or: [], and: [] }, false],
  ])('%s for every event or for none', async (_name, input, every) => {
    expect(await holdsFor(input, departments)).toEqual(every ? Object.keys(departments) : []);
  });

  test('from its start up to, and without, its end', async () => {
    const times = { before: { timestamp: 4 }, start: { timestamp: 5 }, last: { timestamp: 8 }, end: { timestamp: 9 } };
    expect(await holdsFor({ timestamp: { from: 5, to: 9 } }, times)).toEqual(['start', 'last']);
    expect(await holdsFor({ not: { timestamp: { from: 5, to: 9 } } }, times)).toEqual(['before', 'end']);
    expect(await holdsFor({ timestamp: { from: 5, to: 5 } }, times)).toEqual([]);
  });

  test('by exact characters: no wildcard, no composition, no folding beyond A-Z', async () => {
    const users = {
      plain: { userId: 'a_b%c\\d' },
      other: { userId: 'axbyc\\\\d' },
      composed: { userId: 'caf\u00e9' },
      decomposed: { userId: 'cafe\u0301' },
      kelvin: { userId: '\u212a' },
      dotted: { userId: '\u0130' },
      sharp: { userId: 'stra\u00dfe' },
      capital: { userId: 'CAF\u00c9' },
      astral: { userId: '😀' },
    };
    expect(await holdsFor({ userId: { contains: '_b%' } }, users)).toEqual(['plain']);
    expect(await holdsFor({ userId: { endsWith: 'c\\d' } }, users)).toEqual(['plain']);
    expect(await holdsFor({ userId: { startsWith: 'a_' } }, users)).toEqual(['plain']);
    expect(await holdsFor({ userId: { eq: 'caf\u00e9' } }, users)).toEqual(['composed']);
    expect(await holdsFor({ userId: { startsWith: 'cafe' } }, users)).toEqual(['decomposed']);
    expect(
      await holdsFor({ userId: { in: ['k', 'i', '\u0131', 'STRASSE', '\u00df'], ignoreCase: true } }, users),
    ).toEqual([]);
    expect(await holdsFor({ userId: { eq: 'CAF\u00e9', ignoreCase: true } }, users)).toEqual(['composed']);
    expect(await holdsFor({ userId: { eq: 'STRA\u00dfE', ignoreCase: true } }, users)).toEqual(['sharp']);
    expect(await holdsFor({ userId: { contains: '😀' } }, users)).toEqual(['astral']);
  });

  test('by the JSON text of numbers, booleans, lists and objects; absent and null are one', async () => {
    const values = {
      none: { metadata: null },
      absent: { metadata: '{"b":1}' },
      null: { metadata: '{"a":null}' },
      text: { metadata: '{"a":"true"}' },
      boolean: { metadata: '{"a":true}' },
      number: { metadata: '{"a":1.5}' },
      small: { metadata: '{"a":1e-7}' },
      list: { metadata: '{"a":[1,"x"]}' },
      object: { metadata: '{"a":{"10":"\\u001F","9":"\\n\\"/"}}' },
      word: { metadata: '{"a":"null"}' },
    };
    const at = (value: object): AuditEventFilterInput => ({ metadata: [{ path: 'a', value }] });
    expect(await holdsFor(at({ isNull: true }), values)).toEqual(['none', 'absent', 'null']);
    expect(await holdsFor(at({ eq: 'true' }), values)).toEqual(['text', 'boolean']);
    expect(await holdsFor(at({ in: ['1.5', '1e-7', '1.50'] }), values)).toEqual(['number', 'small']);
    expect(await holdsFor(at({ eq: '[1,"x"]' }), values)).toEqual(['list']);
    expect(await holdsFor(at({ eq: '{"10":"\\u001F","9":"\\n\\"/"}' }), values)).toEqual(['object']);
    expect(await holdsFor(at({ eq: 'null' }), values)).toEqual(['word']);
    expect(await holdsFor(at({ ne: 'true' }), values)).toHaveLength(8);
  });

  test('by path: a key is never an element, nor an element a key', async () => {
    const places = {
      list: { metadata: '{"a":["x",["y"]]}' },
      object: { metadata: '{"a":{"0":"x","1":{"0":"y"}}}' },
      text: { metadata: '{"a":"xyz"}' },
      odd: { metadata: '{"*":"x","a\\"b":{"0":"x"},"a.b":"x","a/b":"x","~1":"x"}' },
    };
    const at = (path: string): AuditEventFilterInput => ({ metadata: [{ path, value: { in: ['x', 'y'] } }] });
    expect(await holdsFor(at('a[0]'), places)).toEqual(['list']);
    expect(await holdsFor(at('a.0'), places)).toEqual(['object']);
    expect(await holdsFor(at('a[1][0]'), places)).toEqual(['list']);
    expect(await holdsFor(at('a."1"[0]'), places)).toEqual([]);
    expect(await holdsFor(at('a[999999999]'), places)).toEqual([]);
    expect(await holdsFor(at('a.length'), places)).toEqual([]);
    expect(await holdsFor(at('"*"'), places)).toEqual(['odd']);
    expect(await holdsFor(at('"a\\"b".0'), places)).toEqual(['odd']);
    expect(await holdsFor(at('"a\\"b"[0]'), places)).toEqual([]);
    expect(await holdsFor(at('"a.b"'), places)).toEqual(['odd']);
    expect(await holdsFor(at('a.b'), places)).toEqual([]);
    expect(await holdsFor(at('"a/b"'), places)).toEqual(['odd']);
    expect(await holdsFor(at('"~1"'), places)).toEqual(['odd']);
  });

  test('with as many conditions and as deep a nesting as the limits let through', async () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ userId: { contains: `usr-${index}` } }));
    let filter: AuditEventFilterInput = {
      or: [...many, { userId: { in: Array.from({ length: 1_000 }, (_, i) => `${i}`) } }],
    };
    for (let level = 0; level < 30; level += 1) filter = level % 2 ? { and: [filter] } : { not: { not: filter } };
    expect(() => parse(filter)).toThrow('nested more than');
    filter = { or: many };
    for (let level = 0; level < 15; level += 1) filter = { and: [{ not: filter }, {}] };
    expect(await holdsFor(filter, { named: { userId: 'usr-7' }, other: { userId: 'svc-backup' } })).toEqual(['other']);
  });

  test('and the value at a path can be selected and grouped by', async () => {
    await table.fill(['{"a":[{"b":true}]}', '{"a":[{"b":"true"}]}', null].map((metadata) => anEvent({ metadata })));
    const value = duckdbDialect.jsonText(sql.ref('metadata'), parseMetadataPath('a[0].b'));
    expect(
      await table.rows(sql`select ${value}, count(*) from events group by ${value} order by ${value} nulls last`),
    ).toEqual([
      ['true', 2n],
      [null, 1n],
    ]);
  });
});

test('an event is parsed once, however many predicates read its metadata', () => {
  const parsed = jest.spyOn(JSON, 'parse');
  const event = anEvent({ metadata: '{"a":"x","b":["y"]}' });
  const predicates = ['a', 'b[0]', 'c'].map((path) =>
    filterToPredicate(parse({ metadata: [{ path, value: { isNull: false } }] })),
  );
  expect(predicates.map((holds) => holds(event))).toEqual([true, true, false]);
  expect(parsed).toHaveBeenCalledTimes(1);
  expect(
    filterToPredicate(parse({ action: { eq: 'DELETE' }, metadata: [{ path: 'a', value: { eq: 'x' } }] }))(
      anEvent({ metadata: '{' }),
    ),
  ).toBe(false);
  parsed.mockRestore();
});

test('metadata that is not compact JSON is an error, not an endless search', () => {
  const holds = filterToPredicate(parse({ metadata: [{ path: 'a', value: { isNull: false } }] }));
  expect(() => holds(anEvent({ metadata: '{ "a": {} }' }))).toThrow('not compact JSON');
});
