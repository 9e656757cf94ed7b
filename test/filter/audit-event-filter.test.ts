import { AppError } from '../../src/domain/errors.ts';
import {
  type AuditEventFilterInput,
  MAX_FILTER_DEPTH,
  parseAuditEventFilter,
} from '../../src/filter/audit-event-filter.ts';
import type { Filter } from '../../src/filter/filter.ts';
import { MAX_LIST_VALUES } from '../../src/filter/string-filter.ts';

const parse = (input: AuditEventFilterInput | null | undefined, maxConditions = 100): Filter =>
  parseAuditEventFilter(input, { maxConditions });

/** What GraphQL would have refused, as it may stand in a filter that was kept as JSON. */
const asKept = (json: string): AuditEventFilterInput => JSON.parse(json) as AuditEventFilterInput;

describe('an AuditEventFilter', () => {
  test('takes null as absent, everywhere', () => {
    expect(parse(null)).toEqual({ kind: 'all' });
    expect(parse(undefined)).toEqual({ kind: 'all' });
    expect(
      parse({ userId: null, timestamp: null, actorKind: null, metadata: null, and: null, or: null, not: null }),
    ).toEqual({
      kind: 'all',
    });
    expect(parse({ userId: { eq: 'usr-0042', ne: null, in: null, isNull: null, ignoreCase: null } })).toEqual(
      parse({ userId: { eq: 'usr-0042' } }),
    );
    expect(parse({ timestamp: { from: 5, to: null } })).toEqual(parse({ timestamp: { from: 5 } }));
  });

  test('pushes not down to its conditions', () => {
    expect(parse({ not: { or: [{ userId: { eq: 'a' } }, { not: { timestamp: { from: 5 } } }] } })).toEqual({
      kind: 'and',
      of: [
        { kind: 'text', field: 'userId', test: { op: 'in', values: ['a'], ignoreCase: false, negated: true } },
        { kind: 'time', field: 'timestamp', test: { op: 'since', at: 5 } },
      ],
    });
  });

  test('folds the values of a filter that ignores case, A-Z only', () => {
    expect(parse({ userId: { in: ['ÄB', 'äb', 'Äb'], ignoreCase: true } })).toMatchObject({
      test: { values: ['Äb', 'äb'] },
    });
  });

  test('takes times as Date and as milliseconds', () => {
    expect(parse({ receivedAt: { from: new Date(5), to: 7 } })).toEqual(
      parse({ receivedAt: { from: 5, to: new Date(7) } }),
    );
  });

  test.each<[string, AuditEventFilterInput, (string | number)[], string]>([
    ['a StringFilter that says nothing', { userId: {} }, ['userId'], 'says nothing'],
    ['a StringFilter of nulls', { userId: { eq: null } }, ['userId'], 'says nothing'],
    [
      'a StringFilter with ignoreCase alone',
      { and: [{ userId: { ignoreCase: true } }] },
      ['and', 0, 'userId'],
      'says nothing',
    ],
    ['a TimeRange that says nothing', { not: { timestamp: {} } }, ['not', 'timestamp'], 'says nothing'],
    [
      'from after to',
      { receivedAt: { from: 2, to: 1 } },
      ['receivedAt'],
      '"from" (1970-01-01T00:00:00.002Z) lies after',
    ],
    ['a time that is none', { timestamp: { from: new Date(Number.NaN) } }, ['timestamp', 'from'], 'A time is needed'],
    ['U+0000', { or: [{}, { action: { in: ['a', '\0'] } }] }, ['or', 1, 'action', 'in', 1], 'U+0000'],
    ['half of a surrogate pair', { action: { contains: '\udc00a' } }, ['action', 'contains'], 'surrogate'],
    [
      'a path that is none',
      {
        metadata: [
          { path: 'a', value: { eq: '1' } },
          { path: 'a.', value: { eq: '1' } },
        ],
      },
      ['metadata', 1, 'path'],
      'ends with a "."',
    ],
    [
      'a metadata value that says nothing',
      { metadata: [{ path: 'a', value: {} }] },
      ['metadata', 0, 'value'],
      'says nothing',
    ],
    [
      'too long a list',
      { userId: { notIn: Array(MAX_LIST_VALUES + 1).fill('a') } },
      ['userId', 'notIn'],
      'limit is 1000',
    ],
    ['a field that does not exist', asKept('{"and":[{"userID":{"eq":"a"}}]}'), ['and', 0, 'userID'], 'no "userID"'],
    ['an operator that does not exist', asKept('{"userId":{"like":"a"}}'), ['userId', 'like'], 'no "like"'],
    ['a value of another type', asKept('{"userId":{"eq":5}}'), ['userId', 'eq'], 'A text is needed'],
    ['a list where an object belongs', asKept('{"userId":["a"]}'), ['userId'], 'An object is needed'],
    ['a null in a list of filters', asKept('{"or":[null]}'), ['or', 0], 'An object is needed'],
    ['an object where a list belongs', asKept('{"or":{"userId":{"eq":"a"}}}'), ['or'], 'A list is needed'],
    ['an unknown enum value', asKept('{"outcome":["SUCCESS","OK"]}'), ['outcome', 1], 'not one of SUCCESS, FAILURE'],
    [
      'a metadata filter without a path',
      asKept('{"metadata":[{"value":{"eq":"a"}}]}'),
      ['metadata', 0, 'path'],
      'needs a path',
    ],
    [
      'a metadata filter without a value',
      asKept('{"metadata":[{"path":"a"}]}'),
      ['metadata', 0, 'value'],
      'An object is needed',
    ],
  ])('refuses %s', (_what, input, inputPath, message) => {
    const refused = (): unknown => parse(input);
    expect(refused).toThrow(AppError);
    expect(refused).toThrow(message);
    expect(refused).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', inputPath: ['filter', ...inputPath] }));
  });

  test('says where from the root it was given', () => {
    expect(() => parseAuditEventFilter({ userId: {} }, { maxConditions: 5, inputPath: ['rule', 'scope'] })).toThrow(
      expect.objectContaining({ inputPath: ['rule', 'scope', 'userId'] }),
    );
  });

  test.each<[number, AuditEventFilterInput]>([
    [1, { userId: { in: ['a', 'b', 'c'] } }],
    [2, { userId: { startsWith: 'a', endsWith: 'b', ignoreCase: true } }],
    [2, { timestamp: { from: 1, to: 2 } }],
    [3, { and: [{ userId: { eq: 'a' } }, { or: [{ action: { eq: 'b' } }, { outcome: ['DENIED'] }] }] }],
    [2, { metadata: [{ path: 'a', value: { contains: 'x', isNull: false } }] }],
    [3, { or: [{}, {}, {}] }],
    [2, { and: [{ or: [] }, { and: [] }] }],
    [1, { not: {} }],
  ])('counts %i conditions, and refuses one more than the limit', (count, input) => {
    expect(() => parse(input, count)).not.toThrow();
    expect(() => parse(input, count - 1)).toThrow(
      expect.objectContaining({
        code: 'BAD_USER_INPUT',
        inputPath: ['filter'],
        message: expect.stringContaining(`more than ${count - 1} conditions`),
      }),
    );
  });

  test('refuses a filter nested too deep before any stack overflows', () => {
    const nested = (levels: number): AuditEventFilterInput => {
      let filter: AuditEventFilterInput = { userId: { eq: 'a' } };
      for (let level = 1; level < levels; level += 1) filter = level % 2 ? { not: filter } : { and: [filter] };
      return filter;
    };
    expect(() => parse(nested(MAX_FILTER_DEPTH))).not.toThrow();
    expect(() => parse(nested(MAX_FILTER_DEPTH + 1))).toThrow('more than 32 levels');
    expect(() => parse(nested(100_000))).toThrow('more than 32 levels');
  });
});
