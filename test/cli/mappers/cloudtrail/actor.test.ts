import { cloudTrail } from '../../../../src/cli/mappers/cloudtrail.ts';
import { aRecord, aRoleSession, aUser, type TrailRecord } from '../../records.ts';

const map = (fields: TrailRecord = {}) => cloudTrail.map(aRecord(fields));

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
