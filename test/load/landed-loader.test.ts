import type { Loader } from '../../src/load/loader.ts';
import { UnknownEnvelopeError } from '../../src/load/stage-lines.ts';
import type { SqlFile } from '../../src/ports/warehouse.ts';
import {
  createMemoryLanding,
  landedEvent,
  landedLedger,
  landedLine,
  type MemoryLanding,
  START,
  startLandedLoader,
} from './landed-place.ts';
import { createPlace, loadAll, type Place, rejectedLine, select } from './pipeline.ts';

const SECOND = 1_000;
const MARGIN = SECOND;

describe('the loader of landed files', () => {
  let place: Place;
  let warehouse: Awaited<ReturnType<Place['openWarehouse']>>['warehouse'];
  let sql: Awaited<ReturnType<Place['openWarehouse']>>['sql'];
  let files: MemoryLanding;
  let loader: Loader;
  beforeEach(async () => {
    place = createPlace();
    ({ warehouse, sql } = await place.openWarehouse('warehouse'));
    files = createMemoryLanding(warehouse);
    loader = await startLandedLoader({ landing: files.landing, warehouse, sql });
  });
  afterEach(() => place.remove());

  const loaded = async () =>
    (await select(warehouse, 'select event_id from audit_events_raw order by ingest_node, ingest_seq')).map(
      ({ event_id }) => event_id,
    );
  const errors = () =>
    select(
      warehouse,
      'select code, stage, status, ingest_node as node, ingest_seq as seq, message, document from audit_events_errors order by code, message',
    );
  const numbers = async () =>
    (
      await select(
        warehouse,
        'select ingest_node as node, first_seq, last_seq, is_loaded from ingest_numbers order by is_loaded desc, ingest_node, first_seq',
      )
    ).map(
      ({ node, first_seq, last_seq, is_loaded }) => `${node} ${first_seq}-${last_seq}${is_loaded ? '' : ' given up'}`,
    );
  const positions = () =>
    select(
      warehouse,
      `select pipeline, load_id, ingest_node as node, data_as_of from pipeline_positions where pipeline <> 'event-ids' order by pipeline`,
    );
  /** When the line of this number is received, minus what clocks may differ. */
  const asOf = (seq: number): number => START + seq * SECOND - MARGIN;

  test('loads events and rejections, once, and says how far it came', async () => {
    files.put(
      landedLedger({ seq: 1 }, 'OPEN'),
      landedEvent({ seq: 2 }),
      landedLine(rejectedLine(), { seq: 3 }),
      landedEvent({ seq: 4 }),
    );
    expect(await loader.loadNext()).toMatchObject({
      lines: 4,
      changed: true,
      caughtUp: true,
      position: { loadId: 1, node: 'files', dataAsOf: asOf(4) },
    });
    expect(await loader.loadNext()).toMatchObject({
      lines: 0,
      changed: false,
      caughtUp: true,
      position: { loadId: 1 },
    });
    expect(await loaded()).toEqual(['node-a.2', 'node-a.4']);
    expect(await errors()).toMatchObject([{ code: 'INVALID_EVENT', stage: 'ACCEPT', status: 'NEW', seq: 3 }]);
    expect(await numbers()).toEqual(['node-a 1-4']);
    expect(await positions()).toMatchObject([
      { pipeline: 'load', load_id: 1, node: 'files', data_as_of: asOf(4) },
      { pipeline: 'refresh', load_id: 0 },
    ]);
  });

  test('is as of what has no gap, whatever order files come in', async () => {
    files.put(landedEvent({ seq: 5 }), landedEvent({ seq: 6 }));
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(0);
    files.put(landedLedger({ seq: 1 }, 'OPEN'), landedEvent({ seq: 2 }));
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(asOf(2));
    files.put(landedEvent({ seq: 4 }));
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(asOf(2));
    expect(await numbers()).toEqual(['node-a 1-2', 'node-a 4-6']);
    files.put(landedEvent({ seq: 3 }));
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(asOf(6));
    expect(await numbers()).toEqual(['node-a 1-6']);
  });

  test('is as of the node that is furthest behind, and not of one that closed', async () => {
    files.put(
      landedLedger({ seq: 1 }, 'OPEN'),
      landedEvent({ seq: 20 }),
      landedLedger({ node: 'node-b', seq: 1 }, 'OPEN'),
      landedEvent({ node: 'node-b', seq: 2 }),
      ...Array.from({ length: 18 }, (_, n) => landedEvent({ seq: n + 2 })),
    );
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(asOf(2));
    files.put(landedLedger({ node: 'node-b', seq: 4 }, 'CLOSED'));
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(asOf(2));
    files.put(landedEvent({ node: 'node-b', seq: 3 }));
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(asOf(20));
    expect(await select(warehouse, 'select ingest_node as n, node_state as s from ingest_nodes order by 1')).toEqual([
      { n: 'node-a', s: 'LIVE' },
      { n: 'node-b', s: 'CLOSED' },
    ]);
  });

  test('waits for no number that the stream refused', async () => {
    files.put(
      landedLedger({ seq: 1 }, 'OPEN'),
      landedEvent({ seq: 2 }),
      landedLedger({ seq: 9 }, 'LIVE', [{ first: 3, last: 7 }]),
    );
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(asOf(2));
    files.put(landedEvent({ seq: 8 }));
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(asOf(9));
    expect(await numbers()).toEqual(['node-a 1-2', 'node-a 8-9', 'node-a 3-7 given up']);
  });

  test('loads a line that was given up if it comes before anybody was answered without it, else keeps it as an error', async () => {
    files.put(
      landedLedger({ seq: 1 }, 'OPEN'),
      landedEvent({ seq: 2 }),
      landedLedger({ seq: 5 }, 'LIVE', [{ first: 3, last: 4 }]),
    );
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(asOf(5));
    const fields = { userRole: 'Prüfer', metadata: '{"a":[1,null]}' };
    files.put(landedEvent({ seq: 3 }, fields), landedEvent({ seq: 4, receivedAt: asOf(5) }));
    expect(await loader.loadNext()).toMatchObject({ lines: 1, changed: true });
    expect(await loaded()).toEqual(['node-a.2', 'node-a.4']);
    const [error] = await errors();
    expect(error).toMatchObject({ code: 'LATE_LINE', stage: 'LOAD', node: 'node-a', seq: 3, status: 'NEW' });
    expect(JSON.parse(String(error?.document))).toMatchObject({
      eventId: 'node-a.3',
      timestamp: '2024-03-20T14:30:00.000Z',
      userRole: 'Prüfer',
      metadata: { a: [1, null] },
    });
    expect(JSON.parse(String(error?.document))).not.toHaveProperty('userPseudonym');
    // Again: neither loaded nor said a second time.
    files.put(landedEvent({ seq: 3 }), landedEvent({ seq: 4 }));
    expect(await loader.loadNext()).toMatchObject({ lines: 0, changed: false });
    expect(await errors()).toHaveLength(1);
  });

  test('loads a line once that comes twice: in two files, in one, and with neighbours that are new', async () => {
    const both = [landedEvent({ seq: 2 }), landedLine(rejectedLine(), { seq: 3 })];
    files.put(landedLedger({ seq: 1 }, 'OPEN'), ...both, ...both, landedEvent({ seq: 7 }));
    expect(await loader.loadNext()).toMatchObject({ lines: 4 });
    files.put(...both, landedEvent({ seq: 4 }), landedEvent({ seq: 7 }), landedEvent({ seq: 8 }));
    expect(await loader.loadNext()).toMatchObject({ lines: 2, changed: true });
    files.put(...both);
    expect(await loader.loadNext()).toMatchObject({ lines: 0, changed: false });
    expect(await loaded()).toEqual(['node-a.2', 'node-a.4', 'node-a.7', 'node-a.8']);
    expect(await errors()).toHaveLength(1);
  });

  test('lets a node go that has said nothing for a minute of the time in the lines, and says which numbers are open', async () => {
    files.put(
      landedLedger({ seq: 1 }, 'OPEN'),
      landedEvent({ seq: 2 }),
      landedEvent({ seq: 4 }),
      landedLedger({ node: 'node-b', seq: 1 }, 'OPEN'),
      landedLedger({ node: 'node-b', seq: 2, receivedAt: START + 64_000 }),
    );
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(asOf(2));
    expect(await errors()).toEqual([]);
    files.put(landedLedger({ node: 'node-b', seq: 3, receivedAt: START + 64_001 }));
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(START + 64_001 - MARGIN);
    expect(await errors()).toMatchObject([
      {
        code: 'NODE_LOST',
        stage: 'LOAD',
        status: 'NEW',
        node: 'node-a',
        seq: 4,
        message: expect.stringContaining('1 numbers up to it are missing: 3;'),
      },
    ]);
    // Late, but not lost.
    files.put(landedEvent({ seq: 3 }));
    await loader.loadNext();
    expect(await loaded()).toEqual(['node-a.2', 'node-a.3', 'node-a.4']);
    expect(loader.position().dataAsOf).toBe(START + 64_001 - MARGIN);
    expect(await errors()).toHaveLength(1);
  });

  test('calls nobody silent while files wait that have landed', async () => {
    files.limitTo(1);
    files.put(landedLedger({ seq: 1 }, 'OPEN'));
    files.put(
      landedLedger({ node: 'node-b', seq: 1 }, 'OPEN'),
      landedLedger({ node: 'node-b', seq: 2, receivedAt: START + 300_000 }),
    );
    files.put(landedLedger({ seq: 2, receivedAt: START + 299_000 }));
    while (!(await loader.loadNext()).caughtUp) expect(loader.position().dataAsOf).toBeLessThan(START + SECOND);
    expect(await errors()).toEqual([]);
    expect(loader.position().dataAsOf).toBe(START + 299_000 - MARGIN);
  });

  test('hears again of a node that was silent, and never goes back for it', async () => {
    files.put(
      landedLedger({ seq: 1 }, 'OPEN'),
      landedLedger({ node: 'node-b', seq: 1 }, 'OPEN'),
      landedLedger({ node: 'node-b', seq: 2, receivedAt: START + 100_000 }),
    );
    await loader.loadNext();
    const reached = START + 100_000 - MARGIN;
    expect(loader.position().dataAsOf).toBe(reached);
    files.put(
      landedLedger({ seq: 3, receivedAt: START + 110_000 }),
      landedLedger({ node: 'node-b', seq: 3, receivedAt: START + 110_000 }),
    );
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(reached);
    files.put(landedEvent({ seq: 2, receivedAt: START + 105_000 }));
    await loader.loadNext();
    expect(loader.position().dataAsOf).toBe(START + 110_000 - MARGIN);
  });

  test('moves the marts along when only ledger lines came, and leaves them behind when rows did', async () => {
    files.put(landedLedger({ seq: 1 }, 'OPEN'));
    expect(await loader.loadNext()).toMatchObject({
      lines: 1,
      changed: false,
      position: { loadId: 1, dataAsOf: asOf(1) },
    });
    expect(await positions()).toMatchObject([
      { load_id: 1, data_as_of: asOf(1) },
      { load_id: 1, node: 'files', data_as_of: asOf(1) },
    ]);
    files.put(landedEvent({ seq: 2 }));
    await loader.loadNext();
    files.put(landedLedger({ seq: 3 }));
    await loader.loadNext();
    expect(await positions()).toMatchObject([
      { load_id: 3, data_as_of: asOf(3) },
      { load_id: 1, data_as_of: asOf(1) },
    ]);
  });

  test('skips kinds that it does not know, but counts their numbers', async () => {
    files.put(
      landedLedger({ seq: 1 }, 'OPEN'),
      landedLedger({ seq: 2 }).replace('"LEDGER"', '"FUTURE"').replace('"ledger":{', '"event":[],"ledger":{'),
      landedEvent({ seq: 3 }),
    );
    await loader.loadNext();
    expect(await loaded()).toEqual(['node-a.3']);
    expect(await errors()).toEqual([]);
    expect(loader.position().dataAsOf).toBe(asOf(3));
  });

  test('stops at a file with an envelope version that it does not know, with all before it loaded and nothing skipped', async () => {
    files.put(landedLedger({ seq: 1 }, 'OPEN'), landedEvent({ seq: 2 }));
    files.put(landedEvent({ seq: 3 }));
    const bad = files.put(landedEvent({ seq: 4 }), landedEvent({ seq: 5 }).replace('"v":1', '"v":2'));
    files.put(landedEvent({ seq: 6 }));
    expect(await loader.loadNext()).toMatchObject({ lines: 3, caughtUp: false });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(loader.loadNext()).rejects.toThrow(UnknownEnvelopeError);
      await expect(loader.loadNext()).rejects.toThrow(`Row 2 of ${bad} has envelope version 2`);
    }
    expect(await loaded()).toEqual(['node-a.2', 'node-a.3']);
    expect(await errors()).toEqual([]);
    expect(loader.position()).toMatchObject({ loadId: 1, dataAsOf: asOf(3) });
  });

  test('stops at an unknown version also where its fields are none that this version can hold', async () => {
    const bad = files.put('{"v":2,"events":[1,2],"event":[],"seq":"two"}\n');
    await expect(loader.loadNext()).rejects.toThrow(`Row 1 of ${bad} has envelope version 2`);
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
    ['two lines in one', (text: string) => text.replace('\n', text)],
    ['no kind', (text: string) => text.replace('"kind":"EVENT",', '')],
  ])(
    'turns a line with %s into an ingest error, loads its neighbours and does not wait for it',
    async (_what, spoil) => {
      const file = files.put(
        landedLedger({ seq: 1 }, 'OPEN'),
        landedEvent({ seq: 2 }),
        spoil(landedEvent({ seq: 3 })),
        landedEvent({ seq: 4 }),
      );
      expect(await loader.loadNext()).toMatchObject({ lines: 3 });
      expect(await loaded()).toEqual(['node-a.2', 'node-a.4']);
      expect(await errors()).toMatchObject([
        {
          code: 'UNREADABLE_LINE',
          stage: 'LOAD',
          status: 'NEW',
          message: expect.stringMatching(`^Row 3 of ${file} cannot be read: .*[^.]\\.$`),
        },
      ]);
      // Its number is told by most of them; of the others the gap stays, and is said when the node has ended.
      const told = (await errors()).every(({ node, seq }) => node === 'node-a' && seq === 3);
      expect(loader.position().dataAsOf).toBe(told ? asOf(4) : asOf(2));
      files.put(landedEvent({ seq: 5 }));
      await loader.loadNext();
      expect(await errors()).toHaveLength(1);
    },
  );

  test.each([
    ['no number', (text: string) => text.replace('"seq":3,', '')],
    ['a number that is none', (text: string) => text.replace('"seq":3,', '"seq":0,')],
    ['no node', (text: string) => text.replace('"node":"node-a",', '')],
    ['no time of receipt', (text: string) => text.replace(/"receivedAt":"[^"]+"/, '"receivedAt":null')],
    ['a ledger that says nothing', () => landedLedger({ seq: 3 }).replace('"refused":[]', '"refused":["all"]')],
    ['nothing but a piece', () => '{"v":1,"ki\n'],
  ])('turns a line with %s into an ingest error', async (_what, spoil) => {
    files.put(
      landedLedger({ seq: 1 }, 'OPEN'),
      landedEvent({ seq: 2 }),
      spoil(landedEvent({ seq: 3 })),
      landedEvent({ seq: 4 }),
    );
    await loader.loadNext();
    expect(await loaded()).toEqual(['node-a.2', 'node-a.4']);
    expect(await errors()).toMatchObject([{ code: 'UNREADABLE_LINE' }]);
  });

  test('keeps what it can of an unreadable line, so that the event can be replayed', async () => {
    files.put(landedEvent({ seq: 1 }, { metadata: '{"a":1}' }).replace('"sha256"', '"hash"'));
    await loader.loadNext();
    const [row] = await select(warehouse, 'select * from audit_events_errors');
    expect(row).toMatchObject({
      event_id: 'node-a.1',
      source: 'app',
      ingested_by: 'svc-import',
      occurred_at: START + SECOND,
    });
    expect(JSON.parse(String(row?.document))).toMatchObject({ eventId: 'node-a.1', metadata: { a: 1 } });
  });

  test('passes over empty lines and empty files', async () => {
    files.put();
    expect(await loader.loadNext()).toMatchObject({ lines: 0, changed: false });
    files.put(landedEvent({ seq: 1 }), '\n', landedEvent({ seq: 2 }), '\n');
    expect(await loader.loadNext()).toMatchObject({ lines: 2 });
    expect(await errors()).toEqual([]);
  });

  test('commits nothing when it fails between the rows and the position, and loads them once afterwards', async () => {
    files.put(landedEvent({ seq: 1 }), landedLine(rejectedLine(), { seq: 2 }));
    const failing: SqlFile = {
      ...sql.load,
      statements: [...sql.load.statements, () => ({ sql: `select error('the disk is gone')`, parameters: [] })],
    };
    const unlucky = await startLandedLoader({ landing: files.landing, warehouse, sql: { ...sql, load: failing } });
    await expect(unlucky.loadNext()).rejects.toThrow('the disk is gone');
    expect(await loaded()).toEqual([]);
    expect(await errors()).toEqual([]);
    expect(await numbers()).toEqual([]);
    expect(await select(warehouse, 'select file from landed_files')).toEqual([]);
    await loadAll(loader);
    expect(await loaded()).toEqual(['node-a.1']);
    expect(await errors()).toHaveLength(1);
  });

  test('remembers nothing between two loads: two loaders in turn load everything once', async () => {
    const other = await startLandedLoader({ landing: files.landing, warehouse, sql });
    for (let seq = 1; seq <= 6; seq += 1) {
      files.put(landedEvent({ seq }), landedEvent({ seq: Math.max(1, seq - 1) }));
      await (seq % 2 === 0 ? loader : other).loadNext();
    }
    expect(await loaded()).toEqual([1, 2, 3, 4, 5, 6].map((seq) => `node-a.${seq}`));
    expect((await loader.loadNext()).position).toMatchObject({ loadId: 6, dataAsOf: asOf(6) });
  });

  test('takes over from a log: what it was as of stays, its place does not', async () => {
    await warehouse.write('load', (writer) =>
      writer.run({
        sql: `update pipeline_positions set ingest_node = 'node-x', ingest_seq = 9, data_as_of = timestamp '2024-05-31 00:00:00'`,
      }),
    );
    const next = await startLandedLoader({ landing: files.landing, warehouse, sql });
    const dataAsOf = Date.UTC(2024, 4, 31);
    expect(next.position()).toMatchObject({ node: 'files', seq: 0, dataAsOf });
    expect(await positions()).toMatchObject([
      { node: 'files', data_as_of: dataAsOf },
      { node: 'files', data_as_of: dataAsOf },
    ]);
  });

  test('keeps many gaps: a file that fills hundreds of them leaves one run', async () => {
    const all = Array.from({ length: 900 }, (_, n) => n + 1);
    files.put(...all.filter((seq) => seq % 3 !== 0).map((seq) => landedEvent({ seq })));
    await loader.loadNext();
    expect(await numbers()).toHaveLength(300);
    files.put(...all.filter((seq) => seq % 3 === 0 || seq % 5 === 0).map((seq) => landedEvent({ seq })));
    expect(await loader.loadNext()).toMatchObject({ lines: 300 });
    expect(await numbers()).toEqual(['node-a 1-900']);
    expect(await loaded()).toHaveLength(900);
    expect(loader.position().dataAsOf).toBe(asOf(900));
  });
});
