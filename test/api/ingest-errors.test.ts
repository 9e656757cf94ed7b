import { anEvent, isoAt, walkPages } from './events.ts';
import { type RunningApp, startTestApp } from './running-app.ts';

let app: RunningApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.remove());

const RESOLVE = `mutation ($errorIds: [String!]!, $resolution: IngestErrorResolution!, $reason: String!) {
  resolveIngestErrors(errorIds: $errorIds, resolution: $resolution, reason: $reason) {
    errors { errorId status resolvedAt resolvedBy } rejections { itemId code message } } }`;

const resolve = async (
  resolution: 'REPLAY' | 'DISCARD',
  errorIds: readonly string[],
  reason = 'The producer was repaired.',
) => {
  const { data, errors } = await app.query(RESOLVE, { errorIds, resolution, reason });
  expect(errors).toBeUndefined();
  return data.resolveIngestErrors;
};

const FIELDS = 'errorId occurredAt stage code message eventId source ingestedBy document status resolvedAt resolvedBy';
const list = async (filter: object = {}) => {
  const { data, errors } = await app.query(
    `query ($filter: IngestErrorFilter) { ingestErrors(filter: $filter, first: 500) { totalCount nodes { ${FIELDS} } } }`,
    { filter },
  );
  expect(errors).toBeUndefined();
  expect(data.ingestErrors.totalCount).toBe(data.ingestErrors.nodes.length);
  return data.ingestErrors.nodes;
};
const idsOf = async (filter: object = {}): Promise<string[]> =>
  (await list(filter)).map(({ errorId }: { errorId: string }) => errorId);

/** Refused now, and not in a few seconds: it lies this much more than a day ahead. */
const early = (eventId: string, secondsTooEarly: number) =>
  anEvent({ eventId, timestamp: isoAt(Date.now() + 24 * 3_600_000 + secondsTooEarly * 1_000) });

const countOf = async (eventId: string): Promise<number> =>
  (
    await app.query('query ($id: String!) { auditEvents(filter: {eventId: {eq: $id}}) { totalCount } }', {
      id: eventId,
    })
  ).data.auditEvents.totalCount;

test('a refused event that has become right is replayed once, in the name of the key that sent it', async () => {
  const event = early('early', 0.4);
  const { rejected } = await app.ingest([event, anEvent({ eventId: 'good' })]);
  expect(rejected).toBe(1);
  const [error] = await list();
  expect(error).toMatchObject({
    stage: 'ACCEPT',
    code: 'INVALID_EVENT',
    eventId: 'early',
    document: event,
    status: 'NEW',
    resolvedAt: null,
    resolvedBy: null,
  });
  const before = await app.metric('trailgate_events_accepted_total');
  let outcome = await resolve('REPLAY', [error.errorId]);
  while (outcome.rejections.length > 0) {
    // Still too early: refused again with its reason, and NEW as it was.
    expect(outcome.rejections).toEqual([
      {
        itemId: error.errorId,
        code: 'BAD_USER_INPUT',
        message: expect.stringMatching(/^It is refused again: timestamp lies more than 24 hours ahead/),
      },
    ]);
    expect((await list())[0]).toMatchObject({ status: 'NEW' });
    outcome = await resolve('REPLAY', [error.errorId]);
  }
  expect(outcome.errors).toEqual([
    { errorId: error.errorId, status: 'REPLAYED', resolvedAt: expect.any(String), resolvedBy: 'bootstrap' },
  ]);
  await app.ingest([anEvent()]);
  const { data } = await app.query('{ auditEvent(eventId: "early") { ingestedBy source timestamp } }');
  expect(data.auditEvent).toEqual({ ingestedBy: 'bootstrap', source: 'bootstrap', timestamp: event.timestamp });
  expect(await countOf('early')).toBe(1);
  expect(await app.metric('trailgate_events_accepted_total')).toBe(before + 2);
  expect(await list({ status: ['NEW'] })).toEqual([]);
  expect(await list({ status: ['REPLAYED'] })).toHaveLength(1);
  // What its producer sends again counts no second time.
  await app.ingest([event]);
  expect(await countOf('early')).toBe(1);
});

