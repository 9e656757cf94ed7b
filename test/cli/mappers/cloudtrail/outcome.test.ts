import { cloudTrail } from '../../../../src/cli/mappers/cloudtrail.ts';
import { aRecord, type TrailRecord } from '../../records.ts';

const map = (fields: TrailRecord = {}) => cloudTrail.map(aRecord(fields));

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
