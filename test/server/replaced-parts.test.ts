import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningApp, startTestApp } from '../api/running-app.ts';

const STOCK = `query {
  auditEvents(first: 100, orderBy: { field: RECEIVED_AT, direction: ASC }) { nodes { eventId } totalCount }
  auditEventGroups { nodes { count } }
  userActivity(first: 100) { nodes { eventCount } }
  ingestErrors(first: 100) { nodes { code message stage eventId } }
}`;

interface Stock {
  readonly ids: string[];
  readonly total: number;
  readonly grouped: number;
  readonly active: number;
  readonly errors: { code: string; message: string; stage: string; eventId: string | null }[];
}

const anEvent = (eventId: string) => ({
  eventId,
  timestamp: '2024-03-20T14:30:00Z',
  eventType: 'LOGIN',
  action: 'LOGIN',
  userId: 'usr-0042',
});

describe('a server whose log and warehouse do not belong together', () => {
  let directory: string;
  let app: RunningApp;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailgate-parts-'));
    app = await startTestApp({}, join(directory, 'data'));
  });
  afterEach(async () => {
    await app.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const ingest = (...ids: string[]) => app.ingest(ids.map(anEvent));
  /** Stops, lets `change` do what it does to the data directory, and starts again. */
  const restart = async (change: (data: string) => void = () => undefined, environment = {}): Promise<void> => {
    await app.stop();
    change(join(directory, 'data'));
    app = await startTestApp(environment, join(directory, 'data'));
  };
  const copyOf = (name: string): string => join(directory, name);
  const removeWarehouse = (data: string): void => {
    for (const name of ['warehouse.duckdb', 'warehouse.duckdb.wal']) rmSync(join(data, name), { force: true });
  };

  /** What every listing says, once everything that the log holds is loaded. */
  const stock = async (): Promise<Stock> => {
    for (let attempt = 0; (await app.metric('trailgate_backlog_lines')) > 0; attempt += 1) {
      if (attempt > 400) throw new Error('the log is not loaded after 10 s');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const { data, errors } = await app.query(STOCK);
    if (errors) throw new Error(JSON.stringify(errors));
    return {
      ids: data.auditEvents.nodes.map((node: { eventId: string }) => node.eventId).sort(),
      total: data.auditEvents.totalCount,
      grouped: data.auditEventGroups.nodes.reduce((sum: number, { count }: { count: number }) => sum + count, 0),
      active: data.userActivity.nodes.reduce((sum: number, node: { eventCount: number }) => sum + node.eventCount, 0),
      errors: data.ingestErrors.nodes,
    };
  };
  const holding = (...ids: string[]) => ({ ids, total: ids.length, grouped: ids.length, active: ids.length });

  test('says nothing of a restart where they do, also while nothing has arrived yet', async () => {
    await restart();
    expect(await stock()).toEqual({ ...holding(), errors: [] });
    await ingest('e-1');
    await restart();
    expect(await stock()).toEqual({ ...holding('e-1'), errors: [] });
  });

  test('keeps what was loaded when the log is gone, says so, and goes on', async () => {
    await ingest('e-1', 'e-2');
    await restart((data) => rmSync(join(data, 'log'), { recursive: true }));
    const said = [{ code: 'LOG_REPLACED', stage: 'LOAD', eventId: null, message: expect.stringContaining('missing') }];
    expect(await stock()).toEqual({ ...holding('e-1', 'e-2'), errors: said });
    // One that is known, and a new one.
    await ingest('e-2', 'e-3');
    await restart();
    expect(await stock()).toEqual({ ...holding('e-1', 'e-2', 'e-3'), errors: said });
  });

  test('keeps what was loaded when an older copy of the log is put back, says so, and gives no number twice', async () => {
    await ingest('e-1');
    await restart((data) => cpSync(join(data, 'log'), copyOf('log'), { recursive: true }));
    await ingest('e-2', 'e-3');
    await restart((data) => {
      rmSync(join(data, 'log'), { recursive: true });
      cpSync(copyOf('log'), join(data, 'log'), { recursive: true });
    });
    const said = [{ code: 'LOG_OLDER', stage: 'LOAD', eventId: null, message: expect.stringContaining('older copy') }];
    expect(await stock()).toEqual({ ...holding('e-1', 'e-2', 'e-3'), errors: said });
    await ingest('e-3', 'e-4', 'e-5');
    await restart();
    expect(await stock()).toEqual({ ...holding('e-1', 'e-2', 'e-3', 'e-4', 'e-5'), errors: said });
  });

  test('loads a new warehouse from the log, with its rejections, and has nothing to say where the log holds all', async () => {
    await ingest('e-1', 'e-2');
    await app.ingest([anEvent('e-3'), { ...anEvent('e-bad'), timestamp: 'yesterday' }]);
    await restart(removeWarehouse);
    const rejected = expect.objectContaining({ code: 'INVALID_EVENT', eventId: 'e-bad' });
    expect(await stock()).toEqual({ ...holding('e-1', 'e-2', 'e-3'), errors: [rejected] });
    await ingest('e-4');
    expect(await stock()).toEqual({ ...holding('e-1', 'e-2', 'e-3', 'e-4'), errors: [rejected] });
  });

  test('says what a new warehouse lacks because the log was trimmed', async () => {
    // So small that every loaded line is let go.
    await restart(undefined, { TRAILGATE_LOG_MAX_GIB: '0.001' });
    await ingest('e-1', 'e-2');
    await restart(removeWarehouse);
    const said = [
      { code: 'LOG_TRIMMED', stage: 'LOAD', eventId: null, message: expect.stringMatching(/\d lines \(1 to \d\)/) },
    ];
    expect(await stock()).toEqual({ ...holding(), errors: said });
    await ingest('e-3', 'e-1');
    await restart();
    expect(await stock()).toEqual({ ...holding('e-1', 'e-3'), errors: said });
  });

  test('brings an older copy of the warehouse up to the log', async () => {
    await ingest('e-1');
    await restart((data) => cpSync(join(data, 'warehouse.duckdb'), copyOf('warehouse')));
    await ingest('e-2');
    await restart((data) => {
      removeWarehouse(data);
      cpSync(copyOf('warehouse'), join(data, 'warehouse.duckdb'));
    });
    expect(await stock()).toEqual({ ...holding('e-1', 'e-2'), errors: [] });
  });

  test('goes on with both gone, as an installation that is new', async () => {
    await ingest('e-1');
    await restart((data) => {
      removeWarehouse(data);
      rmSync(join(data, 'log'), { recursive: true });
    });
    expect(await stock()).toEqual({ ...holding(), errors: [] });
    await ingest('e-2');
    expect(await stock()).toEqual({ ...holding('e-2'), errors: [] });
  });
});
