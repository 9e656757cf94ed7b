import fc from 'fast-check';
import { LIMITS } from '../../src/domain/audit-event.ts';
import { mapStreamRecord, tableOf } from '../../src/ingest/dynamodb-record.ts';
import { isRefusal, type NormaliseContext, normalise } from '../../src/ingest/normalise.ts';
import {
  aModify,
  aNestedItem,
  anExpiry,
  anInsert,
  anItem,
  aRemove,
  CREATED_AT,
  m,
  n,
  STREAM_ARN,
  type StreamRecord,
  s,
} from './dynamodb-records.ts';

/** As a literal key it would set the prototype. */
const PROTO = '__proto__';
const NOTHING_IGNORED = { ignoredAttributes: new Set<string>() };
const context: NormaliseContext = {
  now: CREATED_AT,
  mapping: null,
  defaultSource: 'dynamodb:audit_events',
  makeEventId: () => 'made',
  pseudonymOf: (userId) => `anon-${userId.length}`,
  sources: null,
  isGateway: false,
};

interface Written {
  readonly [field: string]: unknown;
  readonly metadata: Record<string, unknown>;
}

/** What becomes of the record behind accept: the event, or why not. */
function outcomeOf(record: unknown, mapping = NOTHING_IGNORED): { event?: Written; refusal?: unknown } {
  const mapped = mapStreamRecord(record, mapping);
  if (mapped.phase === 'expired') return {};
  if (mapped.phase === 'refused') return { refusal: mapped.refusal };
  const result = normalise(mapped.document, context);
  return isRefusal(result) ? { refusal: result } : { event: JSON.parse(result.json) as Written };
}

const eventOf = (record: unknown, mapping = NOTHING_IGNORED): Written => {
  const { event, refusal } = outcomeOf(record, mapping);
  if (!event) throw new Error(`no event: ${JSON.stringify(refusal)}`);
  return event;
};

/** Types that the SDK would not write are planted under this type's back. */
const broken = (record: StreamRecord, more: Record<string, unknown>): unknown => ({
  ...record,
  dynamodb: { ...record.dynamodb, ...more },
});

describe('an INSERT', () => {
  test('is the event itself, in the flat form', () => {
    expect(eventOf(anInsert())).toMatchObject({
      eventId: 'evt_1',
      timestamp: '2024-03-20T14:30:00.000Z',
      eventType: 'DATA_ACCESS',
      action: 'READ',
      userId: 'u-1',
      actorKind: 'HUMAN',
      resourceId: 'orders/1',
      environment: 'PROD',
      source: 'orders',
      sourceIp: '10.0.0.1',
      metadata: { ip_address: '10.0.0.1', rows: 12 },
    });
  });

  test('is the event itself, in the nested form', () => {
    expect(eventOf(anInsert(aNestedItem()))).toMatchObject({
      eventId: 'evt_2',
      userId: 'u-2',
      userRole: 'CLERK',
      userDepartment: 'SALES',
      action: 'READ',
      resourceId: 'orders/2',
      sensitivity: 'HIGH',
      metadata: { tags: ['a', 1, true, null] },
    });
  });

  test('without an id is named by the stream, the same however often it is delivered', () => {
    const { event_id: _, ...item } = anItem();
    const record = anInsert(item);
    expect(eventOf(record).eventId).toBe(record.eventID);
    expect(eventOf(structuredClone(record))).toEqual(eventOf(record));
    expect(eventOf(anInsert({ ...item, event_id: { NULL: true } })).eventId).toMatch(/^\d{32}$/);
  });

  test('without a source is reported by its table', () => {
    const { source: _, ...item } = anItem();
    expect(eventOf(anInsert(item)).source).toBe('dynamodb:audit_events');
  });

  test('loses the attributes that are the table’s own business, and is refused for others it does not know', () => {
    const record = anInsert(anItem({ ttl: n('1711000000') }));
    expect(eventOf(record, { ignoredAttributes: new Set(['ttl']) })).toEqual(eventOf(anInsert()));
    expect(outcomeOf(record).refusal).toMatchObject({ path: ['ttl'] });
  });

  test('keeps in metadata every digit that a number has', () => {
    const item = anItem({ metadata: m({ account: n('9007199254740993'), ratio: n('0.25') }) });
    expect(eventOf(anInsert(item)).metadata).toEqual({ account: '9007199254740993', ratio: 0.25 });
  });

  test.each([
    ['a number where text belongs', { user_id: n('42') }, ['userId']],
    ['text where a map belongs', { metadata: s('{"a":1}') }, ['metadata']],
    ['an empty required field', { action: s('') }, ['action']],
    ['an empty map for an action', { action: m({}) }, ['action']],
    ['null for the time', { timestamp: { NULL: true } }, ['timestamp']],
    ['U+0000', { resource_id: s('a\u0000') }, ['resourceId']],
    ['an outcome that is none', { outcome: s('MAYBE') }, ['outcome']],
    ['a source that is the gateway’s', { source: s('trailgate') }, ['source']],
  ])('is refused with %s, at its place', (_what, more, path) => {
    expect(outcomeOf(anInsert(anItem(more))).refusal).toMatchObject({ path });
  });

  test('without its image says which view type the stream needs', () => {
    const record = broken(anInsert(), { NewImage: undefined, StreamViewType: 'KEYS_ONLY' });
    expect(outcomeOf(record).refusal).toEqual({
      code: 'INVALID_EVENT',
      path: ['dynamodb', 'NewImage'],
      message:
        'dynamodb.NewImage is missing; set the view type of the table’s stream to NEW_AND_OLD_IMAGES (it is KEYS_ONLY).',
    });
  });

  test('above the limit of an event is refused', () => {
    const item = anItem({ metadata: m({ big: s('x'.repeat(LIMITS.maxEventBytes)) }) });
    expect(outcomeOf(anInsert(item)).refusal).toMatchObject({ code: 'EVENT_TOO_LARGE' });
  });
});

