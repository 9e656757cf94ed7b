import { cloudTrail } from '../../../../src/cli/mappers/cloudtrail.ts';
import { aRecord, type TrailRecord } from '../../records.ts';

const map = (fields: TrailRecord = {}) => cloudTrail.map(aRecord(fields));

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
