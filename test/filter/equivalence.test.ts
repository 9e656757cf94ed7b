import fc from 'fast-check';
import { ACTOR_KINDS, OUTCOMES, SENSITIVITIES } from '../../src/domain/audit-event.ts';
import {
  type AuditEventFilterInput,
  type MetadataFilterInput,
  parseAuditEventFilter,
} from '../../src/filter/audit-event-filter.ts';
import { ENUM_FIELDS, TEXT_FIELDS, TIME_FIELDS } from '../../src/filter/fields.ts';
import { type FilterableEvent, filterToPredicate } from '../../src/filter/predicate.ts';
import { receivedAtBounds, timestampBounds } from '../../src/filter/reach.ts';
import type { StringFilterInput } from '../../src/filter/string-filter.ts';
import type { TimeRangeInput } from '../../src/filter/time-range.ts';
import { writeCanonicalJson } from '../../src/ingest/canonical-json.ts';
import { anEvent, EventTable } from './event-table.ts';

/** Small pools, so that filters meet the values they look for; each entry has once been a way to get it wrong. */
const SHORT = [
  '',
  'a',
  'A',
  'b',
  'z',
  'Z',
  '@',
  '[',
  '{',
  '`',
  '%',
  '_',
  '\\',
  '"',
  "'",
  '?',
  '$1',
  '/',
  '~',
  '0',
  '\n',
  '\u001f',
  '\u007f',
];
const FOREIGN = [
  'é',
  'É',
  'e\u0301',
  '\u0301',
  '\u212a',
  'k',
  'ı',
  'İ',
  'ß',
  'ẞ',
  'Σ',
  'ς',
  '😀',
  '\u{10400}',
  '\u{10428}',
  '\ue000',
  '\uffff',
  '\u2028',
  'ﬁ',
];
const piece = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...SHORT) }, fc.constantFrom(...FOREIGN));
const text = fc.oneof(
  piece,
  fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join('')),
  fc.constantFrom('true', 'null', '1', '1.5', '1e-7', '[]', '{}', '["a"]', '{"a":1}'),
  fc.string({ unit: 'binary', maxLength: 6 }).map((value) => value.replaceAll('\0', '')),
);

const KEYS = [
  'a',
  'b',
  'A',
  '0',
  '1',
  '00',
  '10',
  '9',
  '-',
  '-1',
  'a.b',
  'a"b',
  '\\',
  '\\"',
  '"',
  '*',
  'a*',
  '$',
  '$.a',
  '[0]',
  '/',
  '~',
  '~1',
  '~0',
  '#',
  '?',
  "'",
  ' ',
  'é',
  'e\u0301',
  '😀',
  '\u0001',
  '\n',
  'length',
  'constructor',
];
const key = fc.oneof({ weight: 2, arbitrary: fc.constantFrom('a', 'b', '0') }, fc.constantFrom(...KEYS));
const number = fc.oneof(
  fc.constantFrom(0, 1, -1, 1.5, 1e-7, 5e-324, 0.1, Number.MAX_SAFE_INTEGER),
  fc.maxSafeInteger(),
  // Accept refuses whole numbers beyond 2^53 - 1, and every larger double is whole.
  fc.double({ min: -(2 ** 53), max: 2 ** 53, minExcluded: true, maxExcluded: true, noNaN: true }),
);

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const { object: metadataObject } = fc.letrec<{ value: Json; object: { [key: string]: Json } }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));

