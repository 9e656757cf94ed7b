import { cpSync } from 'node:fs';
import {
  append,
  createPlace,
  eventIds,
  eventLine,
  loadAll,
  NOW,
  type Place,
  rejectedLine,
  select,
  startLoader,
} from './pipeline.ts';

const events = (...ids: string[]) => ids.map((eventId) => eventLine({ eventId }));

describe('a start of the loader', () => {
  let place: Place;
  beforeEach(() => {
    place = createPlace();
  });
  afterEach(() => place.remove());

  const errors = (warehouse: Parameters<typeof select>[0]) =>
    select(warehouse, 'select stage, code, message, status, occurred_at from audit_events_errors');

  test('says nothing in a new installation', async () => {
    const stream = place.openLog('log');
    const { warehouse, sql } = await place.openWarehouse('warehouse');
    const { position, discrepancy } = await startLoader({ stream, warehouse, sql: sql.load });
    expect(discrepancy).toBeNull();
    expect(position).toMatchObject({ loadId: 0, node: (await stream.head()).node, epoch: 1, seq: 0 });
  });

  test('loads a log that replaced the former one from its first line, and says what may be missing', async () => {
    const { warehouse, sql } = await place.openWarehouse('warehouse');
    const former = place.openLog('former');
    await append(former, events('evt-1', 'evt-2'));
    await loadAll((await startLoader({ stream: former, warehouse, sql: sql.load })).loader);
    // As many lines in the new log as were loaded: a loader that waited for line 3 would load nothing.
    const stream = place.openLog('new');
    await append(stream, events('evt-3', 'evt-4'));

    const { loader, discrepancy } = await startLoader({ stream, warehouse, sql: sql.load });
    const [formerNode, node] = [(await former.head()).node, (await stream.head()).node];
    expect(discrepancy?.code).toBe('LOG_REPLACED');
    expect(discrepancy?.message).toContain(`up to line 2 of log ${formerNode} (epoch 1)`);
    expect(discrepancy?.message).toContain(`the log here is ${node} (epoch 1)`);
    expect(discrepancy?.message).toContain('loaded from line 1');
    expect(await errors(warehouse)).toEqual([
      { stage: 'LOAD', code: 'LOG_REPLACED', message: discrepancy?.message, status: 'NEW', occurred_at: NOW },
    ]);
    await loadAll(loader);
    expect((await eventIds(warehouse)).sort()).toEqual(['evt-1', 'evt-2', 'evt-3', 'evt-4']);
    expect((await startLoader({ stream, warehouse, sql: sql.load })).discrepancy).toBeNull();
    expect(await errors(warehouse)).toHaveLength(1);
  });

  test('says so of a trimmed log that replaced the former one', async () => {
    const { warehouse, sql } = await place.openWarehouse('warehouse');
    const former = place.openLog('former');
    await append(former, events('evt-1'));
    await loadAll((await startLoader({ stream: former, warehouse, sql: sql.load })).loader);
    const stream = place.openLog('new');
    await append(stream, events('evt-2', 'evt-3'));
    await append(stream, events('evt-4'));
    await stream.trim({ throughSeq: 2, keepReceivedAfter: NOW });

    const { loader, discrepancy } = await startLoader({ stream, warehouse, sql: sql.load });
    expect(discrepancy).toMatchObject({
      code: 'LOG_REPLACED',
      message: expect.stringContaining('2 lines (1 to 2) of this one, which were trimmed'),
    });
    await loadAll(loader);
    expect(await eventIds(warehouse)).toEqual(expect.arrayContaining(['evt-1', 'evt-4']));
  });

  test('loads everything a log holds into a new warehouse', async () => {
    const stream = place.openLog('log');
    await append(stream, events('evt-1', 'evt-2'));
    const first = await place.openWarehouse('first');
    await loadAll((await startLoader({ stream, warehouse: first.warehouse, sql: first.sql.load })).loader);
    await append(stream, events('evt-3'));

    const { warehouse, sql } = await place.openWarehouse('second');
    const { loader, discrepancy } = await startLoader({ stream, warehouse, sql: sql.load });
    expect(discrepancy).toBeNull();
    await loadAll(loader);
    expect(await eventIds(warehouse)).toEqual(['evt-1', 'evt-2', 'evt-3']);
  });

  test('loads what a trimmed log still holds into a new warehouse, and says what it no longer holds', async () => {
    const stream = place.openLog('log');
    await append(stream, events('evt-1', 'evt-2'));
    await append(stream, events('evt-3'));
    await stream.trim({ throughSeq: 2, keepReceivedAfter: NOW });

    const { warehouse, sql } = await place.openWarehouse('warehouse');
    const { loader, discrepancy } = await startLoader({ stream, warehouse, sql: sql.load });
    expect(discrepancy).toMatchObject({
      code: 'LOG_TRIMMED',
      message: expect.stringContaining('2 lines (1 to 2) had been trimmed and are not in this warehouse'),
    });
    expect(await errors(warehouse)).toMatchObject([{ code: 'LOG_TRIMMED' }]);
    await loadAll(loader);
    expect(await eventIds(warehouse)).toEqual(['evt-3']);
    expect((await startLoader({ stream, warehouse, sql: sql.load })).discrepancy).toBeNull();
  });

  test('says what a wholly trimmed log no longer holds', async () => {
    const stream = place.openLog('log');
    await append(stream, events('evt-1', 'evt-2'));
    await stream.trim({ throughSeq: 2, keepReceivedAfter: NOW });
    const { warehouse, sql } = await place.openWarehouse('warehouse');
    const { loader, discrepancy } = await startLoader({ stream, warehouse, sql: sql.load });
    expect(discrepancy).toMatchObject({ code: 'LOG_TRIMMED', message: expect.stringContaining('2 lines (1 to 2)') });
    await append(stream, events('evt-3'));
    await loadAll(loader);
    expect(await eventIds(warehouse)).toEqual(['evt-3']);
  });

  const olderCopy = async () => {
    const { warehouse, sql } = await place.openWarehouse('warehouse');
    const log = place.openLog('log');
    await append(log, events('evt-1', 'evt-2'));
    await log.close();
    cpSync(place.path('log'), place.path('copy'), { recursive: true });
    const later = place.openLog('log');
    await append(later, events('evt-3', 'evt-4'));
    await loadAll((await startLoader({ stream: later, warehouse, sql: sql.load })).loader);
    return { warehouse, sql: sql.load, stream: place.openLog('copy') };
  };

  test('begins a new epoch on an older copy of the log, so that no number is given twice', async () => {
    const parts = await olderCopy();
    const { loader, discrepancy } = await startLoader(parts);
    expect(discrepancy).toMatchObject({
      code: 'LOG_OLDER',
      message: expect.stringMatching(/ends at line 2 of epoch 1, .* up to line 4 .* Numbering goes on in epoch 2/),
    });
    expect(await parts.stream.head()).toMatchObject({ epoch: 2, seq: 0 });
    await append(parts.stream, events('evt-5', 'evt-6'));
    await loadAll(loader);
    expect(loader.position()).toMatchObject({ epoch: 2, seq: 2 });
    expect(await eventIds(parts.warehouse)).toEqual(['evt-1', 'evt-2', 'evt-3', 'evt-4', 'evt-5', 'evt-6']);
    expect((await startLoader(parts)).discrepancy).toBeNull();
    expect(await errors(parts.warehouse)).toMatchObject([{ code: 'LOG_OLDER' }]);
  });

  test('loads all epochs that a log holds into a new warehouse', async () => {
    const { stream, ...parts } = await olderCopy();
    await startLoader({ stream, ...parts });
    await append(stream, events('evt-5'));
    const { warehouse, sql } = await place.openWarehouse('second');
    const { loader, discrepancy } = await startLoader({ stream, warehouse, sql: sql.load });
    expect(discrepancy).toBeNull();
    await loadAll(loader);
    expect(await eventIds(warehouse)).toEqual(['evt-1', 'evt-2', 'evt-5']);
    expect(loader.position()).toMatchObject({ epoch: 2, seq: 1 });
  });

  test('never gives a number twice when an epoch that was loaded is missing in an older copy', async () => {
    const { stream: copy, warehouse, sql } = await olderCopy();
    await copy.close();
    cpSync(place.path('copy'), place.path('copy-of-copy'), { recursive: true });
    const stream = place.openLog('copy');
    const { loader } = await startLoader({ stream, warehouse, sql });
    await append(stream, events('evt-5'));
    await loadAll(loader);

    const oldest = place.openLog('copy-of-copy');
    const { loader: next, discrepancy } = await startLoader({ stream: oldest, warehouse, sql });
    expect(discrepancy?.code).toBe('LOG_OLDER');
    expect(await oldest.head()).toMatchObject({ epoch: 3, seq: 0 });
    await append(oldest, events('evt-6'));
    await loadAll(next);
    expect(await eventIds(warehouse)).toEqual(['evt-1', 'evt-2', 'evt-3', 'evt-4', 'evt-5', 'evt-6']);
  });

  test('goes on in a new epoch that was begun before a crash', async () => {
    const { stream, warehouse, sql } = await olderCopy();
    await stream.startEpoch(1);
    const { loader, discrepancy } = await startLoader({ stream, warehouse, sql });
    expect(discrepancy?.code).toBe('LOG_OLDER');
    expect(await stream.head()).toMatchObject({ epoch: 2, seq: 0 });
    await append(stream, events('evt-5'));
    await loadAll(loader);
    expect(await eventIds(warehouse)).toContain('evt-5');
  });

  test('loads a former log again when it comes back, and doubles no ingest error', async () => {
    const { warehouse, sql } = await place.openWarehouse('warehouse');
    const [one, two] = [place.openLog('one'), place.openLog('two')];
    await append(one, [...events('evt-1'), rejectedLine()]);
    await append(two, events('evt-2'));
    for (const stream of [one, two, one])
      await loadAll((await startLoader({ stream, warehouse, sql: sql.load })).loader);
    await append(one, events('evt-3'));
    await loadAll((await startLoader({ stream: one, warehouse, sql: sql.load })).loader);
    expect(new Set(await eventIds(warehouse))).toEqual(new Set(['evt-1', 'evt-2', 'evt-3']));
    expect((await errors(warehouse)).map(({ code }) => code).sort()).toEqual([
      'INVALID_EVENT',
      'LOG_REPLACED',
      'LOG_REPLACED',
    ]);
  });
});
