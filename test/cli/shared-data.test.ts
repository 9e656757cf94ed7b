/** The importer over real logs, which are not part of this repository. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { PreparedEvent } from '../../src/cli/import/batch.ts';
import { createDryRun } from '../../src/cli/import/dry-run.ts';
import { importFiles, type Refusal } from '../../src/cli/import/import-files.ts';
import { cloudTrail } from '../../src/cli/mappers/cloudtrail.ts';
import type { AuditEventInput } from '../../src/domain/audit-event.ts';

const folder = process.env.TRAILGATE_SHARED_DATA ?? join(process.cwd(), '..', 'shared', 'data');
const files = ['cloudtrail-invictus-2023.ndjson.gz', 'cloudtrail-stratus-2024.ndjson.gz'].map((name) =>
  join(folder, name),
);
const missing = files.filter((file) => !existsSync(file));
// biome-ignore lint/suspicious/noConsole: a skip must be seen.
if (missing.length > 0) console.warn(`skipped: the tests over real CloudTrail logs; missing: ${missing.join(', ')}`);

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

(missing.length > 0 ? describe.skip : describe)('the 3,210 real CloudTrail records', () => {
  let records: RealRecord[] = [];
  let events: AuditEventInput[] = [];
  const refusals: Refusal[] = [];

  beforeAll(async () => {
    records = files.flatMap((file) =>
      gunzipSync(readFileSync(file))
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as RealRecord),
    );
    const check = createDryRun({ now: () => Date.UTC(2025, 0, 1) });
    const sent: (readonly PreparedEvent[])[] = [];
    await importFiles({
      mapper: cloudTrail,
      paths: files,
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
