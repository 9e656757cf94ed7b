import { cloudTrail } from '../../../src/cli/mappers/cloudtrail.ts';
import { MappingError } from '../../../src/cli/mappers/mapper.ts';
import { activityTypeOf } from '../../../src/domain/activity-type.ts';
import { aRecord, aRoleSession, aUser, type TrailRecord, without } from '../records.ts';

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

describe('event type and action', () => {
  test.each<[string, TrailRecord, string, string, string]>([
    ['a console sign-in', { eventName: 'ConsoleLogin', eventType: 'AwsConsoleSignIn' }, 'LOGIN', 'LOGIN', 'LOGIN'],
    ['an assumed role', { eventName: 'AssumeRoleWithSAML', readOnly: true }, 'LOGIN', 'LOGIN', 'LOGIN'],
    ['a sign-out', { eventName: 'Logout', eventType: 'AwsServiceEvent' }, 'LOGOUT', 'LOGOUT', 'LOGIN'],
    [
      'a write to IAM',
      { eventSource: 'iam.amazonaws.com', eventName: 'AttachUserPolicy', readOnly: false },
      'PERMISSION_CHANGE',
      'CREATE',
      'PERMISSION_CHANGE',
    ],
    [
      'a read from IAM',
      { eventSource: 'iam.amazonaws.com', eventName: 'ListUsers' },
      'READ_ACCESS',
      'READ',
      'DATA_ACCESS',
    ],
    ['another write', { eventName: 'TerminateInstances', readOnly: false }, 'CONFIG_CHANGE', 'DELETE', 'CONFIG_CHANGE'],
    ['an object read', { eventName: 'GetObject', eventCategory: 'Data' }, 'DATA_ACCESS', 'READ', 'DATA_ACCESS'],
    [
      'an object written',
      { eventName: 'PutObject', eventCategory: 'Data', readOnly: false },
      'DATA_CHANGE',
      'CREATE',
      'DATA_MODIFICATION',
    ],
    ['an export job', { eventName: 'StartExportTask', readOnly: false }, 'DATA_ACCESS', 'EXPORT', 'DATA_EXPORT'],
    ['a download', { eventName: 'DownloadDBLogFilePortion' }, 'DATA_ACCESS', 'DOWNLOAD', 'DATA_EXPORT'],
    [
      'what AWS does itself',
      { eventName: 'EndSecretVersionDelete', eventType: 'AwsServiceEvent', readOnly: false },
      'SYSTEM',
      'EXECUTE',
      'OTHER',
    ],
    ['a batch read', { eventName: 'BatchGetSecretValue' }, 'READ_ACCESS', 'READ', 'DATA_ACCESS'],
    [
      'a versioned name',
      { eventName: 'UpdateFunctionCode20150331v2', readOnly: 'false' },
      'CONFIG_CHANGE',
      'UPDATE',
      'CONFIG_CHANGE',
    ],
    ['a start', { eventName: 'StartInstances', readOnly: false }, 'CONFIG_CHANGE', 'EXECUTE', 'CONFIG_CHANGE'],
  ])('of %s', (_what, fields, eventType, action, activity) => {
    const event = map(fields);
    expect([event.eventType, event.action]).toEqual([eventType, action]);
    expect(activityTypeOf(event.eventType, event.action)).toBe(activity);
  });

  test('fall back to the verb in old records, which do not say readOnly', () => {
    const old = (eventName: string) => cloudTrail.map({ ...without(aRecord(), 'readOnly'), eventName }).eventType;
    expect(old('DescribeInstances')).toBe('READ_ACCESS');
    expect(old('RunInstances')).toBe('CONFIG_CHANGE');
  });

  test('of an Insight event, which has no call', () => {
    const insight = {
      eventTime: '2024-03-20T14:30:00Z',
      eventType: 'AwsCloudTrailInsight',
      insightDetails: { eventName: 'RunInstances', eventSource: 'ec2.amazonaws.com' },
    };
    expect(cloudTrail.map(insight)).toMatchObject({
      eventType: 'SYSTEM',
      actorKind: 'SYSTEM',
      userId: 'cloudtrail.amazonaws.com',
    });
  });
});

