import { anEvent, isoAt } from './events.ts';
import { type Answer, type RunningApp, startTestApp, TEST_KEY } from './running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.remove());

const PAYLOAD = 'accepted rejected eventIds receivedAt rejections { index eventId code message path retryable }';
const INGEST = `mutation ($events: [AuditEventDocument]!) { ingestEvents(events: $events) { ${PAYLOAD} } }`;

/** Sends the text as it stands: what JSON.stringify would not write can be in it. */
async function post(body: string): Promise<Answer> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
    body,
  });
  const text = await response.text();
  const { data, errors } = JSON.parse(text);
  return { status: response.status, headers: response.headers, data, errors, text };
}

/** The documents as JSON text, each by itself. */
const sendTexts = async (documents: readonly string[]) => {
  const { data, errors } = await post(
    `{"query": ${JSON.stringify(INGEST)}, "variables": {"events": [${documents.join(',')}]}}`,
  );
  expect(errors).toBeUndefined();
  await app.queryable(data.ingestEvents.receivedAt);
  return data.ingestEvents;
};

const read = async (eventId: string) => {
  const { data } = await app.query(
    `query ($eventId: String!) { auditEvent(eventId: $eventId) { timestamp eventType activityType action userId userRole
      userDepartment actorKind resourceId resourceType outcome sensitivity environment region source sourceIp sessionId metadata ingestedBy } }`,
    { eventId },
  );
  return data.auditEvent;
};

/** A valid event as JSON text, with this member put in as it is written. */
const withMember = (member: string, given: Record<string, unknown> = {}): string =>
  `${JSON.stringify(anEvent(given)).slice(0, -1)},${member}}`;
