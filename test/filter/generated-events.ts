import fc from 'fast-check';
import { ACTOR_KINDS, OUTCOMES, SENSITIVITIES } from '../../src/domain/audit-event.ts';
import { TEXT_FIELDS } from '../../src/filter/fields.ts';
import type { FilterableEvent } from '../../src/filter/predicate.ts';
import { writeCanonicalJson } from '../../src/ingest/canonical-json.ts';
import type { Json, Subject } from './contract.ts';
import { anEvent } from './event-table.ts';

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
export const text = fc.oneof(
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
export const key = fc.oneof({ weight: 2, arbitrary: fc.constantFrom('a', 'b', '0') }, fc.constantFrom(...KEYS));
const number = fc.oneof(
  fc.constantFrom(0, 1, -1, 1.5, 1e-7, 5e-324, 0.1, Number.MAX_SAFE_INTEGER),
  fc.maxSafeInteger(),
  // Accept refuses whole numbers beyond 2^53 - 1, and every larger double is whole.
  fc.double({ min: -(2 ** 53), max: 2 ** 53, minExcluded: true, maxExcluded: true, noNaN: true }),
);

export const { object: metadataObject } = fc.letrec<{ value: Json; object: { [key: string]: Json } }>((tie) => ({
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

const nullable = (field: string): boolean =>
  (TEXT_FIELDS as Record<string, { nullable: boolean }>)[field]?.nullable ?? false;
export const time = fc.nat({ max: 6 }).map((tick) => Date.UTC(2024, 2, 20) + tick);

export const event: fc.Arbitrary<Subject> = fc
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