describe('a MODIFY', () => {
  test('is an event of its own: by whom, when, on what, and what changed', () => {
    const record = {
      ...aModify(),
      userIdentity: { type: 'Role', principalId: 'AROAEXAMPLE:someone' },
    };
    expect(eventOf(record)).toEqual({
      eventId: record.eventID,
      timestamp: new Date(CREATED_AT).toISOString(),
      eventType: 'AUDIT_RECORD_CHANGED',
      activityType: 'DATA_MODIFICATION',
      action: 'UPDATE',
      userId: 'AROAEXAMPLE:someone',
      userPseudonym: 'anon-19',
      actorKind: 'SYSTEM',
      resourceId: 'evt_1/2024-03-20T14:30:00Z',
      resourceType: 'AUDIT_RECORD',
      outcome: 'SUCCESS',
      sensitivity: 'UNKNOWN',
      environment: 'PROD',
      region: 'EU',
      source: 'orders',
      metadata: {
        table: 'audit_events',
        awsRegion: 'eu-central-1',
        sequenceNumber: record.dynamodb.SequenceNumber,
        keys: { event_id: 'evt_1', timestamp: '2024-03-20T14:30:00Z' },
        changed: ['action'],
        oldImage: expect.objectContaining({ action: 'READ', user_id: 'u-1' }),
        newImage: expect.objectContaining({ action: 'NOTHING', metadata: { ip_address: '10.0.0.1', rows: 12 } }),
      },
    });
  });

  test('by nobody that the stream names is by unknown', () => {
    expect(eventOf(aModify()).userId).toBe('unknown');
  });

  test('is the same event when it is delivered again, by Lambda or read from the API', () => {
    const record = aModify(anItem(), anItem({ tags: { SS: ['b', 'a'] }, raw: { B: 'AQID' } }));
    const { dynamodb } = record;
    const fromApi = {
      ...record,
      dynamodb: {
        ...dynamodb,
        ApproximateCreationDateTime: new Date(CREATED_AT),
        NewImage: { ...dynamodb.NewImage, tags: { SS: ['a', 'b'] }, raw: { B: Uint8Array.of(1, 2, 3) } },
      },
    };
    expect(mapStreamRecord(fromApi, NOTHING_IGNORED)).toEqual(mapStreamRecord(record, NOTHING_IGNORED));
  });

  test('takes the time to the second, which is all that the service gives', () => {
    const record = broken(aModify(), { ApproximateCreationDateTime: CREATED_AT / 1_000 + 0.789 });
    expect(eventOf(record).timestamp).toBe(new Date(CREATED_AT).toISOString());
  });

  test('keeps what the record said it was about, and not whose it was', () => {
    const nested = { ...aNestedItem(), environment: s('PROD') };
    expect(eventOf(aModify(nested, nested))).toMatchObject({ sensitivity: 'HIGH', environment: 'PROD' });
    expect(eventOf(aModify(nested, nested)).userDepartment).toBeUndefined();
    const classified = anItem({ metadata: m({ data_classification: s('restricted') }) });
    expect(eventOf(aModify(classified, classified)).sensitivity).toBe('RESTRICTED');
  });

  test.each([
    ['claims to be the gateway’s', { source: s('trailgate') }],
    ['has a source that is no text', { source: n('7') }],
    ['has no source', { source: { NULL: true } }],
    ['has a source that cannot be kept', { source: s('a\u0000') }],
  ])('of a record that %s is reported by its table, not lost', (_what, more) => {
    expect(eventOf(aModify(anItem(more), anItem())).source).toBe('dynamodb:audit_events');
    expect(eventOf(aModify(anItem(), anItem(more))).source).toBe('orders');
  });

  test('without images still says which record', () => {
    const record = broken(aModify(), { NewImage: undefined, OldImage: undefined, StreamViewType: 'KEYS_ONLY' });
    expect(eventOf(record)).toMatchObject({
      eventType: 'AUDIT_RECORD_CHANGED',
      resourceId: 'evt_1/2024-03-20T14:30:00Z',
      metadata: { keys: { event_id: 'evt_1', timestamp: '2024-03-20T14:30:00Z' } },
    });
  });

  test('cuts the largest values until it fits, and says how large they were', () => {
    const big = (fill: string) => m({ text: s(fill.repeat(150_000)) });
    const { metadata } = eventOf(aModify(anItem({ metadata: big('a') }), anItem({ metadata: big('b'), note: s('c') })));
    expect(metadata).toMatchObject({
      changed: ['metadata', 'note'],
      cutValues: 1,
      oldImage: { user_id: 'u-1', metadata: { text: 'a'.repeat(150_000) } },
      newImage: { note: 'c', metadata: { $cut: { bytes: 150_011, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } } },
    });
  });

  test('cuts whole images of more small values than fit', () => {
    const many = Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [`a${index}`, s('x'.repeat(40))]));
    const { metadata } = eventOf(aModify(anItem(many), anItem()));
    expect(metadata).toMatchObject({
      moreChanged: 5_950,
      cutValues: 2,
      oldImage: { $cut: { bytes: expect.any(Number) } },
      newImage: { $cut: { bytes: expect.any(Number) } },
    });
    expect(metadata.changed).toHaveLength(50);
  });

  test('shows text that cannot be kept with U+FFFD and says so', () => {
    const after = anItem({ note: s('a\u0000b'), other: s('\ud800') });
    expect(eventOf(aModify(anItem(), after)).metadata).toMatchObject({
      alteredTexts: 2,
      newImage: { note: 'a\uFFFDb', other: '\uFFFD' },
    });
  });

  test('keeps both values of names that differ only in what cannot be kept', () => {
    const after = anItem({ note: m({ 'a\u0000': s('1'), 'a\uFFFD': s('2'), [PROTO]: s('3') }) });
    expect(eventOf(aModify(anItem(), after)).metadata.newImage).toMatchObject({
      note: { 'a\uFFFD': '1', 'a\uFFFD\uFFFD': '2', '\uFFFD__proto__': '3' },
    });
  });

  test('is never refused for what somebody wrote into the record', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom('\u0000', '\ud800x', '__proto__', 'trailgate', '', 'x'.repeat(90_000), '\u0001'.repeat(30_000)),
    );
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text.map(s),
        fc.constantFrom(n('1E125'), n('9007199254740993'), { NULL: true }, { SS: ['b', 'a'] }, { B: 'AQID' }),
        fc.dictionary(text, tie('value'), { maxKeys: 3 }).map(m),
        fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
      ),
    })).value;
    const name = fc.oneof(
      text,
      fc.constantFrom('source', 'environment', 'region', 'sensitivity', 'metadata', 'action', 'event_id', 'timestamp'),
    );
    const image = fc.dictionary(name, value, { maxKeys: 8 }) as fc.Arbitrary<Record<string, unknown>>;
    fc.assert(
      fc.property(image, image, fc.boolean(), fc.option(text), (before, after, removed, principalId) => {
        const record = removed ? aRemove(before) : aModify(before, after);
        const { event, refusal } = outcomeOf({ ...record, userIdentity: { type: 'Role', principalId } });
        expect(refusal).toBeUndefined();
        expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(LIMITS.maxEventBytes);
      }),
      { numRuns: 50 },
    );
  });

  test('compares by content: the same set, or the same map, in another order is no change', () => {
    const before = anItem({ tags: { SS: ['a', 'b'] }, map: m({ x: n('1'), y: n('2') }) });
    const after = anItem({ tags: { SS: ['b', 'a'] }, map: m({ y: n('2'), x: n('1') }) });
    expect(eventOf(aModify(before, after)).metadata.changed).toEqual([]);
  });

  test('names attributes that came and went', () => {
    expect(eventOf(aModify(anItem({ old: s('a') }), anItem({ fresh: { NULL: true } }))).metadata.changed).toEqual([
      'fresh',
      'old',
    ]);
  });
});

