import { pino } from 'pino';
import { createEventIds } from '../../src/marts/event-ids.ts';
import { createRefresh } from '../../src/marts/refresh.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { createPipeline, type Pipeline } from '../../src/server/pipeline.ts';
import {
  createMemoryLanding,
  landedEvent,
  landedLedger,
  type MemoryLanding,
  START,
  startLandedLoader,
} from '../load/landed-place.ts';
import { createPlace, NOW, type Place, select } from '../load/pipeline.ts';

const clock = { now: () => NOW };

describe('the pipeline of landed files', () => {
  let place: Place;
  let files: MemoryLanding;
  let pipeline: Pipeline;
  let refreshes: number;
  let warehouse: Awaited<ReturnType<Place['openWarehouse']>>['warehouse'];
  beforeEach(async () => {
    place = createPlace();
    const opened = await place.openWarehouse('warehouse');
    warehouse = opened.warehouse;
    files = createMemoryLanding(warehouse);
    const { sql } = opened;
    const refresh = createRefresh({ warehouse, sql, clock });
    refreshes = 0;
    pipeline = createPipeline({
      loader: await startLandedLoader({ landing: files.landing, warehouse, sql }),
      refresh: {
        ...refresh,
        refresh: () => {
          refreshes += 1;
          return refresh.refresh();
        },
      },
      eventIds: createEventIds({ warehouse, sql: sql.eventIds, clock }),
      stream: null,
      clock,
      metrics: createMetrics(),
      log: pino({ level: 'silent' }),
      logHours: 1,
      idleMs: 5,
    });
  });
  afterEach(async () => {
    await pipeline.stop();
    await place.remove();
  });

  const asOf = async (moment: number): Promise<void> => {
    for (let attempt = 0; pipeline.freshness().dataAsOf < moment; attempt += 1) {
      if (attempt > 2_000) throw new Error('it does not come that far');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  test('brings files into the marts, is as of a time, and refreshes only when there is something to add', async () => {
    files.put(landedLedger({ seq: 1 }, 'OPEN'), landedEvent({ seq: 2 }), landedEvent({ seq: 3 }));
    pipeline.start();
    await asOf(START + 2_000);
    expect(pipeline.freshness()).toEqual({ position: { at: START + 2_000 }, dataAsOf: START + 2_000 });
    expect(await select(warehouse, 'select event_id from audit_events_mart order by 1')).toEqual([
      { event_id: 'node-a.2' },
      { event_id: 'node-a.3' },
    ]);
    expect(await pipeline.status()).toEqual({ backlog: null, dataAsOf: START + 2_000, failures: 0, loadsFiles: true });
    const before = refreshes;
    files.put(landedLedger({ seq: 4 }));
    await asOf(START + 3_000);
    expect(refreshes).toBe(before);
    expect(
      await select(warehouse, `select data_as_of from pipeline_positions where pipeline in ('load', 'refresh')`),
    ).toEqual([{ data_as_of: START + 3_000 }, { data_as_of: START + 3_000 }]);
    files.put(landedEvent({ seq: 5 }));
    await asOf(START + 4_000);
    expect(refreshes).toBe(before + 1);
    expect(await select(warehouse, 'select count(*) as n from audit_events_mart')).toEqual([{ n: 3 }]);
  });
});