test('what fails again is a rejection with its reason and stays NEW, and leaves no second error', async () => {
  await app.ingest([anEvent({ userId: '' }), anEvent({ outcome: 'no' })]);
  const ids = await idsOf();
  for (let round = 0; round < 2; round += 1) {
    const { errors, rejections } = await resolve('REPLAY', ids);
    expect(errors).toEqual([]);
    expect(rejections.map(({ itemId }: { itemId: string }) => itemId)).toEqual(ids);
    for (const { code, message } of rejections) {
      expect(code).toBe('BAD_USER_INPUT');
      expect(message).toMatch(/^It is refused again: (userId is missing|outcome is none of)/);
    }
  }
  await app.ingest([anEvent()]);
  expect(await idsOf({ status: ['NEW'] })).toEqual(ids);
});

test('each is resolved once; what is not there, or was not kept, is said item by item', async () => {
  await app.ingest([
    anEvent({ userId: '' }),
    'no object',
    anEvent({ action: '', metadata: { text: 'x'.repeat(20_000) } }),
  ]);
  const errors = await list();
  const idBy = (pattern: RegExp): string =>
    errors.find(({ message }: { message: string }) => pattern.test(message)).errorId;
  const [noUser, noObject, tooLong] = [idBy(/userId/), idBy(/string/), idBy(/action/)];
  const first = await resolve('DISCARD', [noUser, noUser, 'unknown', '', '\ud800']);
  expect(first.errors).toEqual([
    { errorId: noUser, status: 'DISCARDED', resolvedAt: expect.any(String), resolvedBy: 'bootstrap' },
  ]);
  expect(first.rejections).toEqual(
    ['unknown', '', '\ud800'].map((itemId) => ({
      itemId,
      code: 'NOT_FOUND',
      message: 'There is no such ingest error.',
    })),
  );
  for (const resolution of ['DISCARD', 'REPLAY'] as const) {
    expect(await resolve(resolution, [noUser])).toEqual({
      errors: [],
      rejections: [{ itemId: noUser, code: 'CONFLICT', message: 'It is DISCARDED already.' }],
    });
  }
  const unkept = await resolve('REPLAY', [noObject, tooLong]);
  expect(unkept.errors).toEqual([]);
  for (const rejection of unkept.rejections)
    expect(rejection).toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringMatching(/only be discarded/) });
  expect((await resolve('DISCARD', [noObject, tooLong])).errors).toHaveLength(2);
  expect(await list({ status: ['NEW'] })).toEqual([]);
});

test('of two who resolve at the same time one does', async () => {
  await app.ingest(Array.from({ length: 20 }, () => anEvent({ userId: '' })));
  const ids = await idsOf();
  const outcomes = await Promise.all([resolve('DISCARD', ids), resolve('DISCARD', ids), resolve('DISCARD', ids)]);
  expect(outcomes.flatMap(({ errors }) => errors.map(({ errorId }: { errorId: string }) => errorId)).sort()).toEqual(
    [...ids].sort(),
  );
  for (const { rejections } of outcomes) for (const { code } of rejections) expect(code).toBe('CONFLICT');
});

test('an event without an id is one event, whoever replays it at the same time', async () => {
  const { eventId: _, ...event } = early('nameless', 0.4);
  await app.ingest([event]);
  const errorIds = await idsOf();
  let resolved: string[] = [];
  for (let attempt = 0; resolved.length === 0 && attempt < 200; attempt += 1) {
    const answers = await Promise.all([1, 2, 3].map(() => resolve('REPLAY', errorIds)));
    resolved = answers.flatMap(({ errors }) => errors.map(({ errorId }: { errorId: string }) => errorId));
    await new Promise((done) => setTimeout(done, 10));
  }
  expect(resolved).toEqual(errorIds);
  await app.ingest([anEvent()]);
  const { data } = await app.query(
    '{ auditEvents(orderBy: {field: RECEIVED_AT, direction: ASC}) { nodes { eventId } } }',
  );
  expect(data.auditEvents.nodes.map((node: { eventId: string }) => node.eventId).slice(0, -1)).toEqual(errorIds);
});

test('a conflict is an error of stage REFRESH that can only be discarded', async () => {
  const event = anEvent({ eventId: 'clash' });
  await app.ingest([event]);
  await app.ingest([{ ...event, userId: 'usr-other' }]);
  const [error] = await list({ stage: ['REFRESH'] });
  expect(error).toMatchObject({
    code: 'CONFLICT',
    eventId: 'clash',
    ingestedBy: 'bootstrap',
    document: { eventId: 'clash', userId: 'usr-other' },
  });
  expect((await resolve('REPLAY', [error.errorId])).rejections).toEqual([
    { itemId: error.errorId, code: 'CONFLICT', message: expect.stringMatching(/another eventId, or discard it/) },
  ]);
  expect((await resolve('DISCARD', [error.errorId])).errors).toHaveLength(1);
});