describe('a REMOVE', () => {
  test('is an event of its own with what was removed', () => {
    const record = aRemove();
    const event = eventOf(record);
    expect(event).toMatchObject({
      eventId: record.eventID,
      eventType: 'AUDIT_RECORD_REMOVED',
      action: 'DELETE',
      actorKind: 'SYSTEM',
      resourceId: 'evt_1/2024-03-20T14:30:00Z',
      source: 'orders',
      metadata: { oldImage: expect.objectContaining({ user_id: 'u-1' }) },
    });
    expect(event.metadata).not.toHaveProperty('newImage');
    expect(event.metadata).not.toHaveProperty('changed');
  });

  test('by the time to live is no event', () => {
    expect(mapStreamRecord(anExpiry(), NOTHING_IGNORED)).toEqual({ phase: 'expired' });
  });

  test('is what the time to live does, and nothing else is passed over', () => {
    const { userIdentity } = anExpiry();
    expect(eventOf({ ...aModify(), userIdentity })).toMatchObject({ userId: 'dynamodb.amazonaws.com' });
  });

  test.each([
    ['another service', { type: 'Service', principalId: 'other.amazonaws.com' }],
    ['a user who calls himself so', { type: 'User', principalId: 'dynamodb.amazonaws.com' }],
  ])('by %s is one', (_who, userIdentity) => {
    expect(eventOf({ ...anExpiry(), userIdentity })).toMatchObject({ userId: userIdentity.principalId });
  });

  test('of a key too long for a field is named by its hash', () => {
    const { resourceId } = eventOf(aRemove(anItem({ event_id: s('k'.repeat(2_048)) })));
    expect(resourceId).toHaveLength(1_024);
    expect(resourceId).toMatch(/^k+…sha256:[0-9a-f]{64}$/);
  });
});