describe('the actor', () => {
  const role = (session: string, more = {}) => map({ userIdentity: aRoleSession(session, more) });

  test('is the first name that the identity has', () => {
    const by = (userIdentity: TrailRecord) => map({ userIdentity }).userId;
    expect(by({ invokedBy: 'rds.amazonaws.com', accountId: '1' })).toBe('rds.amazonaws.com');
    expect(by({ arn: '', userName: 'usr-1', accountId: '1' })).toBe('usr-1');
    expect(by({ principalId: 'AIDA1', accountId: '1' })).toBe('AIDA1');
    expect(by({ accountId: '1' })).toBe('1');
  });

  test('of a role session keeps the role apart, and the temporary key as the session', () => {
    expect(role('i-0abc')).toMatchObject({
      userId: 'arn:aws:sts::111122223333:assumed-role/deploy/i-0abc',
      userRole: 'arn:aws:iam::111122223333:role/deploy',
      sessionId: 'ASIAEXAMPLE0007',
      actorKind: 'SERVICE',
    });
    expect(map()).not.toHaveProperty('sessionId');
  });

  test.each<[string, TrailRecord, string]>([
    ['an IAM user', {}, 'HUMAN'],
    ['an IAM user through a service', { userIdentity: { ...aUser(), invokedBy: 'AWS Internal' } }, 'HUMAN'],
    ['the root user', { userIdentity: { ...aUser(), type: 'Root' } }, 'HUMAN'],
    ['a session named by a mail address', { userIdentity: aRoleSession('usr-0042@example.org') }, 'HUMAN'],
    ['a session with MFA', { userIdentity: aRoleSession('x', { attributes: { mfaAuthenticated: 'true' } }) }, 'HUMAN'],
    ['a session with a source identity', { userIdentity: aRoleSession('x', { sourceIdentity: 'usr-1' }) }, 'HUMAN'],
    ['a session from the console', { userIdentity: aRoleSession('x'), sessionCredentialFromConsole: 'true' }, 'HUMAN'],
    [
      'single sign-on',
      { userIdentity: { ...aRoleSession('x'), arn: 'arn:aws:sts::1:assumed-role/AWSReservedSSO_ops_1/x' } },
      'HUMAN',
    ],
    [
      'a service-linked role, whatever else',
      {
        userIdentity: aRoleSession('a@b', {
          sessionIssuer: { type: 'Role', arn: 'arn:aws:iam::1:role/aws-service-role/x/y' },
        }),
      },
      'SERVICE',
    ],
    ['a service', { userIdentity: { type: 'AWSService', invokedBy: 'lambda.amazonaws.com' } }, 'SERVICE'],
    ['another account', { userIdentity: { type: 'AWSAccount', accountId: '2' } }, 'SERVICE'],
    ['a pipeline', { userIdentity: { type: 'WebIdentityUser', userName: 'repo:x' } }, 'SERVICE'],
    [
      'AWS itself',
      { userIdentity: { accountId: '1', invokedBy: 'ec2.amazonaws.com' }, eventType: 'AwsServiceEvent' },
      'SYSTEM',
    ],
    [
      'a person at Identity Center',
      {
        userIdentity: { type: 'Unknown', userName: 'usr-1' },
        eventType: 'AwsServiceEvent',
        eventName: 'UserAuthentication',
      },
      'HUMAN',
    ],
  ])('is told apart: %s', (_what, fields, kind) => {
    expect(map(fields).actorKind).toBe(kind);
  });
});

describe('the outcome', () => {
  test.each<[string, TrailRecord, string]>([
    ['no error', {}, 'SUCCESS'],
    ['the code Success', { errorCode: 'Success' }, 'SUCCESS'],
    ['AccessDenied', { errorCode: 'AccessDenied' }, 'DENIED'],
    ['AccessDeniedException', { errorCode: 'AccessDeniedException' }, 'DENIED'],
    ['Client.UnauthorizedOperation', { errorCode: 'Client.UnauthorizedOperation' }, 'DENIED'],
    ['throttling', { errorCode: 'ThrottlingException' }, 'FAILURE'],
    ['a code that only contains the word access', { errorCode: 'InvalidAccessException' }, 'FAILURE'],
    ['a message alone', { errorMessage: 'Failed authentication' }, 'FAILURE'],
    ['a sign-in that failed', { eventName: 'ConsoleLogin', responseElements: { ConsoleLogin: 'Failure' } }, 'FAILURE'],
    ['a sign-in that worked', { eventName: 'ConsoleLogin', responseElements: { ConsoleLogin: 'Success' } }, 'SUCCESS'],
    [
      'Identity Center',
      { eventName: 'UserAuthentication', serviceEventDetails: { UserAuthentication: 'Failure' } },
      'FAILURE',
    ],
  ])('of %s', (_what, fields, outcome) => {
    expect(map(fields).outcome).toBe(outcome);
  });
});

describe('the resource', () => {
  const of = (requestParameters: unknown, more: TrailRecord = {}) =>
    map({ eventSource: 'ec2.amazonaws.com', requestParameters, ...more }).resourceId;

  test('is the first that the record lists, with its type', () => {
    const resources = [{ ARN: 'arn:aws:kms:eu:1:key/k', type: 'AWS::KMS::Key' }, { ARN: 'arn:other' }];
    expect(map({ resources })).toMatchObject({ resourceId: 'arn:aws:kms:eu:1:key/k', resourceType: 'AWS::KMS::Key' });
  });

  test('is an object in its bucket, in the partition of the region', () => {
    const requestParameters = { bucketName: 'b', key: 'a/c.csv' };
    expect(map({ requestParameters }).resourceId).toBe('arn:aws:s3:::b/a/c.csv');
    expect(map({ requestParameters, awsRegion: 'cn-north-1' }).resourceId).toBe('arn:aws-cn:s3:::b/a/c.csv');
  });

  test.each<[string, unknown, string | undefined]>([
    ['an arn before an id before a name', { roleName: 'n', vpcId: 'v', policyArn: 'arn:p' }, 'arn:p'],
    ['an id before a name', { roleName: 'n', vpcId: 'v' }, 'v'],
    ['an identifier', { dBInstanceIdentifier: 'db-1' }, 'db-1'],
    [
      'the first item of a list',
      {
        filterSet: { items: [{ name: 'x' }] },
        instancesSet: { items: [{ instanceId: 'i-1' }, { instanceId: 'i-2' }] },
      },
      'i-1',
    ],
    ['a list of names', { trailNameList: ['trail-1'] }, 'trail-1'],
    ['wrapped parameters', { DescribeFlowLogsRequest: { FlowLogId: { tag: 1, content: 'fl-1' } } }, 'fl-1'],
    ['nothing', { maxResults: 5, clientRequestToken: 't' }, undefined],
    ['no parameters', null, undefined],
  ])('is found in the request: %s', (_what, requestParameters, id) => {
    expect(of(requestParameters)).toBe(id);
  });
});

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
