import { ApolloServer, type GraphQLRequest } from '@apollo/server';
import { buildSchema, parse } from 'graphql';
import {
  type CompileEvent,
  createExecutor,
  createGateway,
  type ExecutorOptions,
} from '../../../src/server/execution/index.ts';
import { shapesSchema } from './shapes-schema.ts';

const contextValue = { caller: 'analyst' };

const aRequest = (source: string, variableValues?: Record<string, unknown>) => ({
  document: parse(source),
  source,
  variableValues,
  contextValue,
});

const aliases = (count: number) => Array.from({ length: count }, (_, index) => `f${index}: hello`).join(' ');

/** Keeps compilations until the test runs them. */
function withQueue(options: Partial<ExecutorOptions> = {}) {
  const queue: (() => void)[] = [];
  const events: CompileEvent[] = [];
  const executor = createExecutor({
    schema: shapesSchema,
    schedule: (compile) => queue.push(compile),
    onCompile: (event) => events.push(event),
    ...options,
  });
  const compileAll = () => {
    for (let compile = queue.shift(); compile; compile = queue.shift()) compile();
  };
  return { executor, queue, events, compileAll };
}

describe('an executor', () => {
  test('asks for a compilation at the third use, and once', async () => {
    const { executor, queue } = withQueue();
    for (const waiting of [0, 0, 1, 1, 1]) {
      await executor.execute(aRequest('{ hello }'));
      expect(queue).toHaveLength(waiting);
    }
    expect(executor.stats()).toMatchObject({ interpretedRuns: 5, compiledRuns: 0, waiting: 1 });
  });

  test('runs compiled code from then on, and tells of it', async () => {
    const { executor, events, compileAll } = withQueue({ compileAtUse: 1 });
    const named = { ...aRequest('query Greeting { hello }'), operationName: 'Greeting', documentHash: 'hash' };
    await executor.execute(named);
    compileAll();
    expect(events).toEqual([{ outcome: 'compiled', documentHash: 'hash', operationName: 'Greeting' }]);
    expect(await executor.execute(named)).toEqual({ data: { hello: 'Hello analyst' } });
    expect(executor.stats()).toMatchObject({ interpretedRuns: 1, compiledRuns: 1, compiled: 1, waiting: 0 });
  });

  test('compiles outside the request that asks for it', async () => {
    const executor = createExecutor({ schema: shapesSchema, compileAtUse: 1 });
    await executor.execute(aRequest('{ hello }'));
    expect(executor.stats()).toMatchObject({ compiled: 0, waiting: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(executor.stats()).toMatchObject({ compiled: 1, waiting: 0 });
  });

  test('keeps operations of one document and variants of one operation apart', async () => {
    const { executor, compileAll } = withQueue({ compileAtUse: 1 });
    const source = 'query A($yes: Boolean!) { hello @include(if: $yes) } query B { rootless }';
    const requests = [
      { ...aRequest(source, { yes: true }), operationName: 'A' },
      { ...aRequest(source, { yes: false }), operationName: 'A' },
      { ...aRequest(source), operationName: 'B' },
    ];
    for (const request of requests) await executor.execute(request);
    compileAll();
    const answers = [];
    for (const request of requests) answers.push(await executor.execute(request));
    expect(answers).toEqual([{ data: { hello: 'Hello analyst' } }, { data: {} }, { data: { rootless: null } }]);
    expect(executor.stats()).toMatchObject({ compiled: 3, compiledRuns: 3 });
  });

  test('interprets a request whose condition is null, and compiles the others', async () => {
    const { executor, events, compileAll } = withQueue({ compileAtUse: 1 });
    const source = 'query ($yes: Boolean = true) { rootless hello @include(if: $yes) }';
    const refused = await executor.execute(aRequest(source, { yes: null }));
    expect(refused.errors?.[0]?.message).toBe('Argument "if" of non-null type "Boolean!" must not be null.');
    await executor.execute(aRequest(source));
    compileAll();
    expect(events).toMatchObject([{ outcome: 'compiled' }]);
    expect(await executor.execute(aRequest(source))).toEqual({ data: { rootless: null, hello: 'Hello analyst' } });
    expect(await executor.execute(aRequest(source, { yes: null }))).toEqual(refused);
    expect(executor.stats()).toMatchObject({ compiledRuns: 1, interpretedRuns: 3 });
  });

  test('answers a recursive filter that is sent as a variable, compiled', async () => {
    const { executor, compileAll } = withQueue({ compileAtUse: 1 });
    const request = aRequest('query ($filter: Filter!) { echo(filter: $filter) }', {
      filter: { and: [{ not: { and: [{ action: 'login' }, { severity: 'HIGH' }] } }] },
    });
    const interpreted = await executor.execute(request);
    compileAll();
    const compiled = await executor.execute(request);
    expect(executor.stats().compiledRuns).toBe(1);
    expect(JSON.stringify(compiled)).toBe(JSON.stringify(interpreted));
    expect(compiled.data?.echo).toMatchObject({
      args: { filter: { and: [{ not: { and: [{ action: 'login', limit: 7 }, { severity: 9 }] } }] } },
    });
  });

  test('lets every execution of compiled code have its own context and variables', async () => {
    const { executor, compileAll } = withQueue({ compileAtUse: 1 });
    const source = 'query ($at: Int) { hello user(at: $at) { slowName } }';
    const as = (caller: string, at: number) =>
      executor.execute({ ...aRequest(source, { at }), contextValue: { caller } });
    await as('nobody', 0);
    compileAll();
    const answers = await Promise.all([as('one', 0), as('two', 1)]);
    expect(executor.stats().compiledRuns).toBe(2);
    expect(answers).toEqual([
      { data: { hello: 'Hello one', user: { slowName: 'usr-0001' } } },
      { data: { hello: 'Hello two', user: { slowName: 'usr-0002' } } },
    ]);
  });

  test('keeps the error that a resolver threw, for those who record errors', async () => {
    const { executor, compileAll } = withQueue({ compileAtUse: 1 });
    const request = aRequest('{ failing { throws(what: "extended") inner { requiredPlain } } }');
    const interpreted = await executor.execute(request);
    compileAll();
    const compiled = await executor.execute(request);
    expect(executor.stats().compiledRuns).toBe(1);
    compiled.errors?.forEach((error, index) => {
      const other = interpreted.errors?.[index];
      expect(error.constructor).toBe(other?.constructor);
      expect(error.originalError).toEqual(other?.originalError);
      expect(error.extensions).toEqual(other?.extensions);
      expect(error.toString()).toBe(other?.toString());
      expect(error.stack?.split('\n')[0]).toBe(other?.stack?.split('\n')[0]);
    });
    expect(compiled.errors).toHaveLength(2);
  });

  test.each([
    ['too many fields', `{ ${aliases(1_100)} }`, 'The operation selects more than 500 fields.'],
    [
      'too deep',
      `{ failing { ${'inner { '.repeat(60)} ok ${'}'.repeat(60)} } }`,
      'The operation is deeper than 50 fields.',
    ],
  ])('interprets for good what is %s to compile, and tells why', async (_reason, source, message) => {
    const { executor, events, queue, compileAll } = withQueue({ compileAtUse: 1 });
    const first = await executor.execute(aRequest(source));
    compileAll();
    expect(events).toMatchObject([{ outcome: 'failed', error: { message } }]);
    expect(await executor.execute(aRequest(source))).toEqual(first);
    expect(first.errors).toBeUndefined();
    expect(queue).toHaveLength(0);
    expect(executor.stats()).toMatchObject({ compiled: 0, compiledRuns: 0 });
  });

  test('never compiles a mutation', async () => {
    let changes = 0;
    const schema = buildSchema('type Query { changes: Int } type Mutation { change: Int }');
    const { executor, queue } = withQueue({ schema, compileAtUse: 1 });
    const rootValue = { change: () => ++changes };
    for (let use = 1; use <= 4; use += 1) {
      expect(await executor.execute({ ...aRequest('mutation { change }'), rootValue })).toEqual({
        data: { change: use },
      });
    }
    expect(queue).toHaveLength(0);
  });

  test('stays within its bounds through 10,000 distinct texts', async () => {
    const executor = createExecutor({
      schema: shapesSchema,
      maxCompiled: 20,
      compileAtUse: 2,
      schedule: (compile) => compile(),
    });
    for (let n = 0; n < 10_000; n += 1) {
      const request = aRequest(`{ n${n}: hello }`);
      await executor.execute(request);
      if (n % 20 > 0) continue;
      await executor.execute(request);
      await executor.execute(request);
    }
    expect(executor.stats()).toMatchObject({ compiledRuns: 500, compiled: 20, observed: 80, waiting: 0 });
  });

  test('bounds the compilations that wait, and runs one at a time', async () => {
    const { executor, queue } = withQueue({ compileAtUse: 1 });
    for (let n = 0; n < 200; n += 1) await executor.execute(aRequest(`{ n${n}: hello }`));
    expect(executor.stats()).toMatchObject({ waiting: 64, compiled: 0 });
    for (let compiled = 1; compiled <= 64; compiled += 1) {
      expect(queue).toHaveLength(1);
      queue.shift()?.();
      expect(executor.stats()).toMatchObject({ waiting: 64 - compiled, compiled });
    }
    expect(queue).toHaveLength(0);
  });

  test('keeps hot operations compiled while others pass by', async () => {
    const { executor, compileAll } = withQueue({ maxCompiled: 2, compileAtUse: 1 });
    const hot = aRequest('{ hot: hello }');
    await executor.execute(hot);
    compileAll();
    for (let n = 0; n < 5; n += 1) {
      await executor.execute(aRequest(`{ n${n}: hello }`));
      compileAll();
      await executor.execute(hot);
    }
    expect(executor.stats()).toMatchObject({ compiledRuns: 5, compiled: 2 });
  });
});

describe('a gateway', () => {
  test('gives Apollo Server the answers that it gives without one', async () => {
    const executor = createExecutor({ schema: shapesSchema, compileAtUse: 1, schedule: (compile) => compile() });
    const compiled = new ApolloServer({ gateway: createGateway(executor, shapesSchema) });
    const plain = new ApolloServer({ schema: shapesSchema });
    const requests: readonly GraphQLRequest[] = [
      { query: '{ hello user(at: 1) { name manager { id } } }' },
      { query: 'query ($at: Int) { user(at: $at) { name secret } }', variables: { at: 0 } },
      { query: 'query ($at: Int) { user(at: $at) { name } }', variables: { at: 'first' } },
      { query: 'query A { hello } query B { rootless }', operationName: 'B' },
      { query: 'query A { hello }', operationName: 'C' },
      { query: '{ nothing }' },
      { query: '{ requiredFailing { requiredNull } }' },
      { query: 'mutation { add(to: 1) }' },
    ];
    for (const request of requests) {
      const run = async (server: ApolloServer) => {
        const { body, http } = await server.executeOperation(request, { contextValue });
        return JSON.stringify({ body, status: http.status }).replaceAll(/"stacktrace":\[.*?\]/g, '');
      };
      await run(compiled);
      expect(await run(compiled)).toBe(await run(plain));
    }
    expect(executor.stats().compiledRuns).toBe(4);
    await Promise.all([compiled.stop(), plain.stop()]);
  });
});