const withTime = (timestamp: string): string =>
  JSON.stringify({ ...anEvent(), timestamp: '@' }).replace('"@"', timestamp);
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('one bad event never spoils its batch', () => {
  const ROOT: readonly string[] = [];
  const BAD: readonly (readonly [string, string, readonly string[], RegExp])[] = [
    ['null', 'null', ROOT, /is a null; send an object/],
    ['a text', '"{}"', ROOT, /is a string; send an object/],
    ['a number', '7', ROOT, /is a number/],
    ['a list', '[{}]', ROOT, /is a list/],
    ['true', 'true', ROOT, /is a boolean/],
    ['a list a hundred thousand levels deep', nested(100_000), ROOT, /is a list/],
    ['an empty object', '{}', ['timestamp'], /missing/],
    ['no eventType', JSON.stringify({ ...anEvent(), eventType: undefined }), ['eventType'], /missing/],
    ['an empty action', JSON.stringify(anEvent({ action: '' })), ['action'], /missing/],
    ['a userId of null', JSON.stringify({ ...anEvent(), userId: null }), ['userId'], /missing/],
    ['a userId that is a number', JSON.stringify({ ...anEvent(), userId: 42 }), ['userId'], /is a number; send text/],
    ['a region that is a list', JSON.stringify(anEvent({ region: ['eu'] })), ['region'], /is a list; send text/],
    [
      'an outcome of no such word',
      JSON.stringify(anEvent({ outcome: 'success' })),
      ['outcome'],
      /SUCCESS, FAILURE, DENIED, UNKNOWN/,
    ],
    ['an actorKind that is a number', JSON.stringify(anEvent({ actorKind: 1 })), ['actorKind'], /HUMAN/],
    ['a sensitivity that is an object', JSON.stringify(anEvent({ sensitivity: {} })), ['sensitivity'], /RESTRICTED/],
    ['a field that is none', withMember('"severity":"HIGH"'), ['severity'], /put it into metadata/],
    ['a field named constructor', withMember('"constructor":"x"'), ['constructor'], /no field/],
    [
      'a field named toString beside underscores',
      withMember('"toString":{"a":1},"session_id":"s"'),
      ['toString'],
      /no field/,
    ],
    ['a key __proto__', withMember('"__proto__":{"userId":"usr-x"}'), ['__proto__'], /no field/],
    [
      'a key __proto__ beside underscores',
      withMember('"__proto__":{"userId":"usr-x"},"session_id":"s"'),
      ['__proto__'],
      /no field/,
    ],
    [
      'a key __proto__ in user',
      '{"timestamp":1,"eventType":"A","action":"B","user":{"id":"u","__proto__":{}}}',
      ['user', '__proto__'],
      /no field/,
    ],
    [
      'a key __proto__ in metadata',
      withMember('"metadata":{"a":[{"__proto__":1}]}'),
      ['metadata', 'a', '0', '__proto__'],
      /not allowed/,
    ],
    ['a lone surrogate', withMember('"region":"a\\ud800"'), ['region'], /surrogate/],
    ['a lone surrogate in metadata', withMember('"metadata":{"a":"\\udfff"}'), ['metadata', 'a'], /surrogate/],
    ['a lone surrogate as a key', withMember('"\\ud800":1'), ['\uFFFD'], /no field/],
    [
      'a lone surrogate as a key of metadata',
      withMember('"metadata":{"\\ud800":1}'),
      ['metadata', '\uFFFD'],
      /surrogate/,
    ],
    ['U+0000', withMember('"sessionId":"a\\u0000b"'), ['sessionId'], /U\+0000/],
    ['U+0000 in a key of metadata', withMember('"metadata":{"a\\u0000":1}'), ['metadata', 'a\uFFFD'], /U\+0000/],
    ['U+0000 as a key', withMember('"\\u0000":1'), ['\uFFFD'], /no field/],
    ['a key of 200,000 characters', withMember(`"${'k'.repeat(200_000)}":1`), ['k'.repeat(100)], /no field/],
    [
      'a key cut within a surrogate pair',
      withMember(`"metadata":{"${'k'.repeat(99)}\u{1F600}":"\\u0000"}`),
      ['metadata', `${'k'.repeat(99)}\uFFFD`],
      /U\+0000/,
    ],
    ['metadata that is text', withMember('"metadata":"{}"'), ['metadata'], /is a string; send an object/],
    ['metadata that is a list', withMember('"metadata":[]'), ['metadata'], /is a list; send an object/],
    [
      'metadata of 65 levels',
      withMember(`"metadata":{"a":${nested(64)}}`),
      ['metadata', 'a', ...Array.from({ length: 63 }, () => '0')],
      /64 levels/,
    ],
    [
      'metadata of 100,000 levels',
      withMember(`"metadata":{"a":${nested(100_000)}}`),
      ['metadata', 'a', ...Array.from({ length: 63 }, () => '0')],
      /64 levels/,
    ],
    ['a number that is no double', withMember('"metadata":{"n":[1,1e400]}'), ['metadata', 'n', '1'], /send it as text/],
    ['an integer of 2^53', withMember('"metadata":{"n":9007199254740992}'), ['metadata', 'n'], /2\^53 - 1/],
    ['an integer of -2^53', withMember('"metadata":{"n":-9007199254740992}'), ['metadata', 'n'], /2\^53 - 1/],
    [
      'a text of 1,025 characters',
      JSON.stringify(anEvent({ resourceId: 'r'.repeat(1_025) })),
      ['resourceId'],
      /1025 characters; the limit is 1024/,
    ],
    ['a field given in both forms', withMember('"session_id":"a","sessionId":"b"'), ['sessionId'], /second time/],
    ['a user that is text', withMember('"user":"usr-1"'), ['user'], /no field/],
    [
      'a user with more than it may have',
      '{"timestamp":1,"eventType":"A","action":"B","user":{"id":"u","email":"e"}}',
      ['user', 'email'],
      /metadata/,
    ],
    [
      'an action without a type',
      '{"timestamp":1,"eventType":"A","user":{"id":"u"},"action":{"resource":"r"}}',
      ['action'],
      /missing/,
    ],
    ['no time', withTime('null'), ['timestamp'], /missing/],
    ['an empty time', withTime('""'), ['timestamp'], /timestamp is (missing|no time)/],
    ...[
      '"redacted"',
      '"..."',
      '"now"',
      '{}',
      '[]',
      'true',
      '1.5',
      '1e400',
      '"1710945000000"',
      '"2024-03-20"',
      '"2024-03-20T14:30:00"',
      '"2024-03-20T14:30Z"',
      '"2024-03-20T14:30:60Z"',
      '"2024-02-30T00:00:00Z"',
      '"2023-02-29T00:00:00Z"',
      '"2024-13-01T00:00:00Z"',
      '"2024-00-10T00:00:00Z"',
      '"2024-03-20T24:00:00Z"',
      '"2024-03-20T14:30:00.Z"',
      '"2024-03-20T14:30:00.1234567891Z"',
      '"2024-03-20T14:30:00+24:00"',
      '"2024-03-20T14:30:00+0100"',
      '" 2024-03-20T14:30:00Z"',
      '"0099-01-01T00:00:00Z"',
      '"+002024-03-20T14:30:00Z"',
    ].map((time) => [`the time ${time}`, withTime(time), ['timestamp'], /no time; send RFC 3339/] as const),
    ...['-1', '"1969-12-31T23:59:59.999Z"', '"1970-01-01T00:59:59+01:00"'].map(
      (time) => [`the time ${time}`, withTime(time), ['timestamp'], /before 1970/] as const,
    ),
    ...[`"${isoAt(Date.now() + 25 * 3_600_000)}"`, '9007199254740991', '"9999-12-31T23:59:59Z"'].map(
      (time) => [`the time ${time.slice(0, 6)}… ahead`, withTime(time), ['timestamp'], /24 hours ahead/] as const,
    ),
  ];

  let outcome: Answer['data'];
  const good = Array.from({ length: BAD.length + 1 }, () => anEvent());
  beforeAll(async () => {
    const documents = good.flatMap((event, index) => [JSON.stringify(event), ...(BAD[index] ? [BAD[index][1]] : [])]);
    outcome = await sendTexts(documents);
  });

  test('the others are taken and can be read', async () => {
    expect(outcome).toMatchObject({ accepted: good.length, rejected: BAD.length });
    expect(outcome.eventIds.filter((_: unknown, index: number) => index % 2 === 0)).toEqual(
      good.map(({ eventId }) => eventId),
    );
    expect(outcome.eventIds.filter((_: unknown, index: number) => index % 2 === 1)).toEqual(BAD.map(() => null));
    const { data } = await app.query(
      'query ($ids: [String!]) { auditEvents(filter: {eventId: {in: $ids}}) { totalCount } }',
      {
        ids: good.map(({ eventId }) => eventId),
      },
    );
    expect(data.auditEvents.totalCount).toBe(good.length);
  });

  test.each(BAD.map(([what, , path, message], index) => [what, index, path, message] as const))(
    '%s is refused with its place and what to do',
    (_what, index, path, message) => {
      const rejection = outcome.rejections[index];
      expect(rejection).toMatchObject({ index: 2 * index + 1, code: 'INVALID_EVENT', path, retryable: false });
      expect(rejection.message).toMatch(message);
      expect(rejection.message.length).toBeLessThan(1_000);
      expect(rejection.message.isWellFormed()).toBe(true);
    },
  );

  test('each is kept as an ingest error, with its document where it was an object of up to 16 KiB', async () => {
    const { data } = await app.query(
      '{ ingestErrors(first: 500, filter: {stage: [ACCEPT]}) { totalCount nodes { code message document status ingestedBy stage } } }',
    );
    const { nodes, totalCount } = data.ingestErrors;
    expect(totalCount).toBe(BAD.length);
    const messages = (rows: readonly { message: string }[]) => rows.map(({ message }) => message).sort();
    expect(messages(nodes)).toEqual(messages(outcome.rejections));
    for (const node of nodes)
      expect(node).toMatchObject({ code: 'INVALID_EVENT', status: 'NEW', ingestedBy: 'bootstrap', stage: 'ACCEPT' });
    const kept = nodes
      .flatMap(({ document }: { document: unknown }) => (document === null ? [] : [JSON.stringify(document)]))
      .sort();
    const expected = BAD.map(([, text]) => text).filter(
      (text) => text.startsWith('{') && text.length < 16 * 1024 && !text.includes('1e400'),
    );
    expect(kept).toEqual(expected.map((text) => JSON.stringify(JSON.parse(text))).sort());
  });
});

