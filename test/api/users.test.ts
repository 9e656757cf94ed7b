import { anEvent, byBytes, isoAt, randomFrom, type SentEvent, walkPages } from './events.ts';
import { type RunningApp, startTestApp } from './running-app.ts';

const random = randomFrom(31);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
const FROM = Date.parse('2024-02-26T22:00:00Z');
const MINUTE_MS = 60_000;

const USERS = [
  'usr-a',
  'usr-b',
  'usr-c',
  'usr-\u{1F600}',
  'usr-\uFFFD',
  'svc-backup',
  ...Array.from({ length: 14 }, (_, n) => `usr-${n}`),
];
const WHAT = [
  { eventType: 'LOGIN', action: 'LOGIN' },
  { eventType: 'DATA_ACCESS', action: 'READ' },
  { eventType: 'DATA_ACCESS', action: 'EXPORT' },
  { eventType: 'CONFIG_CHANGE', action: 'UPDATE' },
  { eventType: 'TICKET', action: 'CLOSE' },
];
const ACTIVITY: Record<string, string> = {
  'LOGIN LOGIN': 'LOGIN',
  'DATA_ACCESS READ': 'DATA_ACCESS',
  'DATA_ACCESS EXPORT': 'DATA_EXPORT',
  'CONFIG_CHANGE UPDATE': 'CONFIG_CHANGE',
  'TICKET CLOSE': 'OTHER',
};

/** Dense enough that late events extend and join sessions; gaps of exactly half an hour and a millisecond more among them. */
const someEvents = (count: number): SentEvent[] =>
  Array.from({ length: count }, () => {
    const userId = pick(USERS);
    const roles = {
      userRole: pick(['ANALYST', 'ENGINEER', undefined]),
      userDepartment: pick(['Finance', 'IT', undefined]),
    };
    return anEvent({
      ...pick(WHAT),
      ...roles,
      userId,
      timestamp: isoAt(FROM + Math.floor(random() * 200) * 10 * MINUTE_MS + pick([0, 0, 0, 1, 999, 59_999])),
      actorKind: userId === 'svc-backup' ? 'SERVICE' : undefined,
      resourceId: pick(['r1', 'r2', 'r3', undefined]),
      resourceType: pick(['bucket', undefined]),
      outcome: pick(['SUCCESS', 'FAILURE']),
    });
  });

const EVENTS: SentEvent[] = [];
let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
  for (const count of [300, 150, 250]) {
    const batch = someEvents(count);
    EVENTS.push(...batch);
    // What is sent again changes nothing.
    await app.ingest([...batch, ...batch.slice(0, 50)]);
  }
});
afterAll(() => app.remove());

const activityTypeOf = ({ eventType, action }: SentEvent): string => ACTIVITY[`${eventType} ${action}`] as string;

/** Runs of events with no gap above half an hour. */
function sessionsOf(events: readonly SentEvent[]): SentEvent[][] {
  const runs: SentEvent[][] = [];
  for (const event of [...events].sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp))) {
    const last = runs.at(-1)?.at(-1);
    if (last && Date.parse(event.timestamp) - Date.parse(last.timestamp) <= 30 * MINUTE_MS) runs.at(-1)?.push(event);
    else runs.push([event]);
  }
  return runs;
}

/** The rows of one user by the words of the API alone, most frequent first. */
function activityOf(userId: string) {
  const own = EVENTS.filter((event) => event.userId === userId);
  const sessions = userId === 'svc-backup' ? [] : sessionsOf(own);
  return [...new Set(own.map(activityTypeOf))]
    .map((activityType) => {
      const events = own.filter((event) => activityTypeOf(event) === activityType);
      const times = events.map(({ timestamp }) => timestamp).sort();
      const resources = events.filter(({ resourceId }) => resourceId !== undefined);
      const within = sessions.filter((run) => run.some((event) => activityTypeOf(event) === activityType));
      const seconds = within.map((run) =>
        Math.floor((Date.parse(run.at(-1)?.timestamp as string) - Date.parse(run[0]?.timestamp as string)) / 1_000),
      );
      return {
        userId,
        activityType,
        eventCount: events.length,
        firstActivityAt: times[0] as string,
        lastActivityAt: times.at(-1) as string,
        resourceAccessCount: new Set(resources.map((event) => JSON.stringify([event.resourceType, event.resourceId])))
          .size,
        sessionCount: within.length,
        avgSessionMinutes: within.length === 0 ? null : seconds.reduce((sum, n) => sum + n, 0) / within.length / 60,
      };
    })
    .sort((a, b) => b.eventCount - a.eventCount || byBytes(a.activityType, b.activityType));
}

function latestOf(userId: string): SentEvent {
  const own = EVENTS.filter((event) => event.userId === userId);
  own.sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp) || byBytes(a.eventId, b.eventId));
  return own.at(-1) as SentEvent;
}

