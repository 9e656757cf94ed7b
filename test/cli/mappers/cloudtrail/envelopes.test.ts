import { cloudTrail } from '../../../../src/cli/mappers/cloudtrail.ts';
import { aRecord } from '../../records.ts';

describe('envelopes', () => {
  const [a, b] = [aRecord(), aRecord()];
  const places = (document: unknown) => cloudTrail.records(document).map(({ at }) => at);
  const ids = (document: unknown) => cloudTrail.records(document).map(({ record }) => cloudTrail.map(record).eventId);

  test.each<[string, unknown, string[]]>([
    ['Records', { Records: [a, b] }, ['Records[0]', 'Records[1]']],
    ['a list', [a, b], ['[0]', '[1]']],
    [
      'LookupEvents',
      { Events: [a, b].map((r) => ({ EventId: 'x', CloudTrailEvent: JSON.stringify(r) })) },
      ['Events[0].CloudTrailEvent', 'Events[1].CloudTrailEvent'],
    ],
    [
      'a list of EventBridge events',
      [a, b].map((detail) => ({ 'detail-type': 'AWS API Call via CloudTrail', detail })),
      ['[0].detail', '[1].detail'],
    ],
  ])('of the form %s are opened', (_form, document, at) => {
    expect(places(document)).toEqual(at);
    expect(ids(document)).toEqual([a?.eventID, b?.eventID]);
  });

  test('of one record and one EventBridge event are opened', () => {
    expect(ids(a)).toEqual([a?.eventID]);
    expect(ids({ detail: b })).toEqual([b?.eventID]);
  });

  test('without records, and digest files, are empty', () => {
    expect(places({ Records: [] })).toEqual([]);
    expect(places({ awsAccountId: '1', digestStartTime: '2024-03-20T14:00:00Z' })).toEqual([]);
  });

  test.each([[{ hello: 1 }], ['text'], [null], [{ Records: 'x' }]])(
    'refuses %j, saying what it expected',
    (document) => {
      expect(() => cloudTrail.records(document)).toThrow(/Records/);
    },
  );
});