test('a reason is needed, within its limit, and so is a bounded list', async () => {
  const refusal = async (variables: object) =>
    (await app.query(RESOLVE, { errorIds: [], resolution: 'DISCARD', reason: 'why', ...variables })).errors?.[0]
      .extensions;
  expect(await refusal({ reason: '  ' })).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['reason'] });
  for (const reason of ['a\u0000b', 'a\ud800']) {
    expect(await refusal({ reason })).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['reason'] });
  }
  expect(await refusal({ reason: 'x'.repeat(1_025) })).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['reason'] });
  expect(await refusal({ errorIds: Array.from({ length: 1_001 }, (_, n) => `error-${n}`) })).toMatchObject({
    code: 'BAD_USER_INPUT',
    inputPath: ['errorIds'],
  });
  expect(await refusal({})).toBeUndefined();
});

test('they are listed newest first, by pages, and filtered by everything they have', async () => {
  for (let batch = 0; batch < 4; batch += 1) {
    await app.ingest([
      ...Array.from({ length: 12 }, (_, n) => anEvent({ eventId: `bad-${batch}-${n}`, userId: '', source: 'crm' })),
      { ...anEvent({ source: 'trailgate' }), eventId: undefined },
    ]);
  }
  const all = await list();
  expect(all).toHaveLength(52);
  const keys = all.map(
    ({ occurredAt, errorId }: { occurredAt: string; errorId: string }) => `${occurredAt} ${errorId}`,
  );
  expect(keys).toEqual([...keys].sort().reverse());
  const walked = await walkPages(app, {
    field: 'ingestErrors',
    size: 7,
    select: 'nodes { errorId } totalCount',
    idOf: ({ errorId }) => errorId,
  });
  expect(walked.ids).toEqual(all.map(({ errorId }: { errorId: string }) => errorId));
  expect(walked.pages.every(({ totalCount }) => totalCount === 52)).toBe(true);

  const middle = all[25].occurredAt;
  const CASES: readonly [object, (error: Record<string, string>) => boolean][] = [
    [{ stage: ['ACCEPT'] }, () => true],
    [{ stage: ['LOAD', 'RULE'] }, () => false],
    [{ stage: [] }, () => false],
    [{ status: ['NEW', 'DISCARDED'] }, () => true],
    [{ code: { eq: 'FORBIDDEN_SOURCE' } }, ({ code }) => code === 'FORBIDDEN_SOURCE'],
    [{ code: { ne: 'FORBIDDEN_SOURCE' } }, ({ code }) => code !== 'FORBIDDEN_SOURCE'],
    [{ eventId: { startsWith: 'bad-1-' } }, ({ eventId }) => eventId?.startsWith('bad-1-') === true],
    [{ eventId: { isNull: true } }, ({ eventId }) => eventId === null],
    [{ eventId: { notIn: ['bad-0-0'] } }, ({ eventId }) => eventId !== 'bad-0-0'],
    [{ ingestedBy: { eq: 'nobody' } }, () => false],
    [{ ingestedBy: { eq: 'BOOTSTRAP', ignoreCase: true } }, () => true],
    [{ occurredAt: { from: middle } }, ({ occurredAt }) => (occurredAt as string) >= middle],
    [
      { occurredAt: { to: middle }, code: { eq: 'INVALID_EVENT' } },
      ({ occurredAt, code }) => (occurredAt as string) < middle && code === 'INVALID_EVENT',
    ],
    [{ stage: null, code: null }, () => true],
  ];
  for (const [filter, holds] of CASES) expect(await list(filter)).toEqual(all.filter(holds));

  for (const [filter, inputPath] of [
    [{ code: {} }, ['filter', 'code']],
    [{ occurredAt: {} }, ['filter', 'occurredAt']],
    [{ occurredAt: { from: isoAt(1), to: isoAt(0) } }, ['filter', 'occurredAt']],
  ]) {
    const { errors } = await app.query(
      'query ($filter: IngestErrorFilter) { ingestErrors(filter: $filter) { totalCount } }',
      { filter },
    );
    expect(errors?.[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath });
  }
  const { data } = await app.query('{ ingestErrors(first: 1) { pageInfo { endCursor } } }');
  const { errors } = await app.query(
    'query ($at: String) { ingestErrors(filter: {stage: [ACCEPT]}, after: $at) { totalCount } }',
    { at: data.ingestErrors.pageInfo.endCursor },
  );
  expect(errors?.[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['after'] });
});
