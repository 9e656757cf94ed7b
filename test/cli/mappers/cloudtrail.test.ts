import { cloudTrail } from '../../../src/cli/mappers/cloudtrail.ts';
import { MappingError } from '../../../src/cli/mappers/mapper.ts';
import { aRecord, type TrailRecord, without } from '../records.ts';

const map = (fields: TrailRecord = {}) => cloudTrail.map(aRecord(fields));

describe('a CloudTrail record as an event', () => {
  test('fills every field that the record knows, and keeps the rest in metadata', () => {
    const record = aRecord({ eventID: 'id-1', tlsDetails: { tlsVersion: 'TLSv1.3' }, vpcEndpointId: 'vpce-1' });
    expect(cloudTrail.map(record)).toEqual({
      eventId: 'id-1',
      timestamp: '2024-03-20T14:30:00Z',
      eventType: 'READ_ACCESS',
      action: 'READ',
      userId: 'arn:aws:iam::111122223333:user/usr-0042',
      actorKind: 'HUMAN',
      resourceId: 'arn:aws:s3:::payroll-2024',
      resourceType: 's3:BucketAcl',
      outcome: 'SUCCESS',
      region: 'eu-central-1',
      source: 'aws.cloudtrail',
      sourceIp: '198.51.100.7',
      metadata: without(record, 'eventID', 'eventTime', 'awsRegion', 'sourceIPAddress'),
    });
  });

  test('keeps keys that no mapping knows, prototype names included', () => {
    const record = JSON.parse(
      JSON.stringify(aRecord({ somethingNew: { deep: [1, null] } })).replace('{', '{"__proto__":{"x":1},'),
    );
    const text = JSON.stringify(cloudTrail.map(record));
    expect(text).toContain('"somethingNew":{"deep":[1,null]}');
    expect(text).toContain('"__proto__":{"x":1}');
  });

  test('takes @timestamp where eventTime is absent, and keeps a time that a millisecond cannot hold', () => {
    const old = { ...without(aRecord(), 'eventTime'), '@timestamp': '2020-01-02T03:04:05.678Z' };
    expect(cloudTrail.map(old).timestamp).toBe('2020-01-02T03:04:05.678Z');
    expect(map().metadata).not.toHaveProperty('eventTime');
    expect(map({ eventTime: '2024-03-20T14:30:00.123456Z' }).metadata).toHaveProperty(
      'eventTime',
      '2024-03-20T14:30:00.123456Z',
    );
  });

  test('gives a record without an id one that depends on its content only', () => {
    const record = without(aRecord(), 'eventID');
    const turned = Object.fromEntries(Object.entries(record).reverse());
    const { eventId } = cloudTrail.map(record);
    expect(eventId).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(cloudTrail.map(turned).eventId).toBe(eventId);
    expect(cloudTrail.map({ ...record, requestID: 'other' }).eventId).not.toBe(eventId);
  });

  test('cuts what does not fit a field, keeps the whole value in metadata and two long values apart', () => {
    const key = (end: string) => `${'😀'.repeat(600)}${end}`;
    const [a, b] = ['a', 'b'].map((end) => map({ requestParameters: { bucketName: 'x', key: key(end) } }));
    expect(a?.resourceId).toHaveLength(1_023); // One more would be half a pair.
    expect(a?.resourceId).not.toMatch(/\p{Surrogate}/u);
    expect(a?.resourceId).not.toBe(b?.resourceId);
    expect(a?.metadata).toHaveProperty('requestParameters.key', key('a'));

    const long = map({ sourceIPAddress: 'h'.repeat(2_000), eventID: 'i'.repeat(2_000) });
    expect(long.metadata).toMatchObject({ sourceIPAddress: 'h'.repeat(2_000), eventID: 'i'.repeat(2_000) });
    expect(long.eventId).toHaveLength(1_024);
  });

  test.each([
    ['without an eventName', without(aRecord(), 'eventName'), ['eventName']],
    ['without a time', { ...aRecord(), eventTime: '' }, ['eventTime']],
    ['without an actor', { ...aRecord(), userIdentity: { arn: '' } }, ['userIdentity']],
    ['that is no object', 17, []],
    ['that is broken text', '{"eventName":', []],
  ])('refuses a record %s', (_what, record, path) => {
    expect(() => cloudTrail.map(record)).toThrow(MappingError);
    try {
      cloudTrail.map(record);
    } catch (error) {
      expect((error as MappingError).path).toEqual(path);
    }
  });
});
