/** What the definitions say, written out for the real records; the importer's code has no part in it. */
import type { ListedEvent } from './imported.ts';

export interface RealRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventType: string;
  readonly eventCategory?: string;
  readonly readOnly: boolean;
  readonly errorCode?: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly responseElements?: { readonly ConsoleLogin?: string } | null;
  readonly userIdentity: {
    readonly type?: string;
    readonly arn?: string;
    readonly invokedBy?: string;
    readonly userName?: string;
    readonly principalId?: string;
    readonly accountId?: string;
  };
}

export function userOf({ userIdentity: u }: RealRecord): string {
  return [u.arn, u.invokedBy, u.userName, u.principalId, u.accountId].find((name) => name) ?? '';
}

export function eventTypeOf(record: RealRecord): string {
  const { eventType, eventName, eventSource, eventCategory, readOnly } = record;
  const signIns = ['ConsoleLogin', 'CheckMfa', 'GetSessionToken', 'GetFederationToken'];
  if (eventType === 'AwsConsoleSignIn' || eventName.startsWith('AssumeRole') || signIns.includes(eventName))
    return 'LOGIN';
  if (eventType === 'AwsServiceEvent') return 'SYSTEM';
  if (eventCategory === 'Data') return readOnly ? 'DATA_ACCESS' : 'DATA_CHANGE';
  if (readOnly) return 'READ_ACCESS';
  return /^(?:iam|organizations|sso)\.amazonaws\.com$/.test(eventSource) ? 'PERMISSION_CHANGE' : 'CONFIG_CHANGE';
}

export function dayOf({ eventTime }: RealRecord): string {
  return eventTime.slice(0, 10);
}

export const failed = ({ errorCode, responseElements }: RealRecord): boolean =>
  errorCode !== undefined || responseElements?.ConsoleLogin === 'Failure';

export const timeOf = (event: ListedEvent | undefined): number => Date.parse(event?.timestamp ?? '');

/** Cut where nothing happened for more than 30 minutes. */
export function sessionsOf(events: readonly ListedEvent[]): ListedEvent[][] {
  const sessions: ListedEvent[][] = [];
  for (const event of [...events].sort((a, b) => timeOf(a) - timeOf(b))) {
    const open = sessions.at(-1);
    if (open && timeOf(event) - timeOf(open.at(-1)) <= 30 * 60_000) open.push(event);
    else sessions.push([event]);
  }
  return sessions;
}
