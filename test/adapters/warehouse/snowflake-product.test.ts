import { join } from 'node:path';
import { readWarehouseSql, snowflakeTokens, type WarehouseSql } from '../../../src/adapters/warehouse/warehouse-sql.ts';
import { type Caller, EVERY_ROW } from '../../../src/domain/caller.ts';
import { createSeal } from '../../../src/domain/seal.ts';
import { duckdbDialect, type FilterDialect } from '../../../src/filter/dialect.ts';
import { snowflakeDialect } from '../../../src/filter/snowflake-dialect.ts';
import { stageSoundLines } from '../../../src/load/stage-lines.ts';
import { createEventIds } from '../../../src/marts/event-ids.ts';
import { createRefresh } from '../../../src/marts/refresh.ts';
import type { SqlRow, Warehouse } from '../../../src/ports/warehouse.ts';
import { createAuditEventGroups } from '../../../src/query/audit-event-groups.ts';
import { createAuditEvents } from '../../../src/query/audit-events.ts';
import { createIngestErrors } from '../../../src/query/ingest-errors.ts';
import { createUserActivity } from '../../../src/query/user-activity.ts';
import { createUsers } from '../../../src/query/users.ts';
import { aDelivery, type Delivery, lineOf } from '../../marts/delivery.ts';
import {
  NOW,
  openWarehouseWithMarts,
  sorted,
  TABLES,
  type WarehouseWithMarts,
} from '../../marts/warehouse-with-marts.ts';
import { type OpenedRig, openRig } from '../../rigs/snowflake/opened.ts';

/** What the loader, the refresher and the questions send, on both engines. */
interface Engine {
  readonly warehouse: Warehouse;
  readonly sql: WarehouseSql;
  readonly dialect: FilterDialect;
}

const AT = Date.UTC(2024, 2, 20, 14, 30);
const MINUTE = 60_000;
const caller: Caller = { subject: 'auditor', roles: ['AUDITOR'], scope: EVERY_ROW, masks: new Set() };

const at = (minutes: number) => ({ timestamp: AT + minutes * MINUTE });
const metadata = JSON.stringify({ a: [1, 2.5, null], path: { deep: 'x' }, text: "it's \u001f é" }).replace(
  '\\u001f',
  '\\u001F',
);

/** Loads with sessions that join, a duplicate, a conflict, an earlier copy that came later, a day long past. */
const LOADS: readonly (readonly Delivery[])[] = [
  [
    aDelivery({ eventId: 'e-1', ...at(0), userId: 'u-1', resourceId: 'r-1', resourceType: 'FILE', metadata }),
    aDelivery({ eventId: 'e-2', ...at(50), userId: 'u-1', outcome: 'DENIED', activityType: 'DATA_ACCESS' }),
    aDelivery({ eventId: 'e-3', ...at(1), userId: 'u-2', userDepartment: 'Finance', sensitivity: 'HIGH' }),
  ],
  [
    aDelivery({ eventId: 'e-4', ...at(25), userId: 'u-1', region: 'eu-1', environment: 'production' }),
    aDelivery({ eventId: 'e-1', ...at(0), userId: 'u-1', resourceId: 'r-1', resourceType: 'FILE', metadata }),
    aDelivery({ eventId: 'e-3', ...at(1), userId: 'u-2', action: 'OTHER' }, { receivedAt: AT + 90 * MINUTE }),
    aDelivery({ eventId: 'e-2', ...at(50), userId: 'u-3', action: 'FIRST' }, { receivedAt: AT + 50 * MINUTE }),
    aDelivery({ eventId: 'e-5', timestamp: Date.UTC(2023, 0, 1, 3), userId: 'u-2', actorKind: 'SERVICE' }),
    aDelivery({ eventId: 'e-6', ...at(2), source: 'trailgate' }, { origin: 'GATEWAY' }),
    aDelivery({ eventId: 'e-7', ...at(3), source: 'trailgate' }),
  ],
];

async function fill({ warehouse, sql }: Engine): Promise<void> {
  const refresh = createRefresh({ warehouse, sql, clock: { now: () => NOW } });
  for (const [index, deliveries] of LOADS.entries()) {
    await warehouse.write('load', async (writer) => {
      await stageSoundLines(writer, [Buffer.from(deliveries.map(lineOf).join(''))]);
      for (const statement of sql.load.statements) {
        await writer.run(statement({ load_id: index + 1, now: new Date(NOW) }));
      }
      await writer.run({
        sql: `update pipeline_positions set load_id = ?, data_as_of = ?, ingest_node = 'node-a', ingest_epoch = 1,
          ingest_seq = ? where pipeline = 'load'`,
        parameters: [index + 1, new Date(AT + 600 * MINUTE), index + 1],
      });
    });
    await refresh.refresh();
  }
  const eventIds = createEventIds({ warehouse, sql: sql.eventIds, clock: { now: () => NOW }, runEvents: 2 });
  for (let run = 0; run < 5; run += 1) await eventIds.writeRun();
}

