import { type Caller, EVERY_ROW, type Role } from '../../src/domain/caller.ts';
import { createSeal } from '../../src/domain/seal.ts';
import { duckdbDialect } from '../../src/filter/dialect.ts';
import { createAuditEventGroups } from '../../src/query/audit-event-groups.ts';
import { aDelivery } from '../marts/delivery.ts';
import { NOW, openWarehouseWithMarts } from '../marts/warehouse-with-marts.ts';

let marts: Awaited<ReturnType<typeof openWarehouseWithMarts>>;
beforeAll(async () => {
  marts = await openWarehouseWithMarts();
  const events = [...Array(6).keys()].map((n) =>
    aDelivery({ eventId: `many-${n}`, userId: `usr-${n}`, action: 'READ' }),
  );
  const few = [...Array(9).keys()].map((n) =>
    aDelivery({ eventId: `few-${n}`, userId: `usr-${n % 4}`, action: 'EXPORT' }),
  );
  await marts.load([...events, ...few]);
  await marts.refresh().refresh();
});
afterAll(() => marts.close());

const actionsFor = async (...roles: Role[]): Promise<unknown> => {
  const caller: Caller = { subject: 'someone', roles, scope: EVERY_ROW, masks: new Set() };
  const groups = createAuditEventGroups({
    warehouse: marts.warehouse(),
    freshness: () => ({ position: { node: '', epoch: 0, seq: 0 }, dataAsOf: NOW }),
    queryTimeoutMs: 10_000,
    dialect: duckdbDialect,
    seal: createSeal(Buffer.alloc(32, 1)),
  });
  const orderBy = { field: 'COUNT', direction: 'DESC' } as const;
  const page = await groups(caller, { groupBy: ['ACTION'], orderBy, withTotal: true });
  return { actions: page.groups.map(({ dimensions }) => dimensions.action), total: page.totalCount };
};

test('a VIEWER is shown no group of fewer than five users, and does not have it counted', async () => {
  expect(await actionsFor('VIEWER')).toEqual({ actions: ['READ'], total: 1 });
});

test('other readers are shown every group', async () => {
  expect(await actionsFor('VIEWER', 'ANALYST')).toEqual({ actions: ['EXPORT', 'READ'], total: 2 });
});
