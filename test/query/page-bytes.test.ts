import { EVERY_ROW, ROLES } from '../../src/domain/caller.ts';
import { createSeal } from '../../src/domain/seal.ts';
import { duckdbDialect } from '../../src/filter/dialect.ts';
import { createAuditEvents } from '../../src/query/audit-events.ts';
import { aDelivery } from '../marts/delivery.ts';
import { NOW, openWarehouseWithMarts } from '../marts/warehouse-with-marts.ts';

let marts: Awaited<ReturnType<typeof openWarehouseWithMarts>>;
beforeAll(async () => {
  marts = await openWarehouseWithMarts();
  const metadata = JSON.stringify({ text: 'x'.repeat(240 * 1024) });
  const events = [...Array(300).keys()].map((n) => aDelivery({ eventId: `large-${n}`, metadata }));
  await marts.load(events);
  await marts.refresh().refresh();
});
afterAll(() => marts.close());

const page = (first: number, fields?: readonly ('eventId' | 'metadata')[]) => {
  const events = createAuditEvents({
    warehouse: marts.warehouse(),
    freshness: () => ({ position: { node: '', epoch: 0, seq: 0 }, dataAsOf: NOW }),
    queryTimeoutMs: 30_000,
    dialect: duckdbDialect,
    seal: createSeal(Buffer.alloc(32, 1)),
  });
  const caller = { subject: 'someone', roles: ROLES, scope: EVERY_ROW, masks: new Set<string>() };
  const orderBy = { field: 'TIMESTAMP', direction: 'DESC' } as const;
  return events.page(caller, { first, orderBy, ...(fields && { fields: new Set(fields) }) });
};

test('refuses a page whose metadata is more than one answer may hold, before it is read', async () => {
  await expect(page(300)).rejects.toMatchObject({ code: 'TOO_COSTLY', inputPath: ['first'] });
});

test('gives the same page without metadata, and a smaller one with it', async () => {
  expect((await page(300, ['eventId'])).events).toHaveLength(300);
  expect((await page(100)).events).toHaveLength(100);
});
