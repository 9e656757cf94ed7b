import { type Ministack, startMinistack } from '../../rigs/ministack.ts';
import { aFlatItem, aNestedItem, createAuditTable } from './audit-table.ts';
import { buildLambda } from './built-lambda.ts';
import { deployInstallation, type Installation } from './installation.ts';
import { invokeLambda } from './lambda.ts';
import { readLandedLines } from './landed-objects.ts';
import { until } from './until.ts';

interface Line {
  readonly kind: string;
  readonly origin: string;
  readonly node: string;
  readonly seq: number;
  readonly ledger?: { readonly bucket: number; readonly state: string };
  readonly event?: Readonly<Record<string, unknown>>;
  readonly rejection?: { readonly path: readonly string[] };
}

const BUCKETS = 4;

describe('the built Lambda', () => {
  let ministack: Ministack;
  let installation: Installation;
  let table: ReturnType<typeof createAuditTable>;

  beforeAll(async () => {
    const lambdaZip = buildLambda();
    ministack = await startMinistack();
    installation = await deployInstallation(ministack, { lambdaZip, shards: 2, buckets: BUCKETS });
    table = createAuditTable(installation);
  });
  afterAll(async () => {
    installation?.close();
    await ministack?.stop();
  });

  const landed = async (): Promise<Line[]> =>
    (await readLandedLines(installation.clients.s3, installation.eventsBucket, 'events/')).map((line) =>
      JSON.parse(line),
    );
  const eventsOf = (lines: readonly Line[]) => lines.filter(({ kind }) => kind !== 'LEDGER');

  test('makes one line of every change of the table, a REJECTED one where it is no event', async () => {
    await table.put(aFlatItem('evt_flat'));
    await table.put(aNestedItem('evt_nested'));
    await table.put(aFlatItem('evt_bad', { user_id: 7 }));
    await table.put(aFlatItem('evt_flat', { action: 'DELETE' }));
    await table.remove(aNestedItem('evt_nested'));

    const lines = eventsOf(await until(landed, (found) => eventsOf(found).length >= 5, ministack.log));
    const told = lines.map(({ kind, origin, event, rejection }) => [
      kind,
      origin,
      event?.eventType ?? rejection?.path.join('.'),
      event?.resourceId ?? null,
    ]);
    expect(told.sort()).toEqual(
      [
        ['EVENT', 'DYNAMODB', 'DATA_ACCESS', 'orders/evt_flat'],
        ['EVENT', 'DYNAMODB', 'DATA_MODIFICATION', 'orders/evt_nested'],
        ['REJECTED', 'DYNAMODB', 'userId', null],
        ['EVENT', 'DYNAMODB', 'AUDIT_RECORD_CHANGED', 'evt_flat/2026-03-20T14:30:00.123Z'],
        ['EVENT', 'DYNAMODB', 'AUDIT_RECORD_REMOVED', 'evt_nested/2026-03-20T15:30:00Z'],
      ].sort(),
    );
  });

  test('skips what DynamoDB let go by its time to live', async () => {
    const answer = await invokeLambda(installation, { Records: [anExpiry(installation.auditTableStreamArn)] });
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(eventsOf(await landed())).toHaveLength(5);
  });

  test('leaves no number out, and no bucket without its opening and its closing line', async () => {
    const statesOf = (own: readonly Line[], bucket: number) =>
      own
        .filter(({ ledger }) => ledger?.bucket === bucket)
        .sort((a, b) => a.seq - b.seq)
        .map(({ ledger }) => ledger?.state);
    const byNode = (lines: readonly Line[]) =>
      [...new Set(lines.map(({ node }) => node))].map((name) => lines.filter(({ node }) => node === name));
    const isClosed = (own: readonly Line[]) =>
      Array.from({ length: BUCKETS }).every((_, bucket) => statesOf(own, bucket).at(-1) === 'CLOSED');
    // The last lines land when the invocation has returned.
    const nodes = byNode(await until(landed, (lines) => byNode(lines).every(isClosed), ministack.log));
    expect(nodes.length).toBeGreaterThan(0);
    for (const own of nodes) {
      expect(own.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(own.map((_, index) => index + 1));
      for (let bucket = 0; bucket < BUCKETS; bucket += 1) expect(statesOf(own, bucket)[0]).toBe('OPEN');
    }
  });
});

/** MiniStack removes what has expired without a word in the stream, so that the service's record is handed over itself. */
const anExpiry = (eventSourceARN: string) => ({
  eventID: 'e'.repeat(32),
  eventName: 'REMOVE',
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'us-east-1',
  eventSourceARN,
  userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
  dynamodb: {
    ApproximateCreationDateTime: 1_774_000_000,
    Keys: { event_id: { S: 'evt_old' }, timestamp: { S: '2026-03-20T14:30:00Z' } },
    OldImage: { event_id: { S: 'evt_old' }, timestamp: { S: '2026-03-20T14:30:00Z' } },
    SequenceNumber: '700000000000000000001',
    SizeBytes: 60,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  },
});
