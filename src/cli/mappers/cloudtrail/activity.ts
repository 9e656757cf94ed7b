import { type Fields, flagAt, textAt } from '../fields.ts';
import type { Verb } from './event-name.ts';

/** Calls that open a session or prove who somebody is, beside those of type AwsConsoleSignIn. */
const SIGN_INS = new Set([
  'AdminInitiateAuth',
  'AdminRespondToAuthChallenge',
  'Authenticate',
  'CheckMfa',
  'ConsoleLogin',
  'CreateToken',
  'CredentialChallenge',
  'CredentialVerification',
  'Federate',
  'GetFederationToken',
  'GetSessionToken',
  'GetSigninToken',
  'InitiateAuth',
  'RespondToAuthChallenge',
  'SwitchRole',
  'UserAuthentication',
]);
const SIGN_IN_PREFIX = /^AssumeRo(?:le|ot)/;
const SIGN_OUTS = new Set(['ExitRole', 'GlobalSignOut', 'Logout', 'UserSignOut']);

const PERMISSION_SOURCES = new Set(['iam', 'identitystore', 'organizations', 'sso', 'sso-directory']);
const BY_AWS_ITSELF = new Set(['AwsServiceEvent', 'AwsCloudTrailInsight']);

export interface Activity {
  readonly eventType: string;
  readonly action: string;
}

/** First that holds: sign-in or -out, AWS's own doing, data event, read, write to identities and permissions, other write. */
export function activityOf(record: Fields, eventName: string, verb: Verb, service: string): Activity {
  const type = textAt(record, 'eventType') ?? '';
  if (SIGN_OUTS.has(eventName)) return { eventType: 'LOGOUT', action: 'LOGOUT' };
  if (type === 'AwsConsoleSignIn' || SIGN_INS.has(eventName) || SIGN_IN_PREFIX.test(eventName)) {
    return { eventType: 'LOGIN', action: 'LOGIN' };
  }
  if (BY_AWS_ITSELF.has(type)) return { eventType: 'SYSTEM', action: verb };
  // An export reads data out, whatever it writes to do so; the activity type DATA_EXPORT needs it to be no change.
  if (verb === 'EXPORT' || verb === 'DOWNLOAD') return { eventType: 'DATA_ACCESS', action: verb };
  // Records before event version 1.06 do not say readOnly.
  const reads = flagAt(record, 'readOnly') ?? verb === 'READ';
  if (textAt(record, 'eventCategory') === 'Data') {
    return { eventType: reads ? 'DATA_ACCESS' : 'DATA_CHANGE', action: verb };
  }
  if (reads) return { eventType: 'READ_ACCESS', action: verb };
  return { eventType: PERMISSION_SOURCES.has(service) ? 'PERMISSION_CHANGE' : 'CONFIG_CHANGE', action: verb };
}
