/** What kind of activity an event is: a total function of (eventType, action), first match wins. */

export const ACTIVITY_TYPES = [
  'CONFIG_CHANGE',
  'DATA_ACCESS',
  'DATA_EXPORT',
  'DATA_MODIFICATION',
  'LOGIN',
  'OTHER',
  'PERMISSION_CHANGE',
  'REPORT_GENERATION',
] as const;
export type ActivityType = (typeof ACTIVITY_TYPES)[number];

const BY_EVENT_TYPE = new Map<string, ActivityType>([
  ['LOGIN', 'LOGIN'],
  ['LOGOUT', 'LOGIN'],
  ['AUTH_FAILURE', 'LOGIN'],
  ['MFA', 'LOGIN'],
  ['PERMISSION_CHANGE', 'PERMISSION_CHANGE'],
  ['ROLE_CHANGE', 'PERMISSION_CHANGE'],
  ['GRANT', 'PERMISSION_CHANGE'],
  ['REVOKE', 'PERMISSION_CHANGE'],
  ['CONFIG_CHANGE', 'CONFIG_CHANGE'],
  ['SYSTEM_CHANGE', 'CONFIG_CHANGE'],
  ['DEPLOYMENT', 'CONFIG_CHANGE'],
  ['REPORT', 'REPORT_GENERATION'],
]);

const BY_ACTION = new Map<string, ActivityType>([
  ['GENERATE_REPORT', 'REPORT_GENERATION'],
  ['EXPORT', 'DATA_EXPORT'],
  ['DOWNLOAD', 'DATA_EXPORT'],
  ['SHARE', 'DATA_EXPORT'],
  ['CREATE', 'DATA_MODIFICATION'],
  ['UPDATE', 'DATA_MODIFICATION'],
  ['DELETE', 'DATA_MODIFICATION'],
]);

const READS = new Set(['READ', 'VIEW', 'QUERY']);

export function activityTypeOf(eventType: string, action: string): ActivityType {
  const found = BY_EVENT_TYPE.get(eventType) ?? BY_ACTION.get(action);
  if (found) return found;
  return eventType === 'DATA_ACCESS' || READS.has(action) ? 'DATA_ACCESS' : 'OTHER';
}