test('an event over 256 KiB is refused by itself, counted in bytes; one of exactly that size is taken', async () => {
  const LIMIT = 256 * 1024;
  const sized = (bytes: number, fill = 'x') =>
    JSON.stringify(anEvent({ metadata: { text: fill.repeat(bytes / Buffer.byteLength(fill)) } }));
  const first = await sendTexts([sized(LIMIT), sized(LIMIT, 'é'), sized(1)]);
  expect(first.accepted).toBe(1);
  const [rejection, other] = first.rejections;
  expect(rejection).toMatchObject({ index: 0, code: 'EVENT_TOO_LARGE', path: [], retryable: false });
  expect(rejection.message).toMatch(/^The event has \d+ bytes; the limit is 262144: send less metadata\.$/);
  expect(other.message).toBe(rejection.message);
  const around = Number(/\d+/.exec(rejection.message)?.[0]) - LIMIT;
  const second = await sendTexts([sized(LIMIT - around), sized(LIMIT - around + 1)]);
  expect(second).toMatchObject({ accepted: 1, rejections: [{ index: 1 }] });
  const { data } = await app.query(
    '{ ingestErrors(filter: {code: {eq: "EVENT_TOO_LARGE"}}) { nodes { document eventId } } }',
  );
  const refused = [...first.rejections, ...second.rejections].map(({ eventId }: { eventId: string }) => eventId);
  expect(data.ingestErrors.nodes.map(({ eventId }: { eventId: string }) => eventId).sort()).toEqual(refused.sort());
  for (const { document } of data.ingestErrors.nodes) expect(document).toBeNull();
});

