/** Records of a table's stream in the shape that Lambda delivers them. */
type Attributes = Record<string, unknown>;

export const STREAM_ARN =
  'arn:aws:dynamodb:eu-central-1:111122223333:table/audit_events/stream/2024-03-01T00:00:00.000';
export const CREATED_AT = Date.UTC(2024, 2, 20, 14, 30, 5);

export const s = (text: string) => ({ S: text });
export const n = (number: string) => ({ N: number });
export const m = (map: Attributes) => ({ M: map });
export const l = (...list: unknown[]) => ({ L: list });

let last = 0;

export interface StreamRecord {
  eventID: string;
  eventName: string;
  eventVersion: string;
  eventSource: string;
  awsRegion: string;
  eventSourceARN: string;
  userIdentity?: { type: string; principalId: string };
  dynamodb: {
    ApproximateCreationDateTime: number;
    Keys: Attributes;
    NewImage?: Attributes;
    OldImage?: Attributes;
    SequenceNumber: string;
    SizeBytes: number;
    StreamViewType: string;
  };
}

function aRecord(eventName: string, images: { NewImage?: Attributes; OldImage?: Attributes }): StreamRecord {
  last += 1;
  const image = images.OldImage ?? images.NewImage ?? {};
  return {
    eventID: `${String(last).padStart(32, '0')}`,
    eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'eu-central-1',
    eventSourceARN: STREAM_ARN,
    dynamodb: {
      ApproximateCreationDateTime: CREATED_AT / 1_000,
      Keys: Object.fromEntries(['event_id', 'timestamp'].flatMap((name) => (image[name] ? [[name, image[name]]] : []))),
      ...images,
      SequenceNumber: `${100_000_000_000_000_000_000n + BigInt(last)}`,
      SizeBytes: 200,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  };
}

/** An item in the requirement's flat form. */
export const anItem = (more: Attributes = {}): Attributes => ({
  event_id: s('evt_1'),
  timestamp: s('2024-03-20T14:30:00Z'),
  event_type: s('DATA_ACCESS'),
  user_id: s('u-1'),
  action: s('READ'),
  resource_id: s('orders/1'),
  resource_type: s('TABLE'),
  environment: s('PROD'),
  region: s('EU'),
  source: s('orders'),
  metadata: m({ ip_address: s('10.0.0.1'), rows: n('12') }),
  ...more,
});

/** And in its nested form. */
export const aNestedItem = (): Attributes => ({
  event_id: s('evt_2'),
  timestamp: s('2024-03-20T14:30:00Z'),
  event_type: s('DATA_ACCESS'),
  source: s('orders'),
  user: m({ id: s('u-2'), role: s('CLERK'), department: s('SALES') }),
  action: m({ type: s('READ'), resource: s('orders/2'), resource_type: s('TABLE'), sensitivity: s('HIGH') }),
  metadata: m({ tags: l(s('a'), n('1'), { BOOL: true }, { NULL: true }) }),
});

export const anInsert = (item: Attributes = anItem()): StreamRecord => aRecord('INSERT', { NewImage: item });

export const aModify = (
  before: Attributes = anItem(),
  after: Attributes = anItem({ action: s('NOTHING') }),
): StreamRecord => aRecord('MODIFY', { OldImage: before, NewImage: after });

export const aRemove = (item: Attributes = anItem()): StreamRecord => aRecord('REMOVE', { OldImage: item });

/** What DynamoDB's own process for the time to live leaves. */
export const anExpiry = (): StreamRecord => ({
  ...aRemove(),
  userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
});
