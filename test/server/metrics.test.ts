import type { ReadOptions, Warehouse } from '../../src/ports/warehouse.ts';
import { createMetrics, meterReads } from '../../src/server/metrics.ts';

test('counts each statement of a read, and tells the warehouse what asks', async () => {
  const asked: ReadOptions[] = [];
  const warehouse: Pick<Warehouse, 'read'> = {
    read: (options, work) => {
      asked.push(options);
      return work({ all: async () => [], stream: async function* () {} });
    },
  };
  const { readStatements, registry } = createMetrics();
  const metered = meterReads(warehouse as Warehouse, readStatements, 'auditEvents');
  await metered.read({ timeoutMs: 1_000 }, async (reader) => {
    await reader.all({ sql: 'select 1' });
    await reader.all({ sql: 'select 2' });
  });
  expect(asked).toEqual([{ timeoutMs: 1_000, operation: 'auditEvents' }]);
  expect(await registry.getSingleMetricAsString('trailgate_warehouse_read_statements_total')).toMatch(/_total 2$/m);
});
