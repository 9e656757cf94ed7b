import fc from 'fast-check';
import type { AuditEventFilterInput, MetadataFilterInput } from '../../src/filter/audit-event-filter.ts';
import { ENUM_FIELDS, TEXT_FIELDS, TIME_FIELDS } from '../../src/filter/fields.ts';
import type { StringFilterInput } from '../../src/filter/string-filter.ts';
import type { TimeRangeInput } from '../../src/filter/time-range.ts';
import { type Json, readAloud, type Subject } from './contract.ts';
import { event, key, text, time } from './generated-events.ts';

/** Places that exist in the metadata, so that paths of filters often lead somewhere. */
export function placesIn(value: Json, path: (string | number)[] = []): (string | number)[][] {
  const here = path.length === 0 ? [] : [path];
  if (typeof value !== 'object' || value === null) return here;
  const members: [string | number, Json][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [...here, ...members.flatMap(([step, member]) => placesIn(member, [...path, step]))];
}

const step = fc.oneof({ weight: 3, arbitrary: key }, fc.nat({ max: 2 }));
export const steps = fc.tuple(key, fc.array(step, { maxLength: 2 })).map(([first, rest]) => [first, ...rest]);

export const written = (path: readonly (string | number)[]): string =>
  path
    .map((each, index) => {
      if (typeof each === 'number') return `[${each}]`;
      const name = /^[a-z0-9]+$/i.test(each) ? each : `"${each.replace(/["\\]/g, '\\$&')}"`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');

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

/** Events, and filters that look for what they hold. */
export const cases = fc
  .array(event, { minLength: 1, maxLength: 12 })
  .chain((events) =>
    fc.record({ events: fc.constant(events), inputs: fc.array(filters(events), { minLength: 1, maxLength: 8 }) }),
  );