test.each<[string, unknown, string[]]>([
  ['null', null, []],
  ['a list', [], []],
  ['without dynamodb', { ...anInsert(), dynamodb: undefined }, ['dynamodb']],
  ['without an eventID', { ...aModify(), eventID: undefined }, ['eventID']],
  ['of an unknown kind', { ...anInsert(), eventName: 'UPSERT' }, ['eventName']],
  [
    'without a time',
    broken(aModify(), { ApproximateCreationDateTime: undefined }),
    ['dynamodb', 'ApproximateCreationDateTime'],
  ],
  [
    'of a time that is text',
    broken(aRemove(), { ApproximateCreationDateTime: '1' }),
    ['dynamodb', 'ApproximateCreationDateTime'],
  ],
  ['with an image that is none', broken(anInsert(), { NewImage: 'x' }), ['dynamodb', 'NewImage']],
])('a record %s is refused at its place, never thrown', (_what, record, path) => {
  expect(mapStreamRecord(record, NOTHING_IGNORED)).toMatchObject({
    phase: 'refused',
    refusal: { path },
    document: record,
  });
});

test('the name of the table is read from the name of its stream', () => {
  expect([STREAM_ARN, 'arn:aws-cn:dynamodb:cn-north-1:1:table/a.b-c_d/stream/x', null, 'x'].map(tableOf)).toEqual([
    'audit_events',
    'a.b-c_d',
    'unknown',
    'unknown',
  ]);
});
