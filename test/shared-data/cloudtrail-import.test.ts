/** Real CloudTrail logs through the command, the gateway, the log, the loader and the marts, counted at the other end. */
import { type RunningApp, startTestApp } from '../api/running-app.ts';
import { dayOf, eventTypeOf, failed, type RealRecord, sessionsOf, timeOf, userOf } from './definitions.ts';
import { type Group, listActivity, listEvents, listGroups, type Outcome, totals, trailgateImport } from './imported.ts';
import { CLOUDTRAIL_FILES, describeSharedData, readSharedRecords } from './shared-data.ts';

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

const tally = <T>(items: readonly T[], keyOf: (item: T) => string, weightOf: (item: T) => number = () => 1) => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + weightOf(item);
  return counts;
};

function nameOf({ bucket, dimensions: { metadata, ...dimensions } }: Group): string {
  const named = Object.values(dimensions).filter((value) => value !== null);
  return [...(bucket ? [bucket.slice(0, 10)] : []), ...named, ...metadata].map(String).join(' | ');
}
