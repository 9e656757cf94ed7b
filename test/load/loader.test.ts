import { UnknownEnvelopeError } from '../../src/load/stage-lines.ts';
import type { SqlFile } from '../../src/ports/warehouse.ts';
import {
  append,
  createPlace,
  eventIds,
  eventLine,
  line,
  loadAll,
  NOW,
  type Place,
  rejectedLine,
  select,
  spoiled,
  startLoader,
} from './pipeline.ts';

describe('the loader', () => {
  let place: Place;
  beforeEach(() => {
    place = createPlace();
  });
  afterEach(() => place.remove());

  const openBoth = async () => {
    const stream = place.openLog('log');
    const { warehouse, sql } = await place.openWarehouse('warehouse');
    return { stream, warehouse, sql: sql.load };
  };
  const errors = (warehouse: Parameters<typeof select>[0]) =>
    select(warehouse, 'select * exclude (error_id, message) from audit_events_errors order by ingest_seq');

  test('loads events and rejections, once, and says how far it came', async () => {
    const parts = await openBoth();
    await append(parts.stream, [eventLine({ eventId: 'evt-1' }), rejectedLine(), eventLine({ eventId: 'evt-2' })]);
    const { loader } = await startLoader(parts);
    const head = await parts.stream.head();
    expect(await loader.loadNext()).toMatchObject({
      lines: 3,
      caughtUp: true,
      position: { loadId: 1, node: head.node, epoch: 1, seq: 3, dataAsOf: NOW },
    });
    expect(await loader.loadNext()).toMatchObject({ lines: 0, caughtUp: true, position: { loadId: 1, seq: 3 } });
    expect(await eventIds(parts.warehouse)).toEqual(['evt-1', 'evt-2']);
    expect(await errors(parts.warehouse)).toEqual([
      expect.objectContaining({ stage: 'ACCEPT', code: 'INVALID_EVENT', status: 'NEW', ingest_seq: 2 }),
    ]);
  });

  test('is as of the end of the last record until it has caught up, then of what is settled', async () => {
    const parts = await openBoth();
    await append(parts.stream, [eventLine()]);
    await append(parts.stream, [eventLine({ eventId: 'evt-2' })]);
    const { receivedAt } = await parts.stream.head();
    const { loader } = await startLoader(parts, receivedAt + 500);
    await loadAll(loader);
    expect(loader.position().dataAsOf).toBe(receivedAt + 500);
    const [stored] = await select(parts.warehouse, `select data_as_of from pipeline_positions where pipeline = 'load'`);
    expect(stored?.data_as_of).toBe(receivedAt + 500);
  });

  test('skips kinds it does not know, but counts their numbers', async () => {
    const parts = await openBoth();
    await append(parts.stream, [
      eventLine({ eventId: 'evt-1' }),
      spoiled(line('LEDGER', '"ledger":{"count":3}'), '"LEDGER"', '"FUTURE"'),
      line('ALERT', '"alert":{}'),
      eventLine({ eventId: 'evt-4' }),
    ]);
    const { loader } = await startLoader(parts);
    await loadAll(loader);
    expect(loader.position().seq).toBe(4);
    expect(await eventIds(parts.warehouse)).toEqual(['evt-1', 'evt-4']);
    expect(await errors(parts.warehouse)).toEqual([]);
  });

  test('takes the marts along when only ledger lines came, so that they are as of now without a refresh', async () => {
    const parts = await openBoth();
    const positions = async () =>
      (
        await select(
          parts.warehouse,
          `select pipeline, load_id, ingest_seq, data_as_of from pipeline_positions where pipeline <> 'event-ids' order by pipeline`,
        )
      ).map(({ load_id, ingest_seq, data_as_of }) => [load_id, ingest_seq, data_as_of]);
    await append(parts.stream, [line('LEDGER', '"ledger":{}'), line('ALERT', '"alert":{}')]);
    const { loader } = await startLoader(parts);
    expect(await loader.loadNext()).toMatchObject({ lines: 2, changed: false, caughtUp: true });
    const moved = [1, 2, NOW];
    expect(await positions()).toEqual([moved, moved]);
    await append(parts.stream, [eventLine()]);
    expect(await loader.loadNext()).toMatchObject({ lines: 1, changed: true });
    await append(parts.stream, [line('LEDGER', '"ledger":{}')]);
    expect(await loader.loadNext()).toMatchObject({ lines: 1, changed: false });
    // Until a refresh has added the event.
    expect(await positions()).toEqual([[3, 4, NOW], moved]);
  });

  test('stops at an envelope version it does not know, with all before it loaded and nothing skipped', async () => {
    const parts = await openBoth();
    await append(parts.stream, [eventLine({ eventId: 'evt-1' })]);
    await append(parts.stream, [eventLine({ eventId: 'evt-2' }), eventLine({ eventId: 'evt-3' })]);
    await append(parts.stream, [spoiled(eventLine({ eventId: 'evt-4' }), '"v":1', '"v":2')]);
    await append(parts.stream, [eventLine({ eventId: 'evt-5' })]);
    const { loader } = await startLoader(parts);
    expect(await loader.loadNext()).toMatchObject({ lines: 3, caughtUp: false });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(loader.loadNext()).rejects.toThrow(UnknownEnvelopeError);
      await expect(loader.loadNext()).rejects.toThrow('Line 4 of the log has envelope version 2');
    }
    expect(loader.position()).toMatchObject({ loadId: 1, seq: 3 });
    expect(await eventIds(parts.warehouse)).toEqual(['evt-1', 'evt-2', 'evt-3']);
    expect(await errors(parts.warehouse)).toEqual([]);
  });

  test('stops at an unknown version also where its fields are none that this version can hold', async () => {
    const parts = await openBoth();
    await append(parts.stream, [eventLine({ eventId: 'evt-1' })]);
    await append(parts.stream, [() => '{"v":2,"events":[1,2],"event":[],"seq":"two"}\n']);
    const { loader } = await startLoader(parts);
    await loader.loadNext();
    await expect(loader.loadNext()).rejects.toThrow('Line 2 of the log has envelope version 2');
    expect(await eventIds(parts.warehouse)).toEqual(['evt-1']);
  });

  test.each([
    ['JSON that is broken off', (text: string) => text.replace('"event"', '"eve')],
    [
      'a time that is none',
      (text: string) => text.replace(/"timestamp":"[^"]+"/, '"timestamp":"2024-02-30T00:00:00.000Z"'),
    ],
    ['a field that must be there', (text: string) => text.replace('"userId":', '"userid":')],
    ['an array for the event', (text: string) => text.replace('"event":{', '"event":[{').replace('}}\n', '}]}\n')],
    ['a lone surrogate', (text: string) => text.replace('"app"', '"\\ud800"')],
    ['the number of another line', (text: string) => text.replace('"seq":2', '"seq":9')],
    ['the name of another log', (text: string) => text.replace(/"node":"[^"]+"/, '"node":"node-z"')],
    ['no version', (text: string) => text.replace('"v":1,', '')],
    ['no kind', (text: string) => text.replace('"kind":"EVENT",', '')],
    ['nothing', () => '\n'],
    ['two lines in one', (text: string) => text.replace('\n', text)],
  ])('turns a line with %s into an ingest error and loads its neighbours', async (_what, spoil) => {
    const parts = await openBoth();
    await append(parts.stream, [
      eventLine({ eventId: 'evt-1' }),
      (at, receivedAt) => spoil(eventLine({ eventId: 'evt-2' })(at, receivedAt)),
      eventLine({ eventId: 'evt-3' }),
    ]);
    const { loader } = await startLoader(parts);
    const { node } = await parts.stream.head();
    expect(await loader.loadNext()).toMatchObject({ lines: 3, position: { seq: 3 } });
    expect(await eventIds(parts.warehouse)).toEqual(['evt-1', 'evt-3']);
    expect(await errors(parts.warehouse)).toEqual([
      expect.objectContaining({
        stage: 'LOAD',
        code: 'UNREADABLE_LINE',
        status: 'NEW',
        ingest_node: node,
        ingest_epoch: 1,
        ingest_seq: 2,
      }),
    ]);
  });

  test('keeps what it can of an unreadable line, so that the event can be replayed', async () => {
    const parts = await openBoth();
    await append(parts.stream, [spoiled(eventLine({ eventId: 'evt-1', metadata: '{"a":1}' }), '"sha256"', '"hash"')]);
    const { loader } = await startLoader(parts);
    await loadAll(loader);
    const [row] = await select(parts.warehouse, 'select * from audit_events_errors');
    expect(row).toMatchObject({ event_id: 'evt-1', source: 'app', ingested_by: 'svc-import' });
    expect(row?.message).toMatch(/^Line 1 of the log node-[0-9a-f]+ \(epoch 1\) cannot be read: sha256 is missing\.$/);
    const document = JSON.parse(String(row?.document));
    expect(document).toMatchObject({ eventId: 'evt-1', timestamp: '2024-03-20T14:30:00.000Z', metadata: { a: 1 } });
    // What accept works out itself it would refuse in a document.
    expect(document).not.toHaveProperty('activityType');
    expect(document).not.toHaveProperty('userPseudonym');
  });

  test('loads every line behind a line end that was lost or came in between', async () => {
    const parts = await openBoth();
    const lines = ['evt-1', 'evt-2', 'evt-3', 'evt-4'].map((eventId) => eventLine({ eventId }));
    await append(parts.stream, lines, (text: string) => Buffer.from(text.replace('\n{', ' {')));
    await append(parts.stream, lines, (text: string) => Buffer.from(text.replace('"origin"', '\n"origin"')));
    const { loader } = await startLoader(parts);
    await loadAll(loader);
    expect(await eventIds(parts.warehouse)).toEqual(['evt-3', 'evt-4', 'evt-2', 'evt-3', 'evt-4']);
    expect((await errors(parts.warehouse)).map((row) => row.ingest_seq)).toEqual([1, 2, 5]);
  });

  test('refuses the source of the gateway from anybody else', async () => {
    const parts = await openBoth();
    await append(parts.stream, [
      eventLine({ eventId: 'evt-1', source: 'trailgate' }, 'API'),
      eventLine({ eventId: 'evt-2', source: 'trailgate' }, 'GATEWAY'),
      eventLine({ eventId: 'evt-3', source: 'trailgate' }, 'DYNAMODB'),
    ]);
    const { loader } = await startLoader(parts);
    await loadAll(loader);
    expect(await eventIds(parts.warehouse)).toEqual(['evt-2']);
    expect((await errors(parts.warehouse)).map((row) => [row.code, row.event_id])).toEqual([
      ['FORBIDDEN_SOURCE', 'evt-1'],
      ['FORBIDDEN_SOURCE', 'evt-3'],
    ]);
  });

  test('commits nothing when it fails between the rows and the position, and loads them once afterwards', async () => {
    const parts = await openBoth();
    await append(parts.stream, [eventLine({ eventId: 'evt-1' }), rejectedLine()]);
    const failing: SqlFile = {
      ...parts.sql,
      statements: [...parts.sql.statements, () => ({ sql: `select error('the disk is gone')`, parameters: [] })],
    };
    const { loader: unlucky } = await startLoader({ ...parts, sql: failing });
    await expect(unlucky.loadNext()).rejects.toThrow('the disk is gone');
    expect(unlucky.position()).toMatchObject({ loadId: 0, seq: 0 });
    expect(await eventIds(parts.warehouse)).toEqual([]);
    expect(await errors(parts.warehouse)).toEqual([]);
    const { loader } = await startLoader(parts);
    await loadAll(loader);
    expect(await eventIds(parts.warehouse)).toEqual(['evt-1']);
    expect(await errors(parts.warehouse)).toHaveLength(1);
  });

  test('goes on behind what was loaded after a restart', async () => {
    const stream = place.openLog('log');
    const first = await place.openWarehouse('warehouse');
    await append(stream, [eventLine({ eventId: 'evt-1' })]);
    await loadAll((await startLoader({ stream, warehouse: first.warehouse, sql: first.sql.load })).loader);
    await first.warehouse.close();
    await append(stream, [eventLine({ eventId: 'evt-2' })]);
    const { warehouse, sql } = await place.openWarehouse('warehouse');
    const { loader, discrepancy } = await startLoader({ stream, warehouse, sql: sql.load });
    expect(discrepancy).toBeNull();
    await loadAll(loader);
    expect(await eventIds(warehouse)).toEqual(['evt-1', 'evt-2']);
    expect(loader.position()).toMatchObject({ loadId: 2, seq: 2 });
  });

  test('fails loudly when lines are let go before they were loaded', async () => {
    const parts = await openBoth();
    await append(parts.stream, [eventLine({ eventId: 'evt-1' })]);
    await append(parts.stream, [eventLine({ eventId: 'evt-2' })]);
    const { loader } = await startLoader(parts);
    await parts.stream.trim({ throughSeq: 1, keepReceivedAfter: NOW });
    await expect(loader.loadNext()).rejects.toThrow('Lines 1 to 1 of the log were let go before they were loaded');
  });
});
