import { pino } from 'pino';
import { createLmdbControlStore } from '../../src/adapters/control-store/lmdb-control-store.ts';
import { createEventIds } from '../../src/marts/event-ids.ts';
import { createRefresh } from '../../src/marts/refresh.ts';
import type { ControlStore } from '../../src/ports/control-store.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { createPipeline, type Pipeline } from '../../src/server/pipeline.ts';
import { createTurn } from '../../src/server/turn.ts';
import {
  createMemoryLanding,
  landedEvent,
  landedLedger,
  type MemoryLanding,
  startLandedLoader,
} from '../load/landed-place.ts';
import { createPlace, NOW, type Place, select } from '../load/pipeline.ts';

const log = pino({ level: 'silent' });
const TTL_MS = 15_000;

describe('two nodes that load into one warehouse', () => {
  let place: Place;
  let opened: Awaited<ReturnType<Place['openWarehouse']>>;
  let files: MemoryLanding;
  let control: ControlStore;
  let clock: { at: number; now(): number };
  const pipelines: Pipeline[] = [];
  beforeEach(async () => {
    place = createPlace();
    clock = { at: NOW, now: () => clock.at };
    opened = await place.openWarehouse('warehouse');
    files = createMemoryLanding(opened.warehouse);
    control = createLmdbControlStore({ path: place.path('control'), clock });
  });
  afterEach(async () => {
    for (const pipeline of pipelines.splice(0)) await pipeline.stop();
    await control.close();
    await place.remove();
  });

  /** Its calls of the control store wait for `gate`: a node that is held up. */
  const startNode = async (
    holder: string,
    gate: () => Promise<void> = async () => undefined,
    metrics = createMetrics(),
  ): Promise<Pipeline> => {
    const { warehouse, sql } = opened;
    const held: ControlStore = { ...control, lease: (...args) => gate().then(() => control.lease(...args)) };
    const pipeline = createPipeline({
      loader: await startLandedLoader({ landing: files.landing, warehouse, sql }),
      refresh: createRefresh({ warehouse, sql, clock }),
      eventIds: createEventIds({ warehouse, sql: sql.eventIds, clock }),
      stream: null,
      clock,
      metrics,
      log,
      logHours: 1,
      idleMs: 5,
      turn: createTurn({ control: held, name: 'load', holder, clock, log, ttlMs: TTL_MS }),
    });
    pipelines.push(pipeline);
    pipeline.start();
    return pipeline;
  };
  const inMarts = async (): Promise<unknown[]> =>
    (await select(opened.warehouse, 'select event_id from audit_events_mart order by 1')).map((row) => row.event_id);
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    for (let attempt = 0; !(await isSo()); attempt += 1) {
      if (attempt > 300) throw new Error('it does not come to that');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  test('what one has loaded and not added to the marts, the other adds when its turn comes again', async () => {
    let goOn: () => void = () => undefined;
    let held = Promise.resolve();
    let waits = false;
    await startNode('first', () => {
      waits = clock.at > NOW;
      return held;
    });
    files.put(landedLedger({ seq: 1 }, 'OPEN'), landedEvent({ seq: 2 }));
    await until(async () => (await inMarts()).length === 1);
    held = new Promise((resolve) => {
      goOn = resolve;
    });
    clock.at += TTL_MS + 5_000;
    await until(async () => waits);
    expect(await control.lease('load', 'second', TTL_MS)).not.toBeNull();
    const { warehouse, sql } = opened;
    const second = await startLandedLoader({ landing: files.landing, warehouse, sql });
    files.put(landedEvent({ seq: 3 }));
    expect(await second.loadNext()).toMatchObject({ changed: true });
    // It dies before it refreshes, and the first goes on once its lease has run out.
    clock.at += TTL_MS + 5_000;
    goOn();
    await until(async () => (await inMarts()).length === 2);
  });

  test('only the one whose turn it is tells how old the data is', async () => {
    const [first, second] = [createMetrics(), createMetrics()];
    const age = async (pipeline: Pipeline, metrics: typeof first): Promise<number | undefined> => {
      await pipeline.status();
      return (await metrics.dataAge.get()).values[0]?.value;
    };
    const loading = await startNode('first', undefined, first);
    expect(await age(loading, first)).toBeNaN();
    files.put(landedLedger({ seq: 1, receivedAt: NOW - 60_000 }, 'OPEN'));
    await until(async () => loading.freshness().dataAsOf > 0);
    const waiting = await startNode('second', undefined, second);
    expect(await age(loading, first)).toBe(61);
    expect(await age(waiting, second)).toBeNaN();
  });
});
