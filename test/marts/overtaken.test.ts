import { createRefresh } from '../../src/marts/refresh.ts';
import type { Warehouse } from '../../src/ports/warehouse.ts';
import { aDelivery } from './delivery.ts';
import { NOW, openWarehouseWithMarts, type WarehouseWithMarts } from './warehouse-with-marts.ts';

/** On an engine whose statements each see what is committed then, others commit while a refresh goes on. */
describe('a refresh beside which somebody else commits', () => {
  let marts: WarehouseWithMarts;
  beforeEach(async () => {
    marts = await openWarehouseWithMarts();
    await marts.load([aDelivery({ eventId: 'evt-1' })]);
  });
  afterEach(() => marts.close());

  /** Does the change right after the refresh has read where it stands. */
  const refreshWhile = (change: string) => {
    const inner = marts.warehouse();
    const warehouse: Warehouse = {
      ...inner,
      write: (urgency, work) =>
        inner.write(urgency, (writer) => {
          let isDone = false;
          return work({
            ...writer,
            all: async (query) => {
              const rows = await writer.all(query);
              if (!isDone) await writer.run({ sql: change });
              isDone = true;
              return rows as never[];
            },
          });
        }),
    };
    return createRefresh({ warehouse, sql: marts.sql(), clock: { now: () => NOW } }).refresh();
  };
  const positions = () =>
    marts.all('select pipeline, load_id, data_as_of from pipeline_positions where load_id > 0 order by 1');

  test('is as of the load that it has added, not of one that came meanwhile', async () => {
    await refreshWhile(
      `update pipeline_positions set load_id = load_id + 1, data_as_of = timestamp '2024-06-01 00:00:00' where pipeline = 'load'`,
    );
    expect(await positions()).toEqual([
      { pipeline: 'load', load_id: 2, data_as_of: Date.UTC(2024, 5, 1) },
      { pipeline: 'refresh', load_id: 1, data_as_of: 0 },
    ]);
  });

  test('adds the ids of late events to a run of ids that ended while it went on', async () => {
    await marts.run(
      `update pipeline_positions set data_as_of = timestamp '2000-01-01 00:00:00' where pipeline = 'event-ids'`,
    );
    const inner = marts.warehouse();
    const warehouse: Warehouse = {
      ...inner,
      write: (urgency, work) =>
        inner.write(urgency, (writer) =>
          work({
            ...writer,
            run: async (query) => {
              // Its place is what it would wait for.
              if (/^update pipeline_positions/.test(query.sql)) {
                await writer.run({
                  sql: `update pipeline_positions set data_as_of = timestamp '2024-06-01 00:00:00' where pipeline = 'event-ids'`,
                });
              }
              return writer.run(query);
            },
          }),
        ),
    };
    await createRefresh({ warehouse, sql: marts.sql(), clock: { now: () => NOW } }).refresh();
    expect(await marts.all(`select count(*) as n from audit_event_ids where id_hash = event_id_hash('evt-1')`)).toEqual(
      [{ n: 1 }],
    );
  });

  test('is taken back where another has added the same load', async () => {
    await expect(
      refreshWhile(`update pipeline_positions set load_id = 1 where pipeline = 'refresh'`),
    ).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE', retryable: true });
    expect(await marts.all('select count(*) as n from audit_events_mart')).toEqual([{ n: 0 }]);
    await marts.refresh().refresh();
    expect(await marts.all('select count(*) as n from audit_events_mart')).toEqual([{ n: 1 }]);
  });
});
