/** Builders of CloudTrail records with believable defaults. */
export type TrailRecord = Record<string, unknown>;

let made = 0;

export const aUser = (name = 'usr-0042') => ({
  type: 'IAMUser',
  principalId: 'AIDAEXAMPLE0042',
  arn: `arn:aws:iam::111122223333:user/${name}`,
  accountId: '111122223333',
  accessKeyId: 'AKIAEXAMPLE0042',
  userName: name,
});

export const aRoleSession = (session: string, more: Record<string, unknown> = {}) => ({
  type: 'AssumedRole',
  principalId: `AROAEXAMPLE:${session}`,
  arn: `arn:aws:sts::111122223333:assumed-role/deploy/${session}`,
  accountId: '111122223333',
  accessKeyId: 'ASIAEXAMPLE0007',
  sessionContext: {
    sessionIssuer: { type: 'Role', arn: 'arn:aws:iam::111122223333:role/deploy', userName: 'deploy' },
    attributes: { creationDate: '2024-03-20T14:00:00Z', mfaAuthenticated: 'false' },
    ...more,
  },
});

export function aRecord(fields: TrailRecord = {}): TrailRecord {
  made += 1;
  return {
    eventVersion: '1.08',
    userIdentity: aUser(),
    eventTime: '2024-03-20T14:30:00Z',
    eventSource: 's3.amazonaws.com',
    eventName: 'GetBucketAcl',
    awsRegion: 'eu-central-1',
    sourceIPAddress: '198.51.100.7',
    userAgent: 'aws-cli/2.15',
    requestParameters: { bucketName: 'payroll-2024' },
    responseElements: null,
    requestID: `R-${made}`,
    eventID: `id-${String(made).padStart(6, '0')}`,
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '111122223333',
    eventCategory: 'Management',
    ...fields,
  };
}

/** The same record without some of its keys. */
export const without = (record: TrailRecord, ...keys: string[]): TrailRecord =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
