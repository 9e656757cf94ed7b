import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { readItem } from '../../src/ingest/dynamodb-values.ts';
import { RefusalError } from '../../src/ingest/refusal.ts';
import { l, m, n, s } from './dynamodb-records.ts';

const read = (attribute: unknown): unknown => readItem({ a: attribute }).a;

function refusalOf(image: unknown): unknown {
  try {
    readItem(image);
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal;
    throw error;
  }
  return null;
}

describe('an item of DynamoDB', () => {
  test('is read as the SDK reads it, whatever it holds', () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.double({ min: -1e15, max: 1e15, noNaN: true }).map((number) => number || 0),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((name) => name !== '__proto__'),
          json,
        ),
        (item) => {
          const image = marshall(item, { convertEmptyValues: false });
          const [ours, theirs] = [readItem(image), unmarshall(image)];
          expect(JSON.parse(JSON.stringify(ours))).toEqual(JSON.parse(JSON.stringify(theirs)));
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each([
    ['0', 0],
    ['-7', -7],
    ['0.1', 0.1],
    ['1E2', 100],
    ['1.5E-7', 1.5e-7],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['-9007199254740993', '-9007199254740993'],
    ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
    ['3.1415926535897932384626433832795028842', '3.1415926535897932384626433832795028842'],
    ['0.30000000000000000001', '0.30000000000000000001'],
    ['1E125', '1E125'],
    ['1E-130', 1e-130],
  ])('keeps every digit of the number %s', (text, kept) => {
    expect(read(n(text))).toBe(kept);
    expect(Number(read(n(text)))).toBe(Number(text));
  });

  test('gives the members of a set in one order, however they came', () => {
    expect(read({ SS: ['b', 'a', 'c'] })).toEqual(['a', 'b', 'c']);
    expect(read({ NS: ['10', '9', '90071992547409930', '-1'] })).toEqual([-1, 9, 10, '90071992547409930']);
    expect(read({ BS: ['Ag==', 'AQ=='] })).toEqual(['AQ==', 'Ag==']);
  });

  test('gives binary as base64, from Lambda and from the API', () => {
    expect(read({ B: 'AQID' })).toBe('AQID');
    expect(read({ B: Uint8Array.of(1, 2, 3) })).toBe('AQID');
  });

  test('keeps what is empty or null', () => {
    const image = { text: s(''), map: m({}), list: l(), nothing: { NULL: true }, no: { BOOL: false } };
    expect(readItem(image)).toEqual({ text: '', map: {}, list: [], nothing: null, no: false });
  });

  test('keeps an attribute named __proto__ as one', () => {
    const image = JSON.parse('{"__proto__":{"M":{"polluted":{"BOOL":true}}}}') as unknown;
    expect(Object.keys(readItem(image))).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('takes the types that a client leaves undefined as absent', () => {
    expect(read({ S: 'a', N: undefined, M: undefined })).toBe('a');
  });

  test.each([
    ['no type', {}],
    ['two types', { S: 'a', N: '1' }],
    ['an unknown type', { X: 'a' }],
    ['a bare text', 'a'],
    ['null', null],
    ['a number that is no text', { N: 1 }],
    ['text that is no number', { N: 'abc' }],
    ['NaN', { N: 'NaN' }],
    ['a text that is a number', { S: 1 }],
    ['a flag that is text', { BOOL: 'true' }],
    ['a list that is none', { L: {} }],
    ['a set of the wrong type', { NS: [1] }],
    ['a map that is a list', { M: [] }],
  ])('is refused, with the place, where an attribute has %s', (_what, attribute) => {
    expect(refusalOf({ a: s('ok'), b: m({ c: l(s('ok'), attribute) }) })).toMatchObject({
      code: 'INVALID_EVENT',
      path: ['b', 'c', '1'],
    });
  });

  test('is refused when it is nested deeper than DynamoDB allows, without a stack overflow', () => {
    let attribute: unknown = s('deep');
    for (let level = 0; level < 5_000; level += 1) attribute = m({ a: attribute });
    expect(refusalOf({ a: attribute })).toMatchObject({ message: expect.stringContaining('nested deeper') });
  });
});
