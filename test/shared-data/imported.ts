/** What a gateway holds after an import, over its API. */
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { importCommand } from '../../src/cli/import.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { type RunningApp, TEST_KEY } from '../api/running-app.ts';
import { CLOUDTRAIL_FILES, sharedFile } from './shared-data.ts';

export interface Group {
  readonly bucket: string | null;
  readonly dimensions: Readonly<Record<string, string | null>> & { readonly metadata: readonly (string | null)[] };
  readonly count: number;
  readonly uniqueUsers: number;
  readonly failureCount: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

export interface ListedEvent {
  readonly eventId: string;
  readonly timestamp: string;
  readonly userId: string;
  readonly actorKind: string;
  readonly activityType: string;
  readonly resourceType: string | null;
  readonly resourceId: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface Activity {
  readonly userId: string;
  readonly activityType: string;
  readonly eventCount: number;
  readonly firstActivityAt: string;
  readonly lastActivityAt: string;
  readonly resourceAccessCount: number;
  readonly sessionCount: number;
  readonly avgSessionMinutes: number | null;
}

export interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly exitCode: number;
}

/** The command as a shell runs it, over HTTP; then waits until what it sent can be queried. */
export async function trailgateImport(app: RunningApp, flags: readonly string[]): Promise<Outcome> {
  const text = { out: '', err: '' };
  const into = (name: 'out' | 'err') =>
    new Writable({
      write: (chunk, _encoding, done) => {
        text[name] += String(chunk);
        done();
      },
    });
  let exitCode = 0;
  const command = importCommand({
    out: into('out'),
    err: into('err'),
    clock: systemClock,
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    random: Math.random,
    setExitCode: (code) => {
      exitCode = code;
    },
  });
  const files = CLOUDTRAIL_FILES.map(sharedFile);
  await command.parseAsync(['cloudtrail', ...files, '--url', app.url, '--key', TEST_KEY, ...flags], { from: 'user' });
  await app.queryable(new Date().toISOString());
  return { ...text, exitCode };
}

export async function totals(app: RunningApp): Promise<{ events: number; errors: number }> {
  const { data } = await app.query(
    '{ auditEvents(first: 1) { totalCount } ingestErrors(first: 1) { totalCount } auditEventGroups { nodes { count } } }',
  );
  expect(data.auditEventGroups.nodes).toEqual([{ count: data.auditEvents.totalCount }]);
  return { events: data.auditEvents.totalCount, errors: data.ingestErrors.totalCount };
}

/** Every group, over pages of 40. */
export async function listGroups(app: RunningApp, args: Record<string, unknown>): Promise<Group[]> {
  const groups: Group[] = [];
  for (let after: string | null = null; ; ) {
    const { data, errors } = await app.query(
      `query ($groupBy: [AuditEventDimension!], $groupByMetadata: [String!], $interval: TimeInterval, $after: String) {
        auditEventGroups(groupBy: $groupBy, groupByMetadata: $groupByMetadata, interval: $interval, first: 40, after: $after) {
          nodes {
            bucket count uniqueUsers failureCount firstAt lastAt
            dimensions { userId eventType region sourceIp metadata }
          }
          pageInfo { hasNextPage endCursor }
          totalCount
        }
      }`,
      { ...args, after },
    );
    expect(errors).toBeUndefined();
    const page = data.auditEventGroups;
    groups.push(...page.nodes);
    after = page.pageInfo.endCursor;
    if (page.pageInfo.hasNextPage) continue;
    expect(groups).toHaveLength(page.totalCount);
    return groups;
  }
}

export async function listActivity(app: RunningApp): Promise<Activity[]> {
  const { data, errors } = await app.query(`{
    userActivity(first: 1000, orderBy: { field: USER_ID, direction: ASC }) {
      nodes {
        userId activityType eventCount firstActivityAt lastActivityAt resourceAccessCount sessionCount avgSessionMinutes
      }
      totalCount
    }
  }`);
  expect(errors).toBeUndefined();
  expect(data.userActivity.nodes).toHaveLength(data.userActivity.totalCount);
  return data.userActivity.nodes;
}

export async function listEvents(app: RunningApp): Promise<ListedEvent[]> {
  const { data, errors } = await app.query(`{
    auditEvents(first: 5000) {
      nodes { eventId timestamp userId actorKind activityType resourceType resourceId metadata }
    }
  }`);
  expect(errors).toBeUndefined();
  return data.auditEvents.nodes;
}
