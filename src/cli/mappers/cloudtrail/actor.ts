import type { ActorKind } from '../../../domain/audit-event.ts';
import { type Fields, flagAt, objectAt, textAt } from '../fields.ts';

export interface Actor {
  readonly userId: string | undefined;
  readonly userRole: string | undefined;
  readonly actorKind: ActorKind;
  readonly sessionId: string | undefined;
}

/**
 * Who acted. `userId` is the first of arn, invokedBy, userName, principalId and accountId; the arn of an assumed role
 * ends in its session's name, so `userRole` holds the arn of the role itself. `sessionId` is the id of a temporary
 * access key: a session has one, a long-lived key (AKIA…) is no session.
 */
export function actorOf(record: Fields): Actor {
  const identity = objectAt(record, 'userIdentity');
  const issuer = objectAt(objectAt(identity, 'sessionContext'), 'sessionIssuer');
  const key = textAt(identity, 'accessKeyId');
  return {
    userId:
      textAt(identity, 'arn') ??
      textAt(identity, 'invokedBy') ??
      textAt(identity, 'userName') ??
      textAt(identity, 'principalId') ??
      textAt(identity, 'accountId') ??
      // Insight events name nobody: CloudTrail itself found them.
      (textAt(record, 'eventType') === 'AwsCloudTrailInsight' ? 'cloudtrail.amazonaws.com' : undefined),
    userRole: textAt(issuer, 'type') === 'Role' ? textAt(issuer, 'arn') : undefined,
    actorKind: kindOf(record, identity, issuer),
    sessionId: key?.startsWith('ASIA') ? key : undefined,
  };
}

const PEOPLE = new Set(['Root', 'IAMUser', 'FederatedUser', 'SAMLUser', 'Directory', 'IdentityCenterUser']);

/**
 * The kind of the one that `userId` names. A call that a service makes in a person's name (invokedBy beside an arn) is
 * still the person's. IAM users count as people: nothing in the record tells a robot's user from a person's.
 */
function kindOf(record: Fields, identity: Fields, issuer: Fields): ActorKind {
  const type = textAt(identity, 'type');
  if (type !== undefined && PEOPLE.has(type)) return 'HUMAN';
  if (type === 'AssumedRole') return isPersonsSession(record, identity, issuer) ? 'HUMAN' : 'SERVICE';
  const named = textAt(identity, 'userName') !== undefined;
  // AWS's own events name at most an account and the service; sign-ins through IAM Identity Center come as such events too.
  if (type === undefined || type === 'AWSService' || !named) {
    return textAt(record, 'eventType')?.match(/^Aws(?:ServiceEvent|CloudTrailInsight)$/) ? 'SYSTEM' : 'SERVICE';
  }
  // `Unknown` with a name: a person that Identity Center signs in. WebIdentityUser: mostly pipelines and pods.
  return type === 'Unknown' ? 'HUMAN' : 'SERVICE';
}

/** Roles are worn by machines unless something speaks for a person: single sign-on, a console, MFA, a kept source identity. */
function isPersonsSession(record: Fields, identity: Fields, issuer: Fields): boolean {
  const role = `${textAt(issuer, 'arn') ?? ''} ${textAt(identity, 'arn') ?? ''}`;
  if (role.includes('/aws-service-role/')) return false;
  const context = objectAt(identity, 'sessionContext');
  return (
    role.includes('AWSReservedSSO_') ||
    flagAt(record, 'sessionCredentialFromConsole') === true ||
    flagAt(objectAt(context, 'attributes'), 'mfaAuthenticated') === true ||
    textAt(context, 'sourceIdentity') !== undefined ||
    // A session that is named by a mail address, as identity providers name them.
    /:assumed-role\/[^/]+\/[^/@]+@[^/@]+$/.test(textAt(identity, 'arn') ?? '')
  );
}