/** Places that exist in the metadata, so that paths of filters often lead somewhere. */
function placesIn(value: Json, path: (string | number)[] = []): (string | number)[][] {
  const here = path.length === 0 ? [] : [path];
  if (typeof value !== 'object' || value === null) return here;
  const members: [string | number, Json][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [...here, ...members.flatMap(([step, member]) => placesIn(member, [...path, step]))];
}

const step = fc.oneof({ weight: 3, arbitrary: key }, fc.nat({ max: 2 }));
const steps = fc.tuple(key, fc.array(step, { maxLength: 2 })).map(([first, rest]) => [first, ...rest]);

const written = (path: readonly (string | number)[]): string =>
  path
    .map((each, index) => {
      if (typeof each === 'number') return `[${each}]`;
      const name = /^[a-z0-9]+$/i.test(each) ? each : `"${each.replace(/["\\]/g, '\\$&')}"`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');

const nullable = (field: string): boolean =>
  (TEXT_FIELDS as Record<string, { nullable: boolean }>)[field]?.nullable ?? false;
const time = fc.nat({ max: 6 }).map((tick) => Date.UTC(2024, 2, 20) + tick);

const event: fc.Arbitrary<Subject> = fc
  .tuple(
    fc.record({
      ...Object.fromEntries(Object.keys(TEXT_FIELDS).map((field) => [field, nullable(field) ? fc.option(text) : text])),
      timestamp: time,
      receivedAt: time,
      actorKind: fc.constantFrom(...ACTOR_KINDS),
      outcome: fc.constantFrom(...OUTCOMES),
      sensitivity: fc.constantFrom(...SENSITIVITIES),
    }) as fc.Arbitrary<Partial<FilterableEvent>>,
    fc.option(metadataObject, { freq: 6 }),
  )
  .map(([fields, metadata]) => ({
    fields: anEvent({ ...fields, metadata: metadata === null ? null : writeCanonicalJson(metadata) }),
    metadata,
  }));

function stringFilter(values: fc.Arbitrary<string>): fc.Arbitrary<StringFilterInput> {
  const list = fc.array(values, { maxLength: 3 });
  const operand: Record<string, fc.Arbitrary<unknown>> = {
    eq: values,
    ne: values,
    in: list,
    notIn: list,
    startsWith: values,
    endsWith: values,
    contains: values,
    isNull: fc.boolean(),
  };
  const one = fc.oneof(
    ...Object.entries(operand).map(([operator, value]) => value.map((given) => ({ [operator]: given }))),
  );
  return fc
    .tuple(one, fc.option(one, { freq: 2 }), fc.constantFrom(true, false, null))
    .map(([first, second, ignoreCase]) => ({ ...second, ...first, ignoreCase }));
}

const range: fc.Arbitrary<TimeRangeInput> = fc
  .tuple(fc.option(time), fc.option(time))
  .filter(([from, to]) => from !== null || to !== null)
  .map(([from, to]) => ({ from, to: from !== null && to !== null ? Math.max(from, to) : to }));

type Subject = { fields: FilterableEvent; metadata: { [key: string]: Json } | null };

function filters(events: readonly Subject[]): fc.Arbitrary<AuditEventFilterInput> {
  // A path cannot name an empty key.
  const places = events
    .flatMap(({ metadata }) => (metadata === null ? [] : placesIn(metadata)))
    .filter((place) => place.every((each) => each !== ''));
  const path = fc.oneof(
    steps,
    ...(places.length === 0 ? [] : [fc.constantFrom(...places), fc.constantFrom(...places).map(mistaken)]),
  );
  const metadata: fc.Arbitrary<MetadataFilterInput> = path.chain((each) =>
    fc.record({
      path: fc.constant(written(each)),
      value: stringFilter(
        like(
          events.flatMap((one) => [
            readAloud(one.metadata, written(each)),
            readAloud(one.metadata, written(mistaken(each))),
          ]),
        ),
      ),
    }),
  );
  const condition = fc.oneof(
    fc
      .constantFrom(...(Object.keys(TEXT_FIELDS) as (keyof typeof TEXT_FIELDS)[]))
      .chain((field) =>
        fc.tuple(fc.constant<string>(field), stringFilter(like(events.map(({ fields }) => fields[field])))),
      ),
    fc.tuple(fc.constantFrom(...Object.keys(TIME_FIELDS)), range),
    fc
      .constantFrom(...Object.entries(ENUM_FIELDS))
      .chain(([field, { values }]) =>
        fc.tuple(fc.constant(field), fc.array(fc.constantFrom<string>(...values), { maxLength: 3 })),
      ),
    { weight: 2, arbitrary: fc.tuple(fc.constant('metadata'), fc.array(metadata, { maxLength: 2 })) },
  );
  return fc.letrec<{ filter: AuditEventFilterInput }>((tie) => ({
    filter: fc
      .tuple(
        fc.array(condition, { maxLength: 2 }),
        fc.oneof(
          { maxDepth: 3, depthSize: 'small' },
          fc.constant({}),
          fc.record({ not: tie('filter') }),
          fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }),
          fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }),
        ),
      )
      .map(([conditions, nested]) => ({ ...Object.fromEntries(conditions), ...nested })),
  })).filter;
}

