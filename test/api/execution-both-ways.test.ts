import { type GraphQLError, parse, validate } from 'graphql';
import { type Caller, EVERY_ROW, ROLES } from '../../src/domain/caller.ts';
import { createSchema } from '../../src/resolvers/build-schema.ts';
import { createExecutor } from '../../src/server/execution/index.ts';
import { createFormatError } from '../../src/server/to-graphql-error.ts';
import { runBothWays } from '../server/execution/both-ways.ts';
import { anEvent, isoAt } from './events.ts';
import { INVALID, operations, PLACES, type Places, placesOf, type SentOperation } from './operations.ts';
import { openReadFeatures, type ReadFeatures } from './read-features.ts';
import { type RunningApp, startTestApp, TEST_KEY } from './running-app.ts';

const FIRST = Date.parse('2024-03-18T08:00:00Z');
const EVENTS = [
  anEvent({
    eventId: 'evt-a',
    timestamp: '2024-03-20T14:30:00.000Z',
    userId: 'usr-0',
    metadata: { a: { b: 1 }, toJSON: 'text', list: [null, { c: true }] },
  }),
  ...Array.from({ length: 90 }, (_, n) =>
    anEvent({
      timestamp: isoAt(FIRST + Math.floor(n / 3) * 25 * 60_000),
      userId: `usr-${n % 7}`,
      userRole: n % 2 === 0 ? 'ANALYST' : undefined,
      userDepartment: n % 3 === 0 ? 'Finance' : 'IT',
      outcome: ['SUCCESS', 'FAILURE', 'DENIED'][n % 3],
      resourceId: n % 5 === 0 ? undefined : `r-${n % 4}`,
      metadata: n % 4 === 0 ? undefined : { a: { b: n % 3 }, n },
    }),
  ),
];
const REFUSED = [
  anEvent({ userId: '', metadata: { deep: [1, { x: null }] } }),
  anEvent({ outcome: 'no' }),
  'no object',
  { ...EVENTS[0], userId: 'usr-other' },
];

const schema = createSchema();
const everything: Caller = { subject: 'bootstrap', roles: ROLES, scope: EVERY_ROW, masks: new Set() };
const CALLERS: Readonly<Record<string, Caller>> = {
  'who may do everything': everything,
  'of one department': { ...everything, scope: { departments: ['Finance'], environments: null, regions: null } },
  'who sees no row': { ...everything, scope: { departments: [], environments: null, regions: null } },
  'who may only ingest': { ...everything, subject: 'svc-backup', roles: ['INGESTOR'] },
  'who may only look': { ...everything, subject: 'viewer', roles: ['VIEWER'], masks: new Set(['sourceIp']) },
};

let app: RunningApp;
let places: Places;
beforeAll(async () => {
  app = await startTestApp();
  await app.ingest(EVENTS);
  await app.ingest(REFUSED);
  places = placesOf((await app.query(PLACES)).data);
});
afterAll(() => app.remove());

/** What differs from one request to the next: seals with their nonces, request ids, and the moment. */
const settled = (text: string): string =>
  text
    .replace(/"(cursor|startCursor|endCursor|position)":"[\w-]+"/g, '"$1":"sealed"')
    .replace(/"requestId":"[\w-]+"/g, '"requestId":"id"')
    .replace(/"dataAsOf":"[^"]+"/g, '"dataAsOf":"moment"');

const sendRaw = async ({ query, variables, operationName }: SentOperation) => {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
    body: JSON.stringify({ query, variables, operationName }),
  });
  return `${response.status} ${response.headers.get('content-type')} ${settled(await response.text())}`;
};

test('over HTTP interpreted and compiled answers are the same bytes, whatever was asked and whatever went wrong', async () => {
  const asked = [...operations(places), ...INVALID];
  const first = [];
  // A text of its own each, so that it is used once and interpreted.
  for (const [index, operation] of asked.entries()) {
    const query = INVALID.includes(operation) ? operation.query : `${operation.query} # ${index}`;
    first.push(await sendRaw({ ...operation, query }));
  }
  // Compiled after the third use, between two requests.
  for (let round = 1; round <= 5; round += 1) {
    for (const [index, operation] of asked.entries()) expect(await sendRaw(operation)).toBe(first[index]);
  }
  expect(first.filter((answer) => answer.includes('"errors":')).length).toBeGreaterThan(30);
  expect(first.filter((answer) => !answer.includes('"errors":')).length).toBeGreaterThan(40);
  expect(first.filter((answer) => answer.startsWith('500') || answer.includes('INTERNAL_SERVER_ERROR'))).toEqual([]);
});

