import { sql } from 'kysely';
import { readSqlFile } from '../../src/adapters/warehouse/sql-files.ts';
import { createEventIds } from '../../src/marts/event-ids.ts';
import { toQuery } from '../../src/query/builder.ts';
import { readPlacesOfId } from '../../src/query/event-places.ts';
import { aDelivery, type Delivery } from './delivery.ts';
import { NOW, openWarehouseWithMarts, SQL_DIRECTORY } from './warehouse-with-marts.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2024, 2, 20, 14, 30);

let marts: Awaited<ReturnType<typeof openWarehouseWithMarts>>;
beforeAll(async () => {
  marts = await openWarehouseWithMarts();
});
afterAll(() => marts.close());

const take = async (...deliveries: Delivery[]): Promise<void> => {
  await marts.load(deliveries);
  await marts.refresh().refresh();
};

const eventIds = () =>
  createEventIds({
    warehouse: marts.warehouse(),
    sql: readSqlFile(`${SQL_DIRECTORY}/shared/event-ids/01-run.sql`, {}),
    clock: { now: () => NOW },
    runEvents: 3,
  });

/** Times of all events with this id that the places lead to. */
const foundAt = (eventId: string): Promise<number[]> =>
  marts.warehouse().read({ timeoutMs: 10_000 }, async (reader) => {
    const times: number[] = [];
    for (const place of await readPlacesOfId(reader, eventId)) {
      const rows = await reader.all<{ timestamp: number }>(
        toQuery(sql`select e.timestamp from audit_events_mart as e where e.event_id = ${eventId} and ${place}`),
      );
      times.push(...rows.map(({ timestamp }) => timestamp));
    }
    return times.sort();
  });

test('finds every event by its id before, across and after runs, and those that come late', async () => {
  await take(aDelivery({ eventId: 'a', timestamp: START }), aDelivery({ eventId: 'b', timestamp: START + 1 }));
  expect(await eventIds().writeRun()).toBe(false);
  expect(await foundAt('a')).toEqual([START]);

  await take(
    aDelivery({ eventId: 'a', timestamp: START + DAY_MS }),
    aDelivery({ eventId: 'c', timestamp: START + DAY_MS + 1 }),
  );
  expect(await eventIds().writeRun()).toBe(true);
  expect(await eventIds().writeRun()).toBe(false);
  expect(await foundAt('a')).toEqual([START, START + DAY_MS]);
  expect(await foundAt('b')).toEqual([START + 1]);
  expect(await foundAt('c')).toEqual([START + DAY_MS + 1]);
  expect(await foundAt('absent')).toEqual([]);

  // Of another node, received before the run ended.
  await take(aDelivery({ eventId: 'late', timestamp: START + 5 }, { node: 'node-b', receivedAt: START + 6 }));
  expect(await foundAt('late')).toEqual([START + 5]);
});

test('an indexed id is looked for on its days only', async () => {
  const places = await marts.warehouse().read({ timeoutMs: 10_000 }, (reader) => readPlacesOfId(reader, 'a'));
  // Two days, and what was received since.
  expect(places).toHaveLength(3);
});

test('a run holds what a refresh elsewhere commits while the run waits for its own end', async () => {
  const inner = marts.warehouse();
  let isCommitted = false;
  const warehouse: typeof inner = {
    ...inner,
    write: (urgency, work) =>
      inner.write(urgency, (writer) =>
        work({
          ...writer,
          run: async (query) => {
            if (!isCommitted && /^update pipeline_positions/.test(query.sql)) {
              isCommitted = true;
              await writer.run({
                sql: `insert into audit_events_mart select * replace ('meanwhile' as event_id) from audit_events_mart
                  where event_id = 'd' limit 1`,
              });
            }
            return writer.run(query);
          },
        }),
      ),
  };
  await take(...['d', 'e', 'f'].map((eventId, index) => aDelivery({ eventId, timestamp: START + 2 * DAY_MS + index })));
  const sql = readSqlFile(`${SQL_DIRECTORY}/shared/event-ids/01-run.sql`, {});
  expect(await createEventIds({ warehouse, sql, clock: { now: () => NOW }, runEvents: 3 }).writeRun()).toBe(true);
  expect(isCommitted).toBe(true);
  expect(await foundAt('meanwhile')).toEqual([START + 2 * DAY_MS]);
});
