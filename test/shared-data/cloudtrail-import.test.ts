/** Real CloudTrail logs through the command, the gateway, the log, the loader and the marts, counted at the other end. */
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { importCommand } from '../../src/cli/import.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { type RunningApp, startTestApp, TEST_KEY } from '../api/running-app.ts';
import { CLOUDTRAIL_FILES, describeSharedData, readSharedRecords, sharedFile } from './shared-data.ts';

interface RealRecord {
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

interface Group {
  readonly bucket: string | null;
  readonly dimensions: Readonly<Record<string, string | null>> & { readonly metadata: readonly (string | null)[] };
  readonly count: number;
  readonly uniqueUsers: number;
  readonly failureCount: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

interface ListedEvent {
  readonly eventId: string;
  readonly timestamp: string;
  readonly userId: string;
  readonly actorKind: string;
  readonly activityType: string;
  readonly resourceType: string | null;
  readonly resourceId: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface Activity {
  readonly userId: string;
  readonly activityType: string;
  readonly eventCount: number;
  readonly firstActivityAt: string;
  readonly lastActivityAt: string;
  readonly resourceAccessCount: number;
  readonly sessionCount: number;
  readonly avgSessionMinutes: number | null;
}

describeSharedData('the 3,210 real CloudTrail records, imported twice', CLOUDTRAIL_FILES, () => {
  const records = CLOUDTRAIL_FILES.flatMap(readSharedRecords).map(({ asIs }) => JSON.parse(asIs) as RealRecord);
  let app: RunningApp;
  let first: Outcome;
  beforeAll(async () => {
    app = await startTestApp();
    first = await trailgateImport(app, []);
  });
  afterAll(() => app?.remove());

  test('all are accepted and none is refused', async () => {
    expect(first).toMatchObject({ exitCode: 0, err: '' });
    expect(first.out).toMatch(/^records {3}3,210\naccepted {2}3,210\nrefused {3}0$/m);
    expect(await totals(app)).toEqual({ events: 3_210, errors: 0 });
  });

  test.each([
    ['user', { groupBy: ['USER_ID'] }, userOf],
    ['event type', { groupBy: ['EVENT_TYPE'] }, eventTypeOf],
    ['day', { interval: 'DAY' }, dayOf],
    ['user and event type', { groupBy: ['USER_ID', 'EVENT_TYPE'] }, (r) => [userOf(r), eventTypeOf(r)].join(' | ')],
    ['region and day', { groupBy: ['REGION'], interval: 'DAY' }, (r) => [dayOf(r), r.awsRegion].join(' | ')],
    ['address', { groupBy: ['SOURCE_IP'] }, (r) => r.sourceIPAddress],
    ['event name in metadata', { groupByMetadata: ['eventName'] }, (r) => r.eventName],
    ['error code in metadata', { groupByMetadata: ['errorCode'] }, (r) => r.errorCode ?? 'null'],
    ['identity in metadata', { groupByMetadata: ['userIdentity.type'] }, (r) => r.userIdentity.type ?? 'null'],
  ] as readonly [string, Record<string, unknown>, (record: RealRecord) => string][])(
    'count by %s as the raw records do',
    async (_name, args, keyOf) => {
      const groups = await listGroups(app, args);
      expect(tally(groups, nameOf, ({ count }) => count)).toEqual(tally(records, keyOf));
    },
  );

  test('have the users, the failures and the first and last moment of every day', async () => {
    const groups = await listGroups(app, { interval: 'DAY' });
    expect(groups).toHaveLength(new Set(records.map(dayOf)).size);
    for (const { bucket, uniqueUsers, failureCount, firstAt, lastAt } of groups) {
      const ofDay = records.filter((record) => `${dayOf(record)}T00:00:00.000Z` === bucket);
      const times = ofDay.map(({ eventTime }) => new Date(eventTime).toISOString()).sort();
      expect({ bucket, uniqueUsers, failureCount, firstAt, lastAt }).toEqual({
        bucket,
        uniqueUsers: new Set(ofDay.map(userOf)).size,
        failureCount: ofDay.filter(failed).length,
        firstAt: times[0],
        lastAt: times.at(-1),
      });
    }
  });

  test('are activity of each user: the counts and the times of the raw records', async () => {
    const activity = await listActivity(app);
    expect(
      tally(
        activity,
        ({ userId }) => userId,
        ({ eventCount }) => eventCount,
      ),
    ).toEqual(tally(records, userOf));
    for (const userId of new Set(records.map(userOf))) {
      const own = activity.filter((row) => row.userId === userId);
      const times = records.filter((record) => userOf(record) === userId).map(({ eventTime }) => Date.parse(eventTime));
      expect(Math.min(...own.map(({ firstActivityAt }) => Date.parse(firstActivityAt)))).toBe(Math.min(...times));
      expect(Math.max(...own.map(({ lastActivityAt }) => Date.parse(lastActivityAt)))).toBe(Math.max(...times));
    }
  });

  test('are activity of each user: the resources and sessions that its listed events make', async () => {
    const events = await listEvents(app);
    expect(new Set(events.map(({ eventId }) => eventId))).toEqual(new Set(records.map(({ eventID }) => eventID)));
    const expected = (await listActivity(app)).map((row) => {
      const ofUser = events.filter(({ userId }) => userId === row.userId);
      const own = ofUser.filter(({ activityType }) => activityType === row.activityType);
      const resources = own.filter(({ resourceId }) => resourceId !== null);
      const sessions = sessionsOf(ofUser.filter(({ actorKind }) => actorKind === 'HUMAN')).filter((session) =>
        session.some(({ activityType }) => activityType === row.activityType),
      );
      const minutes = sessions.map((session) => (timeOf(session.at(-1)) - timeOf(session[0])) / 60_000);
      return {
        ...row,
        eventCount: own.length,
        resourceAccessCount: new Set(resources.map((e) => JSON.stringify([e.resourceType, e.resourceId]))).size,
        sessionCount: sessions.length,
        avgSessionMinutes:
          sessions.length === 0 ? null : expect.closeTo(minutes.reduce((sum, one) => sum + one) / sessions.length, 6),
      };
    });
    expect(expected.some(({ sessionCount }) => sessionCount > 0)).toBe(true);
    expect(await listActivity(app)).toEqual(expected);
  });

  test('give back every key of a raw record', async () => {
    const byId = new Map((await listEvents(app)).map((event) => [event.eventId, event]));
    const rebuilt = records.map(({ eventID }) => ({ ...byId.get(eventID)?.metadata, eventID }));
    const lifted = ['eventTime', 'awsRegion', 'sourceIPAddress'];
    const raw = records.map((record) =>
      Object.fromEntries(Object.entries(record).filter(([key]) => !lifted.includes(key))),
    );
    expect(rebuilt).toEqual(raw);
  });

  test('add nothing when they are imported again, in other batches', async () => {
    const look = async () => ({
      totals: await totals(app),
      byUserAndType: await listGroups(app, { groupBy: ['USER_ID', 'EVENT_TYPE'], interval: 'HOUR' }),
      activity: await listActivity(app),
      eventIds: (await listEvents(app)).map(({ eventId }) => eventId),
    });
    const before = await look();
    const again = await trailgateImport(app, ['--batch', '137']);
    expect(again).toMatchObject({ exitCode: 0, err: '' });
    expect(again.out).toMatch(/^accepted {2}3,210\nrefused {3}0$/m);
    expect(await look()).toEqual(before);
  });
});

// What the definitions say, written out for these records; the importer's code has no part in it.

function userOf({ userIdentity: u }: RealRecord): string {
  return [u.arn, u.invokedBy, u.userName, u.principalId, u.accountId].find((name) => name) ?? '';
}

function eventTypeOf(record: RealRecord): string {
  const { eventType, eventName, eventSource, eventCategory, readOnly } = record;
  const signIns = ['ConsoleLogin', 'CheckMfa', 'GetSessionToken', 'GetFederationToken'];
  if (eventType === 'AwsConsoleSignIn' || eventName.startsWith('AssumeRole') || signIns.includes(eventName))
    return 'LOGIN';
  if (eventType === 'AwsServiceEvent') return 'SYSTEM';
  if (eventCategory === 'Data') return readOnly ? 'DATA_ACCESS' : 'DATA_CHANGE';
  if (readOnly) return 'READ_ACCESS';
  return /^(?:iam|organizations|sso)\.amazonaws\.com$/.test(eventSource) ? 'PERMISSION_CHANGE' : 'CONFIG_CHANGE';
}

function dayOf({ eventTime }: RealRecord): string {
  return eventTime.slice(0, 10);
}

const failed = ({ errorCode, responseElements }: RealRecord): boolean =>
  errorCode !== undefined || responseElements?.ConsoleLogin === 'Failure';

const timeOf = (event: ListedEvent | undefined): number => Date.parse(event?.timestamp ?? '');

/** Cut where nothing happened for more than 30 minutes. */
function sessionsOf(events: readonly ListedEvent[]): ListedEvent[][] {
  const sessions: ListedEvent[][] = [];
  for (const event of [...events].sort((a, b) => timeOf(a) - timeOf(b))) {
    const open = sessions.at(-1);
    if (open && timeOf(event) - timeOf(open.at(-1)) <= 30 * 60_000) open.push(event);
    else sessions.push([event]);
  }
  return sessions;
}

const tally = <T>(items: readonly T[], keyOf: (item: T) => string, weightOf: (item: T) => number = () => 1) => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + weightOf(item);
  return counts;
};

function nameOf({ bucket, dimensions: { metadata, ...dimensions } }: Group): string {
  const named = Object.values(dimensions).filter((value) => value !== null);
  return [...(bucket ? [bucket.slice(0, 10)] : []), ...named, ...metadata].map(String).join(' | ');
}

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly exitCode: number;
}

/** The command as a shell runs it, over HTTP; then waits until what it sent can be queried. */
async function trailgateImport(app: RunningApp, flags: readonly string[]): Promise<Outcome> {
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

async function totals(app: RunningApp): Promise<{ events: number; errors: number }> {
  const { data } = await app.query(
    '{ auditEvents(first: 1) { totalCount } ingestErrors(first: 1) { totalCount } auditEventGroups { nodes { count } } }',
  );
  expect(data.auditEventGroups.nodes).toEqual([{ count: data.auditEvents.totalCount }]);
  return { events: data.auditEvents.totalCount, errors: data.ingestErrors.totalCount };
}

/** Every group, over pages of 40. */
async function listGroups(app: RunningApp, args: Record<string, unknown>): Promise<Group[]> {
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

async function listActivity(app: RunningApp): Promise<Activity[]> {
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

async function listEvents(app: RunningApp): Promise<ListedEvent[]> {
  const { data, errors } = await app.query(`{
    auditEvents(first: 5000) {
      nodes { eventId timestamp userId actorKind activityType resourceType resourceId metadata }
    }
  }`);
  expect(errors).toBeUndefined();
  return data.auditEvents.nodes;
}
