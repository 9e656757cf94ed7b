import { aDelivery, anEvent, contentHash } from './delivery.ts';
import { openWarehouseWithMarts, type WarehouseWithMarts } from './warehouse-with-marts.ts';

const AT = Date.UTC(2024, 2, 20, 14, 30);

describe('a content that lost against another of its key', () => {
  let marts: WarehouseWithMarts;
  beforeAll(async () => {
    marts = await openWarehouseWithMarts();
  });
  beforeEach(() => marts.empty());
  afterAll(() => marts.close());

  const refresh = () => marts.refresh().refresh();
  const resolve = (status: string) =>
    marts.run(
      `update audit_events_errors set status = '${status}', resolved_by = 'usr-0001', resolution_reason = 'known'`,
    );
  const kept = aDelivery({ userRole: 'ADMIN' }, { receivedAt: AT + 10 });
  const lost = aDelivery({ userRole: 'ANALYST' }, { receivedAt: AT + 20 });

  test('makes one error for each content, however often it comes', async () => {
    await marts.load([kept, lost]);
    await refresh();
    await marts.load([aDelivery({ userRole: 'ANALYST' }, { receivedAt: AT + 30 })]);
    await refresh();
    expect((await marts.tables()).audit_events_errors).toMatchObject([
      { code: 'CONFLICT', status: 'NEW', occurred_at: AT + 20, ingest_seq: lost.seq },
    ]);
  });

  test('shows the copy of a content that was received first, in whatever order they come', async () => {
    await marts.load([kept, lost]);
    await refresh();
    const earlier = aDelivery(
      { userRole: 'ANALYST' },
      { node: 'node-b', receivedAt: AT + 15, ingestedBy: 'svc-other' },
    );
    await marts.load([earlier]);
    await refresh();
    expect((await marts.tables()).audit_events_errors).toMatchObject([
      { occurred_at: AT + 15, ingest_node: 'node-b', ingest_seq: earlier.seq, ingested_by: 'svc-other' },
    ]);
  });

  test('keeps what a person resolved, in a refresh and in a recompute', async () => {
    await marts.load([kept, lost]);
    await refresh();
    await resolve('DISCARDED');
    const resolved = (await marts.tables()).audit_events_errors;
    await marts.load([aDelivery({ userRole: 'ANALYST' }, { receivedAt: AT + 15 })]);
    await refresh();
    expect((await marts.tables()).audit_events_errors).toEqual(resolved);
    await marts.refresh().recompute();
    expect((await marts.tables()).audit_events_errors).toEqual(resolved);
  });

  test('has no open error for a content that is the event after all', async () => {
    await marts.load([kept, lost]);
    await refresh();
    await marts.load([aDelivery({ userRole: 'ANALYST' }, { node: 'node-b', receivedAt: AT })]);
    await refresh();
    const { audit_events_errors, audit_events_mart } = await marts.tables();
    expect(audit_events_mart).toMatchObject([{ user_role: 'ANALYST', received_at: AT }]);
    expect(audit_events_errors).toMatchObject([{ status: 'NEW', ingest_seq: kept.seq, occurred_at: AT + 10 }]);
    expect(audit_events_mart[0]?.payload_sha256).toBe(contentHash(anEvent({ userRole: 'ANALYST' })));
  });
});