const ROW =
  'userId activityType eventCount firstActivityAt lastActivityAt resourceAccessCount sessionCount avgSessionMinutes';

/** Averages to the last digits of a double only, everything else exactly. */
const nearly = <R extends { avgSessionMinutes: number | null }>(rows: readonly R[]) =>
  rows.map((row) => ({
    ...row,
    avgSessionMinutes: row.avgSessionMinutes === null ? null : expect.closeTo(row.avgSessionMinutes, 9),
  }));

test('a user has role and department of the latest event, and each activity with exact figures', async () => {
  for (const userId of USERS) {
    const { data, errors } = await app.query(
      `query ($userId: String!) { user(userId: $userId) { userId role department activity { ${ROW} } } }`,
      { userId },
    );
    expect(errors).toBeUndefined();
    const { userRole = null, userDepartment = null } = latestOf(userId);
    expect(data.user).toEqual({
      userId,
      role: userRole,
      department: userDepartment,
      activity: nearly(activityOf(userId)),
    });
  }
  expect(
    activityOf('svc-backup').every(
      ({ sessionCount, avgSessionMinutes }) => sessionCount === 0 && avgSessionMinutes === null,
    ),
  ).toBe(true);
});

test('a user of whom there is no event is null', async () => {
  for (const userId of ['', 'nobody', 'usr-a ', 'USR-A', '%', 'usr-a\u0000']) {
    const { data, errors } = await app.query(
      'query ($userId: String!) { user(userId: $userId) { userId activity { userId } } }',
      { userId },
    );
    expect([data, errors]).toEqual([{ user: null }, undefined]);
  }
});

describe('userActivity', () => {
  const ROWS = () => USERS.flatMap(activityOf);
  type Row = ReturnType<typeof activityOf>[number];
  const FIGURES: Record<string, (a: Row, b: Row) => number> = {
    LAST_ACTIVITY_AT: (a, b) => byBytes(a.lastActivityAt, b.lastActivityAt),
    EVENT_COUNT: (a, b) => a.eventCount - b.eventCount,
    USER_ID: () => 0,
  };
  const sorted = (rows: readonly Row[], field: string, direction: string) => {
    const ascending = [...rows].sort(
      (a, b) => FIGURES[field]?.(a, b) || byBytes(a.userId, b.userId) || byBytes(a.activityType, b.activityType),
    );
    return direction === 'ASC' ? ascending : ascending.reverse();
  };
  const walk = (args: string, size: number) =>
    walkPages(app, {
      field: 'userActivity',
      args,
      size,
      select: `totalCount dataAsOf nodes { ${ROW} }`,
      idOf: JSON.stringify,
    });

  test.each(Object.keys(FIGURES).flatMap((field) => ['ASC', 'DESC'].map((direction) => [field, direction] as const)))(
    'by %s %s lists every user and activity once, page by page',
    async (field, direction) => {
      const expected = sorted(ROWS(), field, direction);
      for (const size of [7, 5_000]) {
        const { ids, pages } = await walk(`orderBy: {field: ${field}, direction: ${direction}},`, size);
        expect(ids.map((text) => JSON.parse(text))).toEqual(nearly(expected));
        expect(new Set(pages.map(({ totalCount }) => totalCount))).toEqual(new Set([expected.length]));
        expect(pages.map(({ pageInfo }) => pageInfo.hasPreviousPage)).toEqual(pages.map((_, index) => index > 0));
      }
    },
  );

  test('is by the latest activity unless asked otherwise', async () => {
    const { data } = await app.query('{ userActivity(first: 10) { nodes { userId activityType } } }');
    expect(data.userActivity.nodes).toEqual(
      sorted(ROWS(), 'LAST_ACTIVITY_AT', 'DESC')
        .slice(0, 10)
        .map(({ userId, activityType }) => ({ userId, activityType })),
    );
  });

  const MIDDLE = isoAt(FROM + 1_900 * MINUTE_MS);
  test.each([
    ['{}', () => true],
    ['{userId: {eq: "usr-a"}}', ({ userId }) => userId === 'usr-a'],
    [
      '{userId: {startsWith: "USR-", ignoreCase: true}, activityType: {ne: "LOGIN"}}',
      ({ userId, activityType }) => userId.startsWith('usr-') && activityType !== 'LOGIN',
    ],
    ['{activityType: {in: []}}', () => false],
    [
      '{activityType: {in: ["LOGIN", "OTHER"]}}',
      ({ activityType }) => activityType === 'LOGIN' || activityType === 'OTHER',
    ],
    [`{lastActivityAt: {from: "${MIDDLE}"}}`, ({ lastActivityAt }) => lastActivityAt >= MIDDLE],
    [`{lastActivityAt: {to: "${MIDDLE}"}, userId: null}`, ({ lastActivityAt }) => lastActivityAt < MIDDLE],
  ] as readonly [string, (row: Row) => boolean][])('%s finds what it says', async (filter, holds) => {
    const { ids, pages } = await walk(`filter: ${filter},`, 20);
    const expected = sorted(ROWS().filter(holds), 'LAST_ACTIVITY_AT', 'DESC');
    expect(ids.map((text) => JSON.parse(text))).toEqual(nearly(expected));
    expect(pages[0].totalCount).toBe(expected.length);
  });

  test.each([
    ['filter: {userId: {}}', ['filter', 'userId']],
    ['filter: {lastActivityAt: {}}', ['filter', 'lastActivityAt']],
    [
      'filter: {lastActivityAt: {from: "2024-01-02T00:00:00Z", to: "2024-01-01T00:00:00Z"}}',
      ['filter', 'lastActivityAt'],
    ],
    ['first: 0', ['first']],
    ['first: 5001', ['first']],
    ['after: "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"', ['after']],
  ])('%s is refused with the place of the fault', async (args, inputPath) => {
    const { data, errors } = await app.query(`{ userActivity(${args}) { totalCount } }`);
    expect(data).toEqual({ userActivity: null });
    expect(errors?.[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath });
  });

  test('a cursor of another order or filter is refused', async () => {
    const { data } = await app.query('{ userActivity(first: 1) { pageInfo { endCursor } } }');
    for (const args of ['orderBy: {field: USER_ID, direction: DESC}', 'filter: {userId: {ne: "x"}}']) {
      const { errors } = await app.query(`query ($at: String) { userActivity(${args}, after: $at) { totalCount } }`, {
        at: data.userActivity.pageInfo.endCursor,
      });
      expect(errors?.[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['after'] });
    }
  });
});