/** A key of digits for an element, and the other way round. */
const mistaken = (path: readonly (string | number)[]): (string | number)[] =>
  path.map((each, index) => {
    if (typeof each === 'number') return String(each);
    return index > 0 && /^(0|[1-9]\d?)$/.test(each) ? Number(each) : each;
  });

/** Values that events hold, parts of them, and the same in the other case. */
function like(held: readonly (string | null)[]): fc.Arbitrary<string> {
  const values = held.filter((value): value is string => value !== null);
  if (values.length === 0) return text;
  const changed = fc
    .tuple(fc.constantFrom(...values), fc.nat({ max: 2 }), fc.nat({ max: 2 }), fc.nat({ max: 2 }))
    .map(([whole, from, left, letters]) => {
      const characters = [...whole];
      const part = characters.slice(from, Math.max(from, characters.length - left)).join('');
      return [part, part.toUpperCase(), part.toLowerCase()][letters] ?? part;
    });
  return fc.oneof(text, fc.constantFrom(...values), { weight: 2, arbitrary: changed });
}

/** The contract read aloud: no compilation, no negation pushed anywhere. */
function holds(
  filter: AuditEventFilterInput,
  { fields, metadata }: { fields: FilterableEvent; metadata: Json },
): boolean {
  return Object.entries(filter).every(([name, given]) => {
    if (name === 'not') return !holds(given as AuditEventFilterInput, { fields, metadata });
    if (name === 'and') return (given as AuditEventFilterInput[]).every((part) => holds(part, { fields, metadata }));
    if (name === 'or') return (given as AuditEventFilterInput[]).some((part) => holds(part, { fields, metadata }));
    if (name === 'metadata') {
      const parts = given as MetadataFilterInput[];
      return parts.length > 0 && parts.every(({ path, value }) => passes(value, readAloud(metadata, path)));
    }
    const value = fields[name as keyof FilterableEvent];
    if (name in TIME_FIELDS) {
      const { from, to } = given as { from: number | null; to: number | null };
      return (from === null || (value as number) >= from) && (to === null || (value as number) < to);
    }
    if (name in ENUM_FIELDS) return (given as string[]).includes(value as string);
    return passes(given as StringFilterInput, value as string | null);
  });
}

function passes(test: StringFilterInput, value: string | null): boolean {
  const same = (given: string): string =>
    test.ignoreCase
      ? Array.from(given, (each) => (each >= 'A' && each <= 'Z' ? each.toLowerCase() : each)).join('')
      : given;
  const bytes = (given: string): Buffer => Buffer.from(same(given));
  const equals = (given: string): boolean => value !== null && bytes(given).equals(bytes(value));
  const at = (given: string): number[] => {
    if (value === null) return [];
    const whole = bytes(value);
    const part = bytes(given);
    return [...Array(whole.length + 1).keys()].filter((from) => whole.subarray(from, from + part.length).equals(part));
  };
  if (typeof test.eq === 'string' && !equals(test.eq)) return false;
  if (typeof test.ne === 'string' && equals(test.ne)) return false;
  if (test.in && !test.in.some(equals)) return false;
  if (test.notIn?.some(equals)) return false;
  if (typeof test.startsWith === 'string' && !at(test.startsWith).includes(0)) return false;
  if (typeof test.contains === 'string' && at(test.contains).length === 0) return false;
  if (typeof test.endsWith === 'string') {
    const last = value === null ? -1 : bytes(value).length - bytes(test.endsWith).length;
    if (!at(test.endsWith).includes(last)) return false;
  }
  return typeof test.isNull !== 'boolean' || test.isNull === (value === null);
}

