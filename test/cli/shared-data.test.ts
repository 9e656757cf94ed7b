/** The importer over real logs, which are not part of this repository. */
import type { PreparedEvent } from '../../src/cli/import/batch.ts';
import { createDryRun } from '../../src/cli/import/dry-run.ts';
import { importFiles, type Refusal } from '../../src/cli/import/import-files.ts';
import { cloudTrail } from '../../src/cli/mappers/cloudtrail.ts';
import type { AuditEventInput } from '../../src/domain/audit-event.ts';
import { CLOUDTRAIL_FILES, describeSharedData, readSharedRecords, sharedFile } from '../shared-data/shared-data.ts';

interface RealRecord {
  eventID: string;
  eventName: string;
  eventTime: string;
  eventSource: string;
  eventType: string;
  readOnly: boolean;
  errorCode?: string;
  awsRegion: string;
  sourceIPAddress: string;
  userIdentity: { arn?: string; invokedBy?: string; userName?: string; principalId?: string; accountId?: string };
}

const tally = <T>(items: readonly T[], keyOf: (item: T) => string) => {
  const counts: Record<string, number> = {};
  for (const key of items.map(keyOf)) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
};

describeSharedData('the 3,210 real CloudTrail records', CLOUDTRAIL_FILES, () => {
  let records: RealRecord[] = [];
  let events: AuditEventInput[] = [];
  const refusals: Refusal[] = [];

  beforeAll(async () => {
    records = CLOUDTRAIL_FILES.flatMap(readSharedRecords).map(({ asIs }) => JSON.parse(asIs) as RealRecord);
    const check = createDryRun({ now: () => Date.UTC(2025, 0, 1) });
    const sent: (readonly PreparedEvent[])[] = [];
    await importFiles({
      mapper: cloudTrail,
      paths: CLOUDTRAIL_FILES.map(sharedFile),
      batchEvents: 1_000,
      onRefusal: (refusal) => refusals.push(refusal),
      send: (batch, signal) => {
        sent.push(batch);
        return check(batch, signal);
      },
    });
    events = sent.flat().map(({ json }) => JSON.parse(json) as AuditEventInput);
  });

  test('all become events that pass every check', () => {
    expect(refusals).toEqual([]);
    expect(events).toHaveLength(3_210);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(3_210);
  });

  test('lose nothing: each can be put together again from its event', () => {
    const rebuilt = events.map(({ eventId, timestamp, region, sourceIp, metadata }) => ({
      ...metadata,
      eventID: eventId,
      eventTime: timestamp,
      awsRegion: region,
      sourceIPAddress: sourceIp,
    }));
    expect(rebuilt).toEqual(records);
  });

  test('count as an independent reading counts them: by event name, user, day and outcome', () => {
    expect(tally(events, ({ metadata }) => String(metadata?.eventName))).toEqual(tally(records, (r) => r.eventName));
    const userOf = ({ userIdentity: u }: RealRecord) =>
      [u.arn, u.invokedBy, u.userName, u.principalId, u.accountId].find((name) => name) ?? '';
    expect(tally(events, ({ userId }) => userId)).toEqual(tally(records, userOf));
    expect(tally(events, ({ timestamp }) => String(timestamp).slice(0, 10))).toEqual(
      tally(records, (r) => r.eventTime.slice(0, 10)),
    );
    expect(tally(events, ({ outcome }) => (outcome === 'SUCCESS' ? 'ok' : 'error'))).toEqual(
      tally(records, (r) => (r.errorCode ? 'error' : 'ok')),
    );
    expect(events.filter(({ outcome }) => outcome === 'DENIED')).toHaveLength(
      records.filter((r) => ['AccessDenied', 'Client.UnauthorizedOperation'].includes(r.errorCode ?? '')).length,
    );
  });

  test('count by event type as the definition does when it is written out in full', () => {
    const signIns = ['AssumeRole', 'ConsoleLogin', 'CheckMfa', 'GetFederationToken'];
    const identity = ['iam.amazonaws.com', 'organizations.amazonaws.com', 'sso.amazonaws.com'];
    const typeOf = (r: RealRecord) => {
      if (signIns.includes(r.eventName)) return 'LOGIN';
      if (r.eventType === 'AwsServiceEvent') return 'SYSTEM';
      if (r.readOnly) return 'READ_ACCESS';
      return identity.includes(r.eventSource) ? 'PERMISSION_CHANGE' : 'CONFIG_CHANGE';
    };
    expect(tally(events, ({ eventType }) => eventType)).toEqual(tally(records, typeOf));
  });

  test('name a resource in two of three records', () => {
    const withResource = events.filter(({ resourceId }) => resourceId).length;
    expect(withResource / events.length).toBeGreaterThan(0.65);
  });
});
