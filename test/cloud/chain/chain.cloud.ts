import { rmSync } from 'node:fs';
import { CLOCK_MARGIN_MS } from '../../../src/load/watermark.ts';
import { anEvent, type SentEvent } from '../../api/events.ts';
import type { Answer, RunningApp } from '../../api/running-app.ts';
import { type Ministack, startMinistack } from '../../rigs/ministack.ts';
import { type AuditItem, aFlatItem, aNestedItem, createAuditTable } from './audit-table.ts';
import { buildLambda } from './built-lambda.ts';
import { createCopier } from './copier.ts';
import { enterVariables } from './enter-variables.ts';
import { dataAsOf, makeDataDirectory, sendEvents, startNode, untilQueryable } from './gateway.ts';
import { deployInstallation, type Installation } from './installation.ts';
import { holdBack, type LandedObject, readLandedLines, readLandedObjects } from './landed-objects.ts';
import { until } from './until.ts';

/**
 * Everything that production runs but Snowflake: table, its stream, the built Lambda, the gateway, Kinesis, Firehose, S3,
 * loader, marts, GraphQL. Each test adds to what was put in, and what is answered must be exactly that.
 */
describe('the chain', () => {
  let ministack: Ministack;
  let installation: Installation;
  let leave: () => void;
  let table: ReturnType<typeof createAuditTable>;
  let node: RunningApp;
  const directories: string[] = [];
  const nodes: RunningApp[] = [];
  const copier = createCopier();
  /** What must be answered: by event id, or by type and resource where the stream of the table gives the id. */
  const expected = new Map<string, Record<string, unknown>>();

  const start = async (directory = makeDataDirectory()): Promise<RunningApp> => {
    directories.push(directory);
    const started = await startNode(installation, directory);
    nodes.push(started);
    return started;
  };
  const expectEvents = (events: readonly SentEvent[]): void => {
    for (const event of events) expected.set(event.eventId, event);
  };
  const expectItem = (item: AuditItem, fields: Record<string, unknown>): void => {
    expected.set(item.event_id, { eventId: item.event_id, ...fields });
  };
  const expectChange = (eventType: string, { event_id, timestamp }: AuditItem, action: string): void => {
    const resourceId = `${event_id}/${timestamp}`;
    expected.set(`${eventType} ${resourceId}`, {
      eventType,
      resourceId,
      action,
      userId: 'unknown',
      actorKind: 'SYSTEM',
    });
  };
  const nameOf = ({ eventId, eventType, resourceId }: Answer['data']): string =>
    eventType.startsWith('AUDIT_RECORD_') ? `${eventType} ${resourceId}` : eventId;

  /** Waits until as many are answered as were put in, then holds every one against it. */
  const expectAnswers = async (of: RunningApp): Promise<Answer['data'][]> => {
    const events = await until(
      () => readAll(of),
      (found) => found.length >= expected.size,
      ministack.log,
    );
    expect(events.map(nameOf).sort()).toEqual([...expected.keys()].sort());
    for (const event of events) expect(event).toMatchObject(expected.get(nameOf(event)) ?? {});
    return events;
  };

  beforeAll(async () => {
    const lambdaZip = buildLambda();
    ministack = await startMinistack();
    leave = enterVariables(ministack.environment);
    installation = await deployInstallation(ministack, { lambdaZip, shards: 2, buckets: 4 });
    table = createAuditTable(installation);
    node = await start();
  });
  afterAll(async () => {
    for (const started of nodes) await started.stop();
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
    installation?.close();
    leave?.();
    await ministack?.stop();
  });

  test('answers what was sent to the gateway, once dataAsOf is later than its receipt', async () => {
    const events = manyEvents('first', 120);
    const { accepted, rejected, receivedAt } = await sendEvents(node, [
      ...events,
      { eventId: 'bad-api', action: 'READ' },
    ]);
    expect({ accepted, rejected }).toEqual({ accepted: 120, rejected: 1 });
    expectEvents(events);
    await untilQueryable(node, receivedAt);
    expect((await readAll(node)).map(nameOf).sort()).toEqual([...expected.keys()].sort());
    await copier.copyOn(node);
  });

  test('answers what was written to the table: inserts, a change, a removal; what is no event is an ingest error', async () => {
    const flat = aFlatItem('tbl-flat');
    const nested = aNestedItem('tbl-nested');
    await table.put(flat);
    await table.put(nested);
    await table.put(aFlatItem('tbl-bad', { user_id: 7 }));
    await table.put({ ...flat, action: 'DELETE' });
    await table.remove(nested);
    expectItem(flat, {
      timestamp: '2026-03-20T14:30:00.123Z',
      eventType: 'DATA_ACCESS',
      action: 'READ',
      userId: 'u-flat',
      resourceId: 'orders/tbl-flat',
      environment: 'PROD',
      region: 'EU',
      source: 'orders',
      sourceIp: '10.0.0.1',
      metadata: { ip_address: '10.0.0.1', rows: 12 },
    });
    expectItem(nested, {
      timestamp: '2026-03-20T15:30:00.000Z',
      eventType: 'DATA_MODIFICATION',
      userId: 'u-nested',
      userRole: 'CLERK',
      userDepartment: 'SALES',
      sensitivity: 'HIGH',
      metadata: { tags: ['a', 1, true, null] },
    });
    expectChange('AUDIT_RECORD_CHANGED', flat, 'UPDATE');
    expectChange('AUDIT_RECORD_REMOVED', nested, 'DELETE');
    await expectAnswers(node);
    await copier.copyOn(node);
  });

  test('counts once what came both ways, and keeps apart what contradicts it', async () => {
    const item = aFlatItem('tbl-both', { metadata: { rows: 1 } });
    const same = {
      eventId: 'tbl-both',
      timestamp: item.timestamp,
      eventType: 'DATA_ACCESS',
      action: 'READ',
      userId: 'u-flat',
      resourceId: 'orders/tbl-both',
      resourceType: 'TABLE',
      environment: 'PROD',
      region: 'EU',
      source: 'orders',
      metadata: { rows: 1 },
    };
    await table.put(item);
    await sendEvents(node, [same]);
    expectEvents([same]);
    await expectAnswers(node);
    // Both have come when the later one has: the table's line and the gateway's.
    await until(
      async () => (await linesOf('EVENT')).filter(({ event }) => event?.eventId === 'tbl-both').length,
      (lines) => lines === 2,
      ministack.log,
    );
    const { receivedAt } = await sendEvents(node, [{ ...same, action: 'DELETE' }]);
    await untilQueryable(node, receivedAt);
    await expectAnswers(node);
    expect(await errorsOf()).toEqual(['CONFLICT tbl-both', 'INVALID_EVENT bad-api', 'INVALID_EVENT tbl-bad']);
    await copier.copyOn(node);
  });

  test('a second node joins, answers the same, and leaves without holding anything up', async () => {
    const second = await start();
    const [here, there] = [manyEvents('here', 60), manyEvents('there', 60)];
    const sent = await Promise.all([
      ...inBatches(here, 20).map((batch) => sendEvents(node, batch)),
      ...inBatches(there, 20).map((batch) => sendEvents(second, batch)),
      table.put(aFlatItem('tbl-meanwhile')),
    ]);
    expectEvents([...here, ...there]);
    expectItem(aFlatItem('tbl-meanwhile'), { userId: 'u-flat' });
    await copier.copyOn(node);
    const receivedAt = sent
      .flatMap((answer) => (answer ? [answer.receivedAt] : []))
      .sort()
      .at(-1) as string;
    for (const each of [node, second]) await untilQueryable(each, receivedAt);
    expect(await expectAnswers(second)).toEqual(await expectAnswers(node));
    // The copier goes from one node to the other with the same cursor.
    await copier.copyOn(second);
    await second.stop();
    const left = new Date().toISOString();
    // By its closing lines: one that is only silent holds everybody up for a minute.
    await untilQueryable(node, left, 30_000);
    await copier.copyOn(node);
  });

  test('a node that is started again goes on where it stood', async () => {
    const before = manyEvents('before-stop', 40);
    await sendEvents(node, before);
    await node.stop();
    await table.put(aFlatItem('tbl-while-down'));
    node = await start(node.dataDirectory);
    const after = manyEvents('after-start', 40);
    const { receivedAt } = await sendEvents(node, after);
    expectEvents([...before, ...after]);
    expectItem(aFlatItem('tbl-while-down'), { userId: 'u-flat' });
    await untilQueryable(node, receivedAt);
    await expectAnswers(node);
  });

  test('a file that comes late holds dataAsOf back, and what is in it is passed by by nobody', async () => {
    await node.stop();
    const { clients, eventsBucket } = installation;
    await table.put(aFlatItem('tbl-late'));
    const [late] = await until(
      async () =>
        (await readLandedObjects(clients.s3, eventsBucket, 'events/')).filter(({ text }) =>
          text.includes('"tbl-late"'),
        ),
      (found) => found.length > 0,
      ministack.log,
    );
    const deliver = await holdBack(clients.s3, eventsBucket, late as LandedObject);
    node = await start(node.dataDirectory);
    const { receivedAt } = JSON.parse((late as LandedObject).text.split('\n')[0] as string);
    // Later than clocks are taken to differ, so that only the missing number holds dataAsOf back.
    await until(
      async () => Date.now() - Date.parse(receivedAt),
      (ms) => ms > 2 * CLOCK_MARGIN_MS,
    );
    const behind = manyEvents('behind-late', 5);
    await table.put(aFlatItem('tbl-behind-late', { user_id: 7 }));
    await sendEvents(node, [...behind, { eventId: 'behind-late' }]);
    const untilLoaded = (ids: readonly string[]) =>
      until(errorsOf, (errors) => ids.every((id) => errors.includes(`INVALID_EVENT ${id}`)), ministack.log);
    // An error is told when it is loaded: what the gateway and the Lambda took after the late one has come then. The marts
    // follow each load before the next one.
    await untilLoaded(['tbl-behind-late', 'behind-late']);
    await sendEvents(node, [{ eventId: 'far-behind-late' }]);
    await untilLoaded(['far-behind-late']);
    expect([await dataAsOf(node), receivedAt].sort().at(-1)).toBe(receivedAt);
    await expectAnswers(node);
    await copier.copyOn(node);

    // Firehose may deliver a file twice.
    await deliver();
    await deliver();
    expectEvents(behind);
    expectItem(aFlatItem('tbl-late'), { userId: 'u-flat' });
    await untilQueryable(node, new Date().toISOString());
    await expectAnswers(node);
  });

  test('groups and activities count every event once', async () => {
    const events = await readAll(node);
    const { data } = await node.query(`{
      auditEventGroups(groupBy: [USER_ID], first: 500) { nodes { count dimensions { userId } } }
      userActivity(first: 500) { nodes { userId activityType eventCount } }
    }`);
    const grouped = data.auditEventGroups.nodes.map(({ count, dimensions }: Answer['data']) => [
      dimensions.userId,
      count,
    ]);
    expect(new Map(grouped)).toEqual(countBy(events, ({ userId }) => userId));
    const active = data.userActivity.nodes.map((row: Answer['data']) => [
      `${row.userId} ${row.activityType}`,
      row.eventCount,
    ]);
    expect(new Map(active)).toEqual(countBy(events, ({ userId, activityType }) => `${userId} ${activityType}`));
  });

  test('a copier has passed no event by and has none twice', async () => {
    const events = await readAll(node);
    await copier.copyOn(node);
    expect(copier.copied.map(({ eventId }) => eventId).sort()).toEqual(events.map(({ eventId }) => eventId).sort());
    const times = copier.copied.map(({ receivedAt }) => receivedAt);
    expect(times).toEqual([...times].sort());
  });

  test('no node left a number out, and every acknowledged event is in the objects', async () => {
    const lines = await linesOf();
    for (const name of new Set(lines.map((line) => line.node))) {
      const seqs = lines.filter((line) => line.node === name).map(({ seq }) => seq);
      const landed = [...new Set(seqs)].sort((a, b) => a - b);
      // What the running node writes now may be on its way.
      expect(landed.slice(0, -16)).toEqual(landed.slice(0, -16).map((_, index) => index + 1));
    }
    const ids = new Set(lines.flatMap(({ event }) => (event ? [event.eventId] : [])));
    for (const { eventId } of await readAll(node)) expect(ids).toContain(eventId);
  });

  const errorsOf = async (): Promise<string[]> => {
    const { data } = await node.query('{ ingestErrors(first: 100) { nodes { code eventId } } }');
    return data.ingestErrors.nodes.map(({ code, eventId }: Answer['data']) => `${code} ${eventId}`).sort();
  };

  interface Line {
    readonly kind: string;
    readonly node: string;
    readonly seq: number;
    readonly event?: { readonly eventId: string };
  }
  async function linesOf(kind?: string): Promise<Line[]> {
    const lines = await readLandedLines(installation.clients.s3, installation.eventsBucket, 'events/');
    return lines.map((line) => JSON.parse(line) as Line).filter((line) => kind === undefined || line.kind === kind);
  }
});

