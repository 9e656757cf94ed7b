import { type AuditEventFilterInput, parseAuditEventFilter } from '../../src/filter/audit-event-filter.ts';
import type { Filter } from '../../src/filter/filter.ts';
import { filteredFields, namesSource, receivedAtBounds, timestampBounds } from '../../src/filter/reach.ts';

const parse = (input: AuditEventFilterInput): Filter => parseAuditEventFilter(input, { maxConditions: 100 });

describe('the time that a filter reaches', () => {
  test.each<[string, AuditEventFilterInput, object]>([
    ['has no bounds without a range', { userId: { eq: 'a' } }, {}],
    ['is that of its range', { timestamp: { from: 5, to: 9 } }, { from: 5, to: 9 }],
    ['may be open', { timestamp: { to: 9 } }, { to: 9 }],
    [
      'is the overlap of ranges that must all hold',
      { timestamp: { from: 5 }, and: [{ timestamp: { from: 3, to: 8 } }] },
      { from: 5, to: 8 },
    ],
    [
      'spans alternatives',
      { or: [{ timestamp: { from: 5, to: 6 } }, { timestamp: { from: 8, to: 9 } }] },
      { from: 5, to: 9 },
    ],
    ['is open when one alternative is', { or: [{ timestamp: { from: 5 } }, { action: { eq: 'a' } }] }, {}],
    ['is what a negated range leaves', { not: { timestamp: { from: 5 } } }, { to: 5 }],
    ['is open on both sides of a negated range', { not: { timestamp: { from: 5, to: 9 } } }, {}],
    ['skips alternatives that hold for none', { or: [{ or: [] }, { timestamp: { from: 5 } }] }, { from: 5 }],
    ['is empty when nothing can hold', { timestamp: { from: 5 }, or: [] }, { from: 0, to: 0 }],
    [
      'is empty for ranges that do not meet',
      { timestamp: { from: 9 }, and: [{ timestamp: { to: 3 } }] },
      { from: 0, to: 0 },
    ],
  ])('%s', (_what, input, bounds) => {
    expect(timestampBounds(parse(input))).toEqual(bounds);
  });

  test('is kept apart for the time of receipt', () => {
    const filter = parse({ timestamp: { from: 5 }, receivedAt: { to: 9 } });
    expect(timestampBounds(filter)).toEqual({ from: 5 });
    expect(receivedAtBounds(filter)).toEqual({ to: 9 });
  });
});

describe('a filter names a source', () => {
  test.each<[AuditEventFilterInput]>([
    [{ source: { eq: 'trailgate' } }],
    [{ source: { in: ['cloudtrail', 'trailgate'] } }],
    [{ source: { eq: 'TrailGate', ignoreCase: true } }],
    [{ or: [{ action: { eq: 'READ' } }, { source: { eq: 'trailgate' } }] }],
    [{ not: { source: { ne: 'trailgate' } } }],
  ])('with %j', (input) => {
    expect(namesSource(parse(input), 'trailgate')).toBe(true);
  });

  test.each<[AuditEventFilterInput]>([
    [{}],
    [{ source: { eq: 'cloudtrail' } }],
    [{ source: { eq: 'TrailGate' } }],
    [{ source: { ne: 'trailgate' } }],
    [{ not: { source: { in: ['trailgate'] } } }],
    [{ not: { source: { eq: 'cloudtrail' } } }],
    [{ source: { startsWith: 'trail' } }],
    [{ source: { isNull: false } }],
    [{ userId: { eq: 'trailgate' } }],
  ])('but not with %j', (input) => {
    expect(namesSource(parse(input), 'trailgate')).toBe(false);
  });
});

test('the fields of a filter are all that it has a condition on, also where that condition decides nothing', () => {
  const filter = parse({
    receivedAt: { from: 1 },
    or: [{}, { userId: { in: [] } }, { not: { metadata: [{ path: 'a', value: { isNull: true } }] } }],
    and: [{ outcome: [] }],
  });
  expect([...filteredFields(filter)].sort()).toEqual(['metadata', 'outcome', 'receivedAt', 'userId']);
});