describe('in process, with nothing random and no clock,', () => {
  let features: ReadFeatures;
  let fixed: Places;
  beforeAll(async () => {
    await app.stop();
    features = await openReadFeatures(app.dataDirectory);
    const document = parse(PLACES);
    const { data } = await createExecutor({ schema }).interpret({
      document,
      contextValue: features.contextFor(everything),
    });
    fixed = placesOf(JSON.parse(JSON.stringify(data)));
  });
  afterAll(() => features.close());

  /** As the answer to a caller has it: error codes and advice, nothing internal. */
  const formatError = createFormatError({ onHidden: () => undefined });
  const formatted = (errors: readonly GraphQLError[] | undefined) =>
    errors?.map((error) => formatError(error.toJSON(), error));

  const unordered = (text: string) => {
    const { data, errors = [] } = JSON.parse(text);
    return { data, errors: errors.map((error: object) => JSON.stringify(error)).sort() };
  };

  async function compare(caller: Caller): Promise<{ compiled: number; failing: number; never: string[] }> {
    const seen = { compiled: 0, failing: 0, never: [] as string[] };
    for (const { query, variables, operationName } of operations(fixed)) {
      const operation = {
        source: query,
        ...(variables && { variableValues: variables }),
        ...(operationName && { operationName }),
      };
      expect(validate(schema, parse(query))).toEqual([]);
      const answers = await runBothWays(schema, operation, () => features.contextFor(caller));
      expect(answers.compiled).toBe(answers.interpreted);
      // graphql-js itself reports errors in the order in which promises happen to fail, and some below what is null.
      const [ours, theirs] = [unordered(answers.interpreted), unordered(answers.graphqlJs)];
      expect(ours.data).toEqual(theirs.data);
      expect(theirs.errors).toEqual(expect.arrayContaining(ours.errors));
      expect(ours.errors.length > 0).toBe(theirs.errors.length > 0);
      if (answers.wasCompiled) seen.compiled += 1;
      else seen.never.push(query);
      if (answers.graphqlJs.includes('"errors":')) seen.failing += 1;
    }
    return seen;
  }

  test.each(Object.keys(CALLERS))('a caller %s gets from compiled code what graphql-js answers', async (name) => {
    const { compiled, failing, never } = await compare(CALLERS[name] as Caller);
    expect(compiled).toBeGreaterThanOrEqual(50);
    expect(failing).toBeGreaterThan(20);
    // Refused before execution, or of a kind that is never compiled.
    for (const query of never) expect(query).toMatch(/\$|__schema/);
  });

  test('errors reach the caller with the same code, advice and path', async () => {
    const executor = createExecutor({ schema, compileAtUse: 1, schedule: (compile) => compile() });
    for (const { query, variables, operationName } of operations(fixed)) {
      const request = () => ({
        document: parse(query),
        variableValues: variables,
        operationName,
        contextValue: features.contextFor(everything),
      });
      const interpreted = await executor.interpret(request());
      await executor.execute(request());
      const compiled = await executor.execute(request());
      expect(JSON.stringify(formatted(compiled.errors))).toBe(JSON.stringify(formatted(interpreted.errors)));
    }
  });

  test('a recursive filter sent as a variable is answered, compiled, however often it contains itself', async () => {
    const source = 'query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { totalCount } }';
    let deep: object = { userId: { eq: 'usr-1' } };
    for (let level = 0; level < 30; level += 1) deep = level % 2 === 0 ? { not: deep } : { and: [deep, {}] };
    for (const filter of [
      deep,
      { not: { or: [] } },
      { or: Array.from({ length: 100 }, () => ({ and: [{ not: {} }] })) },
    ]) {
      const variableValues = { filter };
      const answers = await runBothWays(schema, { source, variableValues }, () => features.contextFor(everything));
      expect(answers.wasCompiled).toBe(true);
      expect(answers.compiled).toBe(answers.interpreted);
      expect(JSON.parse(answers.compiled).errors).toBeUndefined();
    }
  });

  test('ten thousand distinct texts leave its caches within their bounds', async () => {
    const executor = createExecutor({ schema });
    const contextValue = features.contextFor(everything);
    for (let n = 0; n < 10_000; n += 1) {
      const source = `{ v${n}: viewer { subject } }`;
      const result = await executor.execute({ document: parse(source), contextValue, source });
      if (n % 1_000 === 0)
        expect(JSON.parse(JSON.stringify(result))).toEqual({ data: { [`v${n}`]: { subject: 'bootstrap' } } });
    }
    expect(executor.stats()).toMatchObject({ compiled: 0, interpretedRuns: 10_000, waiting: 0 });
    expect(executor.stats().observed).toBeLessThanOrEqual(2_000);
  });

  test('resolvers that throw, and nulls where there may be none, fail alike both ways', async () => {
    for (const sql of [
      'drop table user_resource_daily',
      'alter table audit_events_errors alter column message drop not null',
      'alter table users alter column user_id drop not null',
      `update audit_events_errors set message = null where code = 'CONFLICT'`,
      `update audit_events_errors set document = 'no { json' where document is not null and code <> 'CONFLICT'`,
      'drop view if exists user_activity_mart',
    ]) {
      await features.change(sql);
    }
    const { compiled, failing } = await compare(everything);
    expect(compiled).toBeGreaterThanOrEqual(50);
    expect(failing).toBeGreaterThan(30);
  });
});