const FIELDS = `id eventId timestamp receivedAt ingestedBy eventType activityType action userId userRole userDepartment
  actorKind resourceId resourceType outcome sensitivity environment region source sourceIp sessionId metadata`;

/** Every event, in the order of receipt. */
async function readAll(node: RunningApp): Promise<Answer['data'][]> {
  const found: Answer['data'][] = [];
  let after: string | null = null;
  for (let page = 0; page < 100; page += 1) {
    const { data, errors }: Answer = await node.query(
      `query ($after: String) { auditEvents(first: 200, after: $after, orderBy: { field: RECEIVED_AT, direction: DESC }) {
        nodes { ${FIELDS} } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    if (errors) throw new Error(JSON.stringify(errors));
    found.push(...data.auditEvents.nodes);
    if (!data.auditEvents.pageInfo.hasNextPage) return found;
    after = data.auditEvents.pageInfo.endCursor;
  }
  throw new Error('the pages never end');
}

const manyEvents = (name: string, count: number): SentEvent[] =>
  Array.from({ length: count }, (_, index) =>
    anEvent({
      eventId: `${name}-${index}`,
      timestamp: new Date(Date.UTC(2026, 10, 1 + (index % 20), 9, index % 60)).toISOString(),
      eventType: index % 3 === 0 ? 'LOGIN' : 'DATA_ACCESS',
      action: index % 3 === 0 ? 'LOGIN' : 'READ',
      userId: `usr-${index % 7}`,
      metadata: { index },
    }),
  );

function inBatches<T>(items: readonly T[], size: number): T[][] {
  const batches: T[][] = [];
  for (let from = 0; from < items.length; from += size) batches.push(items.slice(from, from + size));
  return batches;
}

function countBy<T>(items: readonly T[], name: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(name(item), (counts.get(name(item)) ?? 0) + 1);
  return counts;
}