describe('the warehouse is asked', () => {
  const statementsOf = async (query: string) => {
    const before = await app.metric('trailgate_warehouse_read_statements_total');
    const { data, errors } = await app.query(query);
    expect(errors).toBeUndefined();
    return { data, statements: (await app.metric('trailgate_warehouse_read_statements_total')) - before };
  };

  test('at most four times for a page of 50 events with their users', async () => {
    const { data, statements } = await statementsOf(
      '{ auditEvents(first: 50) { nodes { eventId userId user { userId role department } } } }',
    );
    const { nodes } = data.auditEvents;
    expect(nodes).toHaveLength(50);
    expect(new Set(nodes.map(({ userId }: SentEvent) => userId)).size).toBeGreaterThan(10);
    for (const { userId, user } of nodes)
      expect(user).toEqual({
        userId,
        role: latestOf(userId).userRole ?? null,
        department: latestOf(userId).userDepartment ?? null,
      });
    expect(statements).toBeLessThanOrEqual(4);
  });

  test('once more for the activity of them all', async () => {
    const { data, statements } = await statementsOf(
      `{ auditEvents(first: 50) { edges { node { user { userId activity { ${ROW} } } } } } }`,
    );
    for (const { node } of data.auditEvents.edges)
      expect(node.user.activity).toEqual(nearly(activityOf(node.user.userId)));
    expect(statements).toBeLessThanOrEqual(5);
  });

  test('once for many users by name, and once for the activity of them all', async () => {
    const users = USERS.slice(0, 20).map(
      (userId, index) => `u${index}: user(userId: ${JSON.stringify(userId)}) { role activity { eventCount } }`,
    );
    const { statements } = await statementsOf(
      `{ ${users.join('\n')} nobody: user(userId: "nobody") { role activity { eventCount } } }`,
    );
    expect(statements).toBe(2);
  });
});

test('forty listings in one request share three readers, and each is answered', async () => {
  const fields = Array.from(
    { length: 40 },
    (_, index) =>
      `e${index}: auditEvents(first: ${index + 1}) { totalCount nodes { user { userId activity { activityType } } } }`,
  );
  const { data, errors } = await app.query(`{ ${fields.join('\n')} }`);
  expect(errors).toBeUndefined();
  for (let index = 0; index < 40; index += 1) {
    expect(data[`e${index}`].totalCount).toBe(EVENTS.length);
    expect(data[`e${index}`].nodes).toHaveLength(index + 1);
  }
});

test('what one request has looked up is not kept for the next one', async () => {
  const userId = 'usr-a';
  const ask = async () =>
    (await app.query('query ($userId: String!) { user(userId: $userId) { role activity { eventCount } } }', { userId }))
      .data.user;
  await ask();
  await app.ingest([
    anEvent({
      userId,
      userRole: 'CHIEF',
      timestamp: isoAt(Date.now()),
      eventType: 'REPORT',
      action: 'GENERATE_REPORT',
    }),
  ]);
  const after = await ask();
  expect(after.role).toBe('CHIEF');
  expect(after.activity).toHaveLength(activityOf(userId).length + 1);
});
