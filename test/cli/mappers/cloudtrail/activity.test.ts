import { cloudTrail } from '../../../../src/cli/mappers/cloudtrail.ts';
import { activityTypeOf } from '../../../../src/domain/activity-type.ts';
import { aRecord, type TrailRecord, without } from '../../records.ts';

const map = (fields: TrailRecord = {}) => cloudTrail.map(aRecord(fields));

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