function readAloud(metadata: Json, path: string): string | null {
  const tokens = path.match(/\[\d+\]|"(?:[^"\\]|\\.)*"|[^.[\]"]+/gu) ?? [];
  let value: Json | undefined = metadata;
  for (const token of tokens) {
    if (token.startsWith('[')) {
      value = Array.isArray(value) ? value[Number(token.slice(1, -1))] : undefined;
    } else {
      const name = token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/gu, '$1') : token;
      const object = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
      value = Object.entries(object).find(([each]) => each === name)?.[1] as Json | undefined;
    }
  }
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : writeCanonicalJson(value);
}

const cases = fc
  .array(event, { minLength: 1, maxLength: 12 })
  .chain((events) =>
    fc.record({ events: fc.constant(events), inputs: fc.array(filters(events), { minLength: 1, maxLength: 8 }) }),
  );

describe('SQL, predicate and contract', () => {
  let table: EventTable;
  beforeAll(async () => {
    table = await EventTable.create();
  });
  afterAll(() => table.close());

  test('choose the same events, and not is the exact opposite in each', async () => {
    let chosen = 0;
    let left = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ events, inputs }) => {
        await table.fill(events.map(({ fields }) => fields));
        for (const input of inputs) {
          const expected = events.map((each) => holds(input, each));
          const opposite = expected.map((held) => !held);
          const filter = parseAuditEventFilter(input, { maxConditions: 1_000 });
          const negated = parseAuditEventFilter({ not: input }, { maxConditions: 1_000 });
          expect(events.map(({ fields }) => filterToPredicate(filter)(fields))).toEqual(expected);
          expect(events.map(({ fields }) => filterToPredicate(negated)(fields))).toEqual(opposite);
          expect(await table.answers(filter)).toEqual(expected);
          expect(await table.answers(negated)).toEqual(opposite);

          for (const [index, { fields }] of events.entries()) {
            if (!expected[index]) continue;
            expect(within(fields.timestamp, timestampBounds(filter))).toBe(true);
            expect(within(fields.receivedAt, receivedAtBounds(filter))).toBe(true);
          }
          chosen += expected.filter(Boolean).length;
          left += opposite.filter(Boolean).length;
        }
      }),
      { numRuns: 150 },
    );
    // A generator whose filters all miss, or all hold, would show nothing.
    expect(chosen / (chosen + left)).toBeGreaterThan(0.1);
    expect(left / (chosen + left)).toBeGreaterThan(0.1);
  });

  test('agree about the value at every place of the metadata', async () => {
    await fc.assert(
      fc.asyncProperty(metadataObject, fc.array(steps, { maxLength: 4 }), async (metadata, others) => {
        const subject = anEvent({ metadata: writeCanonicalJson(metadata) });
        await table.fill([subject]);
        const places = [...placesIn(metadata).filter((place) => place.every((each) => each !== '')), ...others];
        for (const place of places.slice(0, 12)) {
          const value = readAloud(metadata, written(place));
          const test: StringFilterInput = value === null ? { isNull: true } : { eq: value };
          const filter = parseAuditEventFilter(
            { metadata: [{ path: written(place), value: test }] },
            { maxConditions: 1 },
          );
          expect([written(place), filterToPredicate(filter)(subject)]).toEqual([written(place), true]);
          expect([written(place), await table.answers(filter)]).toEqual([written(place), [true]]);
        }
      }),
      { numRuns: 150 },
    );
  });
});

const within = (at: number, { from = -Infinity, to = Infinity }: { from?: number; to?: number }): boolean =>
  at >= from && at < to;