describe('what is accepted', () => {
  test('has a time in any form that is one, cut to the millisecond', async () => {
    const TIMES = [
      ['"2024-03-20T14:30:00Z"', '2024-03-20T14:30:00.000Z'],
      ['"2024-03-20t14:30:00z"', '2024-03-20T14:30:00.000Z'],
      ['"2024-03-20T14:30:00.1Z"', '2024-03-20T14:30:00.100Z'],
      ['"2024-03-20T14:30:00.999999999Z"', '2024-03-20T14:30:00.999Z'],
      ['"2024-03-20T23:30:00+09:00"', '2024-03-20T14:30:00.000Z'],
      ['"2024-03-19T23:00:00.5-15:30"', '2024-03-20T14:30:00.500Z'],
      ['"2024-03-20 14:30:00"', '2024-03-20T14:30:00.000Z'],
      ['"2024-03-20 14:30:00.123456"', '2024-03-20T14:30:00.123Z'],
      ['"2024-03-20 15:30:00+01:00"', '2024-03-20T14:30:00.000Z'],
      ['"2024-02-29T00:00:00Z"', '2024-02-29T00:00:00.000Z'],
      ['1710945000000', '2024-03-20T14:30:00.000Z'],
      ['1.710945e12', '2024-03-20T14:30:00.000Z'],
      ['0', '1970-01-01T00:00:00.000Z'],
      ['-0', '1970-01-01T00:00:00.000Z'],
      ['"1970-01-01T00:00:00Z"', '1970-01-01T00:00:00.000Z'],
    ] as const;
    const { accepted, eventIds } = await sendTexts(TIMES.map(([time]) => withTime(time)));
    expect(accepted).toBe(TIMES.length);
    const { data } = await app.query(
      'query ($ids: [String!]) { auditEvents(filter: {eventId: {in: $ids}}) { nodes { eventId timestamp } } }',
      { ids: eventIds },
    );
    const found = new Map(
      data.auditEvents.nodes.map((event: { eventId: string; timestamp: string }) => [event.eventId, event.timestamp]),
    );
    expect(TIMES.map(([time], index) => [time, found.get(eventIds[index])])).toEqual(TIMES);
  });

  test('has defaults for what it leaves out, and an id made by the gateway', async () => {
    const { eventIds } = await sendTexts([
      '{"timestamp":1710945000000,"eventType":"LOGIN","action":"LOGIN","userId":"usr-1","eventId":"","userRole":null}',
    ]);
    expect(eventIds[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await read(eventIds[0])).toEqual({
      timestamp: '2024-03-20T14:30:00.000Z',
      eventType: 'LOGIN',
      activityType: 'LOGIN',
      action: 'LOGIN',
      userId: 'usr-1',
      userRole: null,
      userDepartment: null,
      actorKind: 'HUMAN',
      resourceId: null,
      resourceType: null,
      outcome: 'UNKNOWN',
      sensitivity: 'UNKNOWN',
      environment: null,
      region: null,
      source: 'bootstrap',
      sourceIp: null,
      sessionId: null,
      metadata: null,
      ingestedBy: 'bootstrap',
    });
  });

  test('has the same fields in every form that it may come in', async () => {
    const all = {
      eventType: 'DATA_ACCESS',
      action: 'EXPORT',
      userId: 'usr-7',
      userRole: 'ANALYST',
      userDepartment: 'Finance',
      resourceId: 'r-1',
      resourceType: 'table',
      sensitivity: 'HIGH',
      sessionId: 's-1',
      sourceIp: '203.0.113.9',
      actorKind: 'SERVICE',
      timestamp: '2024-03-20T14:30:00.000Z',
    };
    const { sessionId, sourceIp, actorKind, timestamp } = all;
    const { accepted } = await sendTexts(
      [
        { eventId: 'flat', ...all },
        {
          event_id: 'snake',
          timestamp,
          event_type: 'DATA_ACCESS',
          action: 'EXPORT',
          user_id: 'usr-7',
          user_role: 'ANALYST',
          user_department: 'Finance',
          resource_id: 'r-1',
          resource_type: 'table',
          sensitivity: 'HIGH',
          session_id: sessionId,
          source_ip: sourceIp,
          actor_kind: actorKind,
        },
        {
          event_id: 'nested',
          timestamp,
          event_type: 'DATA_ACCESS',
          user: { id: 'usr-7', role: 'ANALYST', department: 'Finance' },
          action: { type: 'EXPORT', resource: 'r-1', resource_type: 'table', sensitivity: 'HIGH' },
          sessionId,
          sourceIp,
          actorKind,
        },
      ].map((document) => JSON.stringify(document)),
    );
    expect(accepted).toBe(3);
    const expected = { ...all, activityType: 'DATA_EXPORT' };
    for (const eventId of ['flat', 'snake', 'nested']) expect(await read(eventId)).toMatchObject(expected);
  });

  test('takes address and classification from metadata where the fields leave them out', async () => {
    await sendTexts(
      [
        anEvent({ eventId: 'filled', metadata: { ip_address: '203.0.113.1', data_classification: 'restricted' } }),
        anEvent({
          eventId: 'given',
          sourceIp: '203.0.113.2',
          sensitivity: 'LOW',
          metadata: { ip_address: '203.0.113.1', data_classification: 'restricted' },
        }),
      ].map((event) => JSON.stringify(event)),
    );
    expect(await read('filled')).toMatchObject({ sourceIp: '203.0.113.1', sensitivity: 'RESTRICTED' });
    expect(await read('given')).toMatchObject({ sourceIp: '203.0.113.2', sensitivity: 'LOW' });
  });

  test('has metadata read back equal, whatever JSON it is, and the next query works', async () => {
    const odd = {
      '': 'empty key',
      'a.b': 1,
      'a"b': 2,
      'a\\b': 3,
      '*': 4,
      $: 5,
      '\u{1F600}': '\u{10FFFF}\uFFFF',
      '\u0001\u001f\u007f\u2028': '\u0001"\\/\b\f\n\r\t',
      constructor: { prototype: null },
      toJSON: 'text',
      // biome-ignore lint/suspicious/noThenProperty: a document may hold any key.
      then: 1,
      length: 3,
      hasOwnProperty: false,
      numbers: [
        0,
        1.5,
        -1.5e-7,
        1e-320,
        1.7976931348623157e308 / 1e300,
        9007199254740991,
        -9007199254740991,
        0.1 + 0.2,
        1e21 / 1e6,
      ],
      list: [[], {}, [null, [true]], ''],
      long: 'x'.repeat(20_000),
      deep: JSON.parse(nested(62)),
    };
    const { accepted, rejections } = await sendTexts([
      JSON.stringify(anEvent({ eventId: 'odd', metadata: odd })),
      withMember('"metadata":{"n":-0}', { eventId: 'minus' }),
    ]);
    expect([accepted, rejections]).toEqual([2, []]);
    expect((await read('odd')).metadata).toEqual(odd);
    expect((await read('minus')).metadata).toEqual({ n: 0 });
    for (const [path, value] of [
      ['toJSON', 'text'],
      ['"a.b"', '1'],
      ['"a\\"b"', '2'],
      ['"a\\\\b"', '3'],
      ['"*"', '4'],
      ['numbers[5]', '9007199254740991'],
      ['list[2][1][0]', 'true'],
    ]) {
      const { data } = await app.query(
        'query ($path: String!, $value: String) { auditEvents(filter: {metadata: [{path: $path, value: {eq: $value}}]}) { nodes { eventId } } }',
        { path, value },
      );
      expect(data.auditEvents.nodes).toEqual([{ eventId: 'odd' }]);
    }
  });

  test('keeps texts of 1,024 characters and of every alphabet', async () => {
    const userId = '\u{1F600}'.repeat(512);
    await sendTexts([
      JSON.stringify(anEvent({ eventId: 'wide', userId, resourceId: "'; drop table users; --", region: '\u202Eabc' })),
    ]);
    expect(await read('wide')).toMatchObject({ userId, resourceId: "'; drop table users; --", region: '\u202Eabc' });
  });

  test('may report for any source but the gateway’s own', async () => {
    const { rejections, accepted } = await sendTexts(
      [anEvent({ source: 'trailgate' }), anEvent({ source: 'Trailgate' })].map((event) => JSON.stringify(event)),
    );
    expect(accepted).toBe(1);
    expect(rejections).toEqual([
      expect.objectContaining({ index: 0, code: 'FORBIDDEN_SOURCE', path: ['source'], retryable: false }),
    ]);
  });
});

describe('documents in the text of the query', () => {
  test('are taken as JSON is, enum words, variables and single documents included', async () => {
    const { data, errors } = await app.query(
      `mutation ($user: String) {
        list: ingestEvents(events: [{eventId: "literal-1", timestamp: 1710945000000, eventType: LOGIN, action: "LOGIN", userId: $user, outcome: DENIED, metadata: {n: -1.5, list: [true, null, """block"""]}}, null]) { accepted rejected rejections { index message } }
        single: ingestEvents(events: {eventId: "literal-2", timestamp: "2024-03-20 14:30:00", eventType: "A", action: "B", userId: "usr-1"}) { accepted receivedAt } }`,
      { user: 'usr-9' },
    );
    expect(errors).toBeUndefined();
    expect(data.list).toEqual({
      accepted: 1,
      rejected: 1,
      rejections: [{ index: 1, message: 'The event is a null; send an object.' }],
    });
    await app.queryable(data.single.receivedAt);
    expect(await read('literal-1')).toMatchObject({
      userId: 'usr-9',
      outcome: 'DENIED',
      metadata: { n: -1.5, list: [true, null, 'block'] },
    });
    expect(await read('literal-2')).toMatchObject({ timestamp: '2024-03-20T14:30:00.000Z' });
  });

  test('may name __proto__ and still are refused one by one', async () => {
    const { data } = await app.query(
      `mutation { ingestEvents(events: [
        {timestamp: 1, eventType: "A", action: "B", userId: "u", __proto__: {a: 1}},
        {timestamp: 1, eventType: "A", action: "B", userId: "u", metadata: {a: {__proto__: {b: 1}}}},
        {timestamp: 1, eventType: "A", action: "B", userId: "u"}]) { accepted rejections { path } } }`,
    );
    expect(data.ingestEvents).toEqual({
      accepted: 1,
      rejections: [{ path: ['__proto__'] }, { path: ['metadata', 'a', '__proto__'] }],
    });
    const typed = await app.query(
      `mutation { ingestEvent(event: {timestamp: "2024-03-20T14:30:00Z", eventType: "A", action: "B", userId: "u", metadata: {__proto__: {b: 1}}}) { accepted rejections { path } } }`,
    );
    expect(typed.data.ingestEvent).toEqual({ accepted: 0, rejections: [{ path: ['metadata', '__proto__'] }] });
    expect(({} as { b?: number }).b).toBeUndefined();
  });

  test('that are nested too deep to be parsed are a clear error', async () => {
    for (const levels of [5_000, 100_000]) {
      const { status, errors } = await app.query(`mutation { ingestEvents(events: [${nested(levels)}]) { accepted } }`);
      expect(status).toBe(400);
      expect(errors).toEqual([
        {
          message: 'The document is nested too deep to be read. Send deep values as variables.',
          extensions: { code: 'GRAPHQL_PARSE_FAILED', retryable: false, requestId: expect.any(String) },
        },
      ]);
    }
  });
});

describe('ingestEvent', () => {
  const ONE = `mutation ($event: AuditEventInput!) { ingestEvent(event: $event) { ${PAYLOAD} } }`;

  test('takes one typed event', async () => {
    const { data } = await app.query(ONE, {
      event: anEvent({
        eventId: 'typed',
        timestamp: '2024-03-20T15:30:00.5+01:00',
        outcome: 'DENIED',
        metadata: { a: [1] },
      }),
    });
    expect(data.ingestEvent).toMatchObject({ accepted: 1, rejected: 0, eventIds: ['typed'], rejections: [] });
    await app.queryable(data.ingestEvent.receivedAt);
    expect(await read('typed')).toMatchObject({
      timestamp: '2024-03-20T14:30:00.500Z',
      outcome: 'DENIED',
      metadata: { a: [1] },
    });
  });

  test('leaves to GraphQL what its types exclude, and explains the rest as ingestEvents does', async () => {
    for (const event of [
      { ...anEvent(), userId: 5 },
      anEvent({ outcome: 'no' }),
      anEvent({ severity: 1 }),
      { ...anEvent(), timestamp: 5 },
    ]) {
      const { errors, status } = await app.query(ONE, { event });
      expect(status).toBe(400);
      expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
    }
    const { data } = await app.query(ONE, { event: anEvent({ timestamp: '2100-01-01T00:00:00Z' }) });
    expect(data.ingestEvent).toMatchObject({
      accepted: 0,
      rejected: 1,
      rejections: [{ index: 0, path: ['timestamp'] }],
    });
  });
});

describe('limits of a request', () => {
  test('a thousand events are taken, a thousand and one are refused whole', async () => {
    const events = Array.from({ length: 1_001 }, (_, n) => anEvent({ eventId: `limit-${n}` }));
    const { data, errors } = await app.query(INGEST, { events });
    expect(data).toEqual({ ingestEvents: null });
    expect(errors?.[0]).toMatchObject({
      message: '1001 events in one request; the limit is 1000. Send them in several.',
      extensions: { code: 'BAD_USER_INPUT', inputPath: ['events'], retryable: false },
    });
    expect(await app.ingest(events.slice(1))).toMatchObject({ accepted: 1_000 });
    expect(await read('limit-0')).toBeNull();
    expect(await read('limit-1000')).not.toBeNull();
  });

  test('an empty request is taken', async () => {
    expect((await app.query(INGEST, { events: [] })).data.ingestEvents).toMatchObject({
      accepted: 0,
      rejected: 0,
      eventIds: [],
      rejections: [],
    });
  });

  test('above 5 MiB it is refused with 413 in the form of GraphQL', async () => {
    const body = JSON.stringify({
      query: INGEST,
      variables: { events: Array.from({ length: 30 }, () => anEvent({ metadata: { text: 'x'.repeat(180_000) } })) },
    });
    expect(body.length).toBeGreaterThan(5 * 1024 * 1024);
    const { status, errors } = await post(body);
    expect(status).toBe(413);
    expect(errors?.[0].message).toMatch(/larger than 5242880 bytes .*Send its events in several requests/);
    expect(errors?.[0].extensions).toEqual({ code: 'TOO_COSTLY', retryable: false, requestId: expect.any(String) });
    const { data } = await app.query('{ settings { maxEventsPerRequest maxEventBytes maxRequestBytes } }');
    expect(data.settings).toEqual({ maxEventsPerRequest: 1_000, maxEventBytes: 262_144, maxRequestBytes: 5_242_880 });
  });
});

describe('the same key again', () => {
  const counts = async (eventId: string) => {
    const { data } = await app.query(
      `query ($eventId: String!) { auditEvents(filter: {eventId: {eq: $eventId}}) { totalCount nodes { userId } }
        ingestErrors(filter: {eventId: {eq: $eventId}}) { totalCount nodes { stage code message document } } }`,
      { eventId },
    );
    return data;
  };

  test('with the same content changes nothing, however it is written and however often it comes', async () => {
    const event = anEvent({ eventId: 'again', metadata: { a: 1, b: { c: 2, d: 3 } } });
    const other = {
      metadata: { b: { d: 3, c: 2 }, a: 1 },
      user: { id: event.userId },
      event_id: 'again',
      timestamp: Date.parse(event.timestamp),
      event_type: event.eventType,
      action: { type: event.action },
    };
    expect(await app.ingest([event, event, other])).toMatchObject({
      accepted: 3,
      rejected: 0,
      eventIds: ['again', 'again', 'again'],
    });
    expect(await app.ingest([other])).toMatchObject({ accepted: 1 });
    const found = await counts('again');
    expect([found.auditEvents.totalCount, found.ingestErrors.totalCount]).toEqual([1, 0]);
  });

  test('with other content is a conflict: the first one stays, the other becomes an ingest error that can only be discarded', async () => {
    await app.ingest([anEvent({ eventId: 'clash', userId: 'usr-first' })]);
    const second = anEvent({ eventId: 'clash', userId: 'usr-second', metadata: { why: 'x' } });
    await app.ingest([second, second]);
    await app.ingest([second]);
    const { auditEvents, ingestErrors } = await counts('clash');
    expect(auditEvents).toEqual({ totalCount: 1, nodes: [{ userId: 'usr-first' }] });
    expect(ingestErrors).toMatchObject({
      totalCount: 1,
      nodes: [{ stage: 'REFRESH', code: 'CONFLICT', document: { userId: 'usr-second' } }],
    });
  });

  test('at another millisecond is another event', async () => {
    await app.ingest([
      anEvent({ eventId: 'twice' }),
      anEvent({ eventId: 'twice', timestamp: '2024-03-20T14:30:00.001Z' }),
    ]);
    expect((await counts('twice')).auditEvents.totalCount).toBe(2);
  });
});