async function tablesOf({ warehouse }: Engine): Promise<Record<string, string[]>> {
  const rows = await warehouse.read({ timeoutMs: 60_000 }, async (reader) => {
    const found: [string, SqlRow[]][] = [];
    for (const [name, sql] of Object.entries(TABLES)) found.push([name, await reader.all({ sql })]);
    return found;
  });
  return Object.fromEntries(rows.map(([name, found]) => [name, sorted(found)]));
}

async function answersOf({ warehouse, dialect }: Engine): Promise<Record<string, unknown>> {
  const deps = {
    warehouse,
    dialect,
    freshness: () => ({ position: { node: '', epoch: 0, seq: 0 }, dataAsOf: 0 }),
    queryTimeoutMs: 30_000,
    seal: createSeal(Buffer.alloc(32, 7)),
  };
  const events = createAuditEvents(deps);
  const newest = { field: 'TIMESTAMP', direction: 'DESC' } as const;
  const first = await events.page(caller, { first: 3, orderBy: newest, withTotal: true });
  const last = first.events.at(-1);
  const second = last ? await events.page(caller, { first: 3, after: first.cursorOf(last), orderBy: newest }) : first;
  const filter = {
    userId: { in: ['u-1', 'u-2'] },
    eventId: { startsWith: 'E-', ignoreCase: true },
    metadata: [{ path: 'path.deep', value: { eq: 'x' } }],
    timestamp: { from: new Date(AT - MINUTE), to: new Date(AT + 60 * MINUTE) },
  };
  const filtered = await events.page(caller, {
    first: 10,
    orderBy: { field: 'RECEIVED_AT', direction: 'ASC' },
    filter,
  });
  const groups = await createAuditEventGroups(deps)(caller, {
    first: 10,
    groupBy: ['USER_ID', 'OUTCOME'],
    interval: 'HOUR',
    orderBy: { field: 'COUNT', direction: 'DESC' },
    withTotal: true,
  });
  const activity = await createUserActivity(deps)(caller, {
    first: 10,
    orderBy: { field: 'EVENT_COUNT', direction: 'DESC' },
    withTotal: true,
  });
  const users = createUsers(deps);
  const errors = await createIngestErrors(deps).page(caller, { first: 10 });
  return {
    first: [first.events, first.totalCount, first.pageInfo],
    second: [second.events, second.pageInfo],
    filtered: filtered.events,
    byId: await events.find(caller, { eventId: 'e-4' }),
    byKey: await events.find(caller, { eventId: 'e-4', timestamp: AT + 25 * MINUTE }),
    groups: [groups.groups, groups.totalCount],
    activity: [activity.rows, activity.totalCount],
    errors: errors.errors,
    users: await users.byIds(caller, ['u-1', 'u-9']),
    usersActivity: await users.activityByIds(caller, ['u-1', 'u-2']),
  };
}

describe('the statements of the product on Snowflake', () => {
  let rig: OpenedRig;
  let marts: WarehouseWithMarts;
  let snowflake: Engine;
  let duckdb: Engine;
  beforeAll(async () => {
    rig = await openRig();
    marts = await openWarehouseWithMarts();
    const sql = readWarehouseSql(join(process.cwd(), 'sql'), 'snowflake', snowflakeTokens('UTC', 'LANDING'));
    snowflake = { warehouse: rig.warehouse, sql, dialect: snowflakeDialect };
    duckdb = { warehouse: marts.warehouse(), sql: marts.sql(), dialect: duckdbDialect };
    await fill(duckdb);
    await fill(snowflake);
  });
  afterAll(async () => {
    await rig.remove();
    await marts.close();
  });

  test('load and refresh the same rows as on DuckDB', async () => {
    expect(await tablesOf(snowflake)).toEqual(await tablesOf(duckdb));
  });

  test('make the same marts anew', async () => {
    const { warehouse, sql } = snowflake;
    await createRefresh({ warehouse, sql, clock: { now: () => NOW } }).recompute();
    expect(await tablesOf(snowflake)).toEqual(await tablesOf(duckdb));
  });

  test('answer questions as on DuckDB', async () => {
    const answers = await answersOf(snowflake);
    expect(answers).toEqual(await answersOf(duckdb));
    expect(answers.filtered).toHaveLength(1);
    expect(answers.byId).toMatchObject({ eventId: 'e-4' });
  });

  test('are all taken: none failed, and within a transaction none changed the schema', () => {
    expect(rig.rig.statements.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(rig.rig.statements.filter(({ sql }) => /^\s*(create|drop|alter\s+table|truncate)\b/i.test(sql))).toEqual([]);
  });
});
