import { createRefresh } from '../../src/marts/refresh.ts';
import type { SqlFile } from '../../src/ports/warehouse.ts';
import { aDelivery } from './delivery.ts';
import { NOW, openWarehouseWithMarts, sorted, type WarehouseWithMarts } from './warehouse-with-marts.ts';

const MINUTE = 60_000;
const AT = Date.UTC(2024, 2, 20, 14, 30);

describe('a refresh', () => {
  let marts: WarehouseWithMarts;
  beforeAll(async () => {
    marts = await openWarehouseWithMarts();
  });
  beforeEach(() => marts.empty());
  afterAll(() => marts.close());

  const refresh = () => marts.refresh().refresh();
  const positions = () =>
    marts.all(
      `select pipeline, load_id from pipeline_positions where pipeline in ('load', 'refresh') order by pipeline`,
    );

  test('has nothing to do where nothing was loaded', async () => {
    expect(await refresh()).toEqual({ claimed: 0, inserted: 0 });
    await marts.load([]);
    expect(await refresh()).toEqual({ claimed: 0, inserted: 0 });
    expect(await positions()).toEqual([
      { pipeline: 'load', load_id: 1 },
      { pipeline: 'refresh', load_id: 1 },
    ]);
  });

  test('says how many events it claimed and how many were new', async () => {
    const first = aDelivery({ eventId: 'evt-1' });
    await marts.load([first, aDelivery({ eventId: 'evt-2' })]);
    expect(await refresh()).toEqual({ claimed: 2, inserted: 2 });
    await marts.load([aDelivery({ eventId: 'evt-1' }), aDelivery({ eventId: 'evt-3' })]);
    expect(await refresh()).toEqual({ claimed: 2, inserted: 1 });
    expect(await refresh()).toEqual({ claimed: 0, inserted: 0 });
  });

  test('takes over the position of the load with the rows', async () => {
    await marts.load([aDelivery()]);
    await marts.run(
      `update pipeline_positions set ingest_node = 'node-a', ingest_epoch = 3, ingest_seq = 7,
        data_as_of = timestamp '2024-03-20 15:00:00' where pipeline = 'load'`,
    );
    await refresh();
    expect(
      await marts.all(`select * exclude (pipeline, updated_at) from pipeline_positions where pipeline = 'refresh'`),
    ).toEqual([
      { load_id: 1, ingest_node: 'node-a', ingest_epoch: 3, ingest_seq: 7, data_as_of: Date.UTC(2024, 2, 20, 15) },
    ]);
  });

  test('takes over a position that loading moved to without a line, such as the beginning of a new log', async () => {
    await marts.load([aDelivery()]);
    await refresh();
    await marts.run(
      `update pipeline_positions set ingest_node = 'node-b', ingest_epoch = 1, ingest_seq = 0 where pipeline = 'load'`,
    );
    expect(await refresh()).toEqual({ claimed: 0, inserted: 0 });
    expect(
      await marts.all(
        `select load_id, ingest_node, ingest_epoch, ingest_seq from pipeline_positions where pipeline = 'refresh'`,
      ),
    ).toEqual([{ load_id: 1, ingest_node: 'node-b', ingest_epoch: 1, ingest_seq: 0 }]);
  });

  test('leaves nothing behind when a step fails, and makes up for it afterwards', async () => {
    await marts.load([aDelivery({ eventId: 'evt-1' })]);
    await refresh();
    const before = await marts.tables();
    await marts.load([
      aDelivery({ eventId: 'evt-2', timestamp: AT + MINUTE }),
      aDelivery({ eventId: 'evt-1', userId: 'usr-0007' }, { receivedAt: AT }),
    ]);
    const failing: SqlFile = {
      name: '99-fail.sql',
      text: '',
      statements: [() => ({ sql: `select error('the disk is gone')`, parameters: [] })],
    };
    const unlucky = createRefresh({
      warehouse: marts.warehouse(),
      sql: { ...marts.sql(), rebuild: [...marts.sql().rebuild, failing] },
      clock: { now: () => NOW },
    });
    await expect(unlucky.refresh()).rejects.toThrow('the disk is gone');
    expect(await marts.tables()).toEqual(before);
    expect(await refresh()).toEqual({ claimed: 2, inserted: 1 });
    expect(await marts.all('select user_id, event_count from user_activity_daily order by user_id')).toEqual([
      { user_id: 'usr-0007', event_count: 1 },
      { user_id: 'usr-0042', event_count: 1 },
    ]);
  });

  test('joins two sessions when a late event closes the gap between them', async () => {
    await marts.load([
      aDelivery({ eventId: 'evt-1', timestamp: AT, activityType: 'LOGIN' }),
      aDelivery({ eventId: 'evt-3', timestamp: AT + 50 * MINUTE, activityType: 'DATA_EXPORT' }),
    ]);
    await refresh();
    expect(await marts.all('select count(*) as n from user_sessions')).toEqual([{ n: 2 }]);
    await marts.load([aDelivery({ eventId: 'evt-2', timestamp: AT + 25 * MINUTE, activityType: 'OTHER' })]);
    await refresh();
    const { user_sessions, user_activity_mart } = await marts.tables();
    expect(user_sessions).toEqual([
      expect.objectContaining({
        session_start: AT,
        session_end: AT + 50 * MINUTE,
        event_count: 3,
        duration_seconds: 3_000,
        activity_types: 'DATA_EXPORT,LOGIN,OTHER',
      }),
    ]);
    expect(user_activity_mart.map((row) => [row.session_count, row.avg_session_duration])).toEqual([
      [1, 50],
      [1, 50],
      [1, 50],
    ]);
  });

  test('keeps one event to a key, whoever received it, and moves it to the user of the copy received first', async () => {
    const first = aDelivery({ userId: 'usr-0007' }, { node: 'node-b', seq: 1, receivedAt: AT + 10 });
    await marts.load([aDelivery({ userId: 'usr-0042' }, { receivedAt: AT + 20 })]);
    await refresh();
    await marts.load([first]);
    await refresh();
    const { audit_events_mart, users, user_activity_totals } = await marts.tables();
    expect(audit_events_mart).toMatchObject([{ user_id: 'usr-0007', ingest_node: 'node-b' }]);
    expect(users).toMatchObject([{ user_id: 'usr-0007' }]);
    expect(user_activity_totals).toMatchObject([{ user_id: 'usr-0007', event_count: 1, session_count: 1 }]);
  });

  test('settles copies received at one moment by node, then epoch, then number, in one batch or two', async () => {
    const places = [
      { node: 'node-a', epoch: 1, seq: 900 },
      { node: 'node-a', epoch: 1, seq: 901 },
      { node: 'node-a', epoch: 2, seq: 5 },
      { node: 'node-b', epoch: 1, seq: 1 },
    ];
    const copies = places.map((place, index) => aDelivery({ userRole: `ROLE-${index}` }, { ...place, receivedAt: AT }));
    for (const [first, second] of [
      [0, 1],
      [1, 2],
      [2, 3],
      [0, 3],
    ] as const) {
      const pair = [copies[second], copies[first]] as typeof copies;
      for (const batches of [[pair], pair.map((copy) => [copy])]) {
        await marts.empty();
        for (const batch of batches) {
          await marts.load(batch);
          await refresh();
        }
        expect((await marts.tables()).audit_events_mart).toMatchObject([{ user_role: `ROLE-${first}` }]);
      }
    }
  });

  test('makes a session anew as a whole when an event behind midnight leaves it', async () => {
    const times = [-65, -35, -5, 10].map((minutes) => Date.UTC(2024, 2, 21) + minutes * MINUTE);
    await marts.load(times.map((timestamp, index) => aDelivery({ eventId: `evt-${index}`, timestamp })));
    await refresh();
    await marts.load([
      aDelivery(
        { eventId: 'evt-3', timestamp: times[3] as number, userId: 'usr-0007' },
        { node: 'node-b', receivedAt: AT },
      ),
    ]);
    await refresh();
    const { user_sessions } = await marts.tables();
    expect(
      user_sessions.map((row) => [row.user_id, row.session_start, row.session_end, row.event_count]).sort(),
    ).toEqual([
      ['usr-0007', times[3], times[3], 1],
      ['usr-0042', times[0], times[2], 3],
    ]);
  });

  test('counts what people do in the gateway in no mart but the events', async () => {
    await marts.load([aDelivery({ source: 'trailgate', resourceId: 'rule-1' }, { origin: 'GATEWAY' })]);
    await refresh();
    const tables = await marts.tables();
    const filled = Object.entries(tables).filter(([, rows]) => rows.length > 0);
    expect(filled.map(([name]) => name).sort()).toEqual(['audit_event_hours', 'audit_events_mart']);
  });

  test('keeps the scopes of a cell apart, and null from every word', async () => {
    const scopes = [null, 'null', '', 'FINANCE'];
    await marts.load(
      scopes.flatMap((scope, index) =>
        [0, 1].map((copy) =>
          aDelivery({
            eventId: `evt-${index}-${copy}`,
            userDepartment: scope,
            environment: scope,
            region: scope,
            resourceId: 'res-1',
          }),
        ),
      ),
    );
    await refresh();
    await marts.load([aDelivery({ eventId: 'evt-9', resourceId: 'res-1' })]);
    await refresh();
    const rows = await marts.all('select region, event_count from user_activity_daily order by region nulls first');
    expect(rows.map((row) => row.region)).toEqual([null, '', 'FINANCE', 'null']);
    expect(rows.map((row) => row.event_count)).toEqual([3, 2, 2, 2]);
    const resources = await marts.all('select event_count from user_resource_daily order by region nulls first');
    expect(resources.map((row) => row.event_count)).toEqual([3, 2, 2, 2]);
  });

  test('is as of the moment before until a long backlog is worked off', async () => {
    for (let load = 0; load < 20; load += 1) await marts.load([aDelivery({ eventId: `evt-${load}` })]);
    await marts.run(
      `update pipeline_positions set data_as_of = timestamp '2024-03-21 00:00:00' where pipeline = 'load'`,
    );
    const seen: unknown[] = [];
    const { warehouse } = marts;
    const watched = createRefresh({
      warehouse: {
        ...warehouse(),
        write: async (urgency, work) => {
          const result = await warehouse().write(urgency, work);
          const [row] = await marts.all(
            `select load_id, data_as_of from pipeline_positions where pipeline = 'refresh'`,
          );
          seen.push([row?.load_id, row?.data_as_of]);
          return result;
        },
      },
      sql: marts.sql(),
      clock: { now: () => NOW },
    });
    expect(await watched.refresh()).toEqual({ claimed: 20, inserted: 20 });
    expect(seen).toEqual([
      [16, 0],
      [20, Date.UTC(2024, 2, 21)],
    ]);
  });

  test('of a long backlog equals one of each load', async () => {
    const loads = Array.from({ length: 18 }, (_, load) =>
      Array.from({ length: 20 }, (_, index) =>
        aDelivery({
          eventId: `evt-${load}-${index}`,
          timestamp: AT + ((load * 7 + index * 13) % 60) * 17 * MINUTE,
          userId: `usr-${index % 4}`,
          activityType: index % 3 ? 'LOGIN' : 'OTHER',
        }),
      ),
    );
    for (const load of loads) {
      await marts.load(load);
      await refresh();
    }
    const stepwise = await marts.tables();
    await marts.empty();
    for (const load of loads) await marts.load(load);
    expect(await refresh()).toEqual({ claimed: 360, inserted: 360 });
    const atOnce = await marts.tables();
    for (const name of Object.keys(stepwise) as (keyof typeof stepwise)[]) {
      expect(sorted(atOnce[name])).toEqual(sorted(stepwise[name]));
    }
  });
});
