import fc from 'fast-check';
import { parseAuditEventFilter } from '../../src/filter/audit-event-filter.ts';
import { filterToPredicate } from '../../src/filter/predicate.ts';
import { receivedAtBounds, timestampBounds } from '../../src/filter/reach.ts';
import type { StringFilterInput } from '../../src/filter/string-filter.ts';
import { writeCanonicalJson } from '../../src/ingest/canonical-json.ts';
import { holds, readAloud } from './contract.ts';
import { anEvent, EventTable } from './event-table.ts';
import { metadataObject } from './generated-events.ts';
import { cases, placesIn, steps, written } from './generated-filters.ts';

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
