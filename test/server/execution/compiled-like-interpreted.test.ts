import { parse, validate } from 'graphql';
import { type Operation, runBothWays } from './both-ways.ts';
import { shapesSchema } from './shapes-schema.ts';

const asAnalyst = () => ({ caller: 'analyst' });

const everyUserField = `
  __typename id name age score active severity outcome seenAt metadata tags scores
  manager { id name seenAt tags } reports { id name } team { name members { id name } } slowName secret method where
`;

const everyFailure = `
  ok plain throws rejects returnsError notAList asyncIterable brokenIterable items requiredItems matrix
`;

type Case = readonly [promise: string, operation: Operation];

const query = (promise: string, source: string, variableValues?: Operation['variableValues']): Case => [
  promise,
  variableValues ? { source, variableValues } : { source },
];

const compiledCases: readonly Case[] = [
  query('scalars from every kind of source', `{ users { ${everyUserField} } }`),
  query('a list that must not hold null', `{ requiredUsers { id name } hello }`),
  ...Array.from({ length: 8 }, (_, at) => query(`source ${at} alone`, `{ user(at: ${at}) { ${everyUserField} } }`)),
  query('a field of the root without a resolver', '{ rootless hello }'),
  query(
    'aliases of one field with other arguments',
    '{ a: user(at: 0) { x: name y: name } b: user(at: 1) { name } user { id } }',
  ),
  query(
    'methods with arguments under several aliases',
    '{ user(at: 2) { method a: method(times: 1) b: method(times: null) } }',
  ),
  query(
    'one object property under two aliases',
    '{ user(at: 1) { a: manager { id } b: manager { name } team { name } } }',
  ),
  query('merged selections of one field', '{ user { id } user { name manager { id } } user { manager { name } id } }'),
  query('aliases that run into each other', '{ user(at: 1) { manager_id: name manager { id } id_manager: where } }'),
  query(
    'aliases named like parts of every object',
    '{ constructor: hello toString: hello hasOwnProperty: user { valueOf: id then: name } }',
  ),
  query('info in a list', '{ users { w: where } }'),
  query(
    'info below fragments and directives',
    `query Named($yes: Boolean!) { ...F @include(if: $yes) }
     fragment F on Query { u: user @skip(if: false) { ... on User { manager { where } where } where @include(if: $yes) } }`,
    { yes: true },
  ),
  query(
    '__typename everywhere',
    '{ __typename t: __typename user { __typename u: __typename } anyone { __typename } }',
  ),
  query('a union without resolveType', '{ anyone { ... on User { id name tags } ... on Service { port name } } }'),
  query(
    'a union with one',
    '{ resolved { __typename ... on User { id name reports { id name } slowName where } ... on Service { port } } }',
  ),
  query('an interface', '{ a: named(kind: "service") { __typename name } b: named(kind: "other") { name } }'),
  query('an interface in fragments', '{ anyone { ... on Named { name } ...S } } fragment S on Service { name port }'),
  query('an object that is not of its type', '{ service { name port } requiredServices { name } hello }'),
  query(
    'values that a scalar refuses',
    '{ odds a: odd(value: "undefined") b: odd(value: "null") c: odd(value: "nan") d: odd(value: "throw string") e: odd }',
  ),
  query('a refused value where none may be missing', '{ requiredOdd(value: "undefined") hello }'),
  ...[
    'error',
    'extended',
    'graphql',
    'located',
    'string',
    'object',
    'empty',
    'null',
    'undefined',
    'zero',
    'false',
  ].flatMap((what) => [
    query(
      `${what} thrown, rejected and returned`,
      `{ failing { throws(what: "${what}") rejects(what: "${what}") returnsError(what: "${what}") } }`,
    ),
    query(`${what} thrown where null is not allowed`, `{ failing { inner { requiredThrows(what: "${what}") } } }`),
    query(
      `${what} rejected where null is not allowed`,
      `{ hello failing { ok inner { requiredRejects(what: "${what}") } } }`,
    ),
  ]),
  query('every failure at once', `{ failing { ${everyFailure} } }`),
  query(
    'every failure at every depth',
    `{ failing { inner { ${everyFailure} } inners { ${everyFailure} requiredInner { ${everyFailure} } } } }`,
  ),
  query(
    'null in fields that allow none',
    '{ failing { a: inner { requiredNull } b: inner { requiredUndefinedLater } c: inner { requiredPlain } } }',
  ),
  query('null up to the whole answer', '{ hello requiredFailing { requiredInner { requiredNull } } }'),
  query('null up to an item', '{ failing { inners { requiredPlain plain } } }'),
  query('null up to a list', '{ failing { requiredInners { requiredPlain plain } ok } }'),
  query(
    'null in lists of lists',
    '{ failing { a: matrix b: matrix(rows: [[1], null, [2, 3]]) c: matrix(rows: [[]]) d: matrix(rows: [null]) } }',
  ),
  query(
    'the first of several causes in one turn',
    '{ failing { inner { ok requiredThrows requiredNull requiredPlain } } }',
  ),
  query(
    'the first of several causes in time',
    '{ failing { inner { a: requiredRejects(turns: 9, what: "string") b: requiredRejects(turns: 1) } } }',
  ),
  query(
    'a cause at once before one that comes later',
    '{ failing { inner { requiredRejects requiredPlain requiredNull } } }',
  ),
  query(
    'an error thrown before fields that fail sooner than those before it',
    '{ failing { rejects(turns: 9) requiredNull requiredRejects(turns: 1) } }',
  ),
  query(
    'an error that waits for the fields before it, and another that does not',
    '{ a: requiredFailing { rejects(turns: 20) requiredNull } b: requiredFailing { requiredRejects(turns: 3) } }',
  ),
  query(
    'an error that a rejection before it lets through',
    `{ a: requiredFailing { requiredRejects(turns: 2) rejects(turns: 30) requiredNull }
       b: requiredFailing { requiredRejects(turns: 8) } }`,
  ),
  query(
    'an error that its parent outlives and one that it does not',
    '{ failing { inner { throws requiredThrows(what: "graphql") } throws } }',
  ),
  query(
    'an error in a list that another error takes away',
    '{ failing { requiredInners { throws requiredPlain } throws(what: "string") } }',
  ),
  query('refused fields', '{ users { id secret } }'),
  query('refused fields where null is not allowed', '{ users { id requiredSecret } requiredUsers { requiredSecret } }'),
  query('defaults of arguments', '{ echo }'),
  query(
    'literals of every kind',
    '{ echo(filter: {and: [{action: "a", severity: HIGH}], not: {limit: null}}, text: null, severity: LOW, severities: HIGH, since: "2026-01-01", ids: [1, "b"]) }',
  ),
  query(
    'variables of every kind',
    `query Q($filter: Filter, $text: String, $severity: Severity = HIGH, $severities: [Severity!], $since: DateTime, $ids: [ID])
     { echo(filter: $filter, text: $text, severity: $severity, severities: $severities, since: $since, ids: $ids) }`,
    {
      filter: { not: { and: [{ action: 'x', severity: 'LOW' }, { not: {} }] }, since: '2026-02-03' },
      text: 'given',
      severities: 'LOW',
      since: '2026-01-01T00:00:00Z',
      ids: 4,
    },
  ),
  query(
    'absent variables',
    'query ($text: String, $f: Filter, $s: [Severity!], $m: Int = 5) { echo(text: $text, filter: $f, severities: $s, must: $m) }',
  ),
  query(
    'null variables',
    'query ($text: String, $f: Filter, $s: [Severity!]) { echo(text: $text, filter: $f, severities: $s) }',
    {
      text: null,
      f: null,
      s: null,
    },
  ),
  query('a null variable where the argument allows none', 'query ($m: Int = 5) { echo(must: $m) hello }', { m: null }),
  query('an absent variable where the argument has a default', 'query ($m: Int) { echo(must: $m) }'),
  query('variables that nobody declared', 'query ($t: String) { echo(text: $t) }', { t: 'x', more: 1 }),
  ...[true, false].flatMap((a) =>
    [true, false].map((b) =>
      query(
        `@skip and @include with ${a} and ${b}`,
        `query ($a: Boolean!, $b: Boolean = false) {
           hello @skip(if: $a)
           user(at: 1) @include(if: $b) { id }
           user(at: 1) { ...F @include(if: $a) manager @skip(if: $b) { id } ...F ... @include(if: $b) { reports { name } } }
           rootless hello
         }
         fragment F on User { name manager @include(if: $a) { name ...G } }
         fragment G on User { age @skip(if: $b) score @include(if: $a) }`,
        { a, b },
      ),
    ),
  ),
  query('everything skipped', '{ hello @skip(if: true) user { id @include(if: false) } }'),
];

const interpretedCases: readonly Case[] = [
  query('a mutation', 'mutation { a: add(to: 1) b: add(to: 2) }'),
  query(
    'introspection',
    '{ __schema { queryType { name } types { name kind } } __type(name: "Filter") { inputFields { name defaultValue } } }',
  ),
  query('a variable inside an object', 'query ($a: String) { echo(filter: {action: $a, limit: 1}) }'),
  query('a variable inside a list', 'query ($a: Severity!) { echo(severities: [$a]) }', { a: 'LOW' }),
  query(
    'a variable inside a default of a fragment',
    'query ($a: String) { ...F } fragment F on Query { echo(filter: {and: [{action: $a}]}) }',
    { a: 'x' },
  ),
  query('a null condition', 'query ($a: Boolean = true) { hello user { name @skip(if: $a) } }', { a: null }),
  query('a field answered as __proto__', '{ __proto__: hello }'),
  query(
    'wrong variables',
    'query ($m: Int, $s: Severity, $f: Filter, $d: DateTime) { echo(must: 1, severity: $s, filter: $f, since: $d) must(text: "a") x: echo(must: $m) }',
    {
      m: 'one',
      s: 'MIDDLE',
      d: 'never',
      f: { acton: 'x', limit: 1.5, and: [{ not: 3 }] },
    },
  ),
  query('more than fifty wrong values', 'query ($ids: [Severity!]) { echo(severities: $ids) }', {
    ids: Array(60).fill('NO'),
  }),
  query('an absent variable that is required', 'query ($t: String!) { must(text: $t) }'),
  query('a null variable that is required', 'query ($t: String!) { must(text: $t) }', { t: null }),
  ['an operation that the document does not have', { source: 'query A { hello }', operationName: 'B' }],
  ['two operations and no name', { source: 'query A { hello } query B { rootless }' }],
];

describe('a compiled operation answers as graphql-js does, byte for byte', () => {
  test.each(compiledCases)('%s', async (_promise, operation) => {
    expect(validate(shapesSchema, parse(operation.source)).map(String)).toEqual([]);
    const answers = await runBothWays(shapesSchema, operation, asAnalyst);
    expect(answers.compiled).toBe(answers.interpreted);
    expect(answers.wasCompiled).toBe(true);
    expectErrorsOf(answers.graphqlJs, answers.interpreted);
  });

  test('one of two named operations', async () => {
    const source = 'query A { hello } query B { user { id } }';
    const answers = await runBothWays(shapesSchema, { source, operationName: 'B' }, asAnalyst);
    expect(answers.compiled).toBe('{"data":{"user":{"id":"1"}}}');
    expect(answers.wasCompiled).toBe(true);
  });
});

describe('an operation that is never compiled answers as graphql-js does', () => {
  test.each(interpretedCases)('%s', async (_promise, operation) => {
    const answers = await runBothWays(shapesSchema, operation, asAnalyst);
    expect(answers.wasCompiled).toBe(false);
    expect(answers.compiled).toBe(answers.interpreted);
    expectErrorsOf(answers.graphqlJs, answers.interpreted);
  });
});

/** Same data; the errors in the order of the answer, and none of graphql-js's left out but those below another's null. */
function expectErrorsOf(graphqlJs: string, answer: string) {
  const [theirs, ours] = [JSON.parse(graphqlJs), JSON.parse(answer)];
  expect(JSON.stringify(ours.data)).toBe(JSON.stringify(theirs.data));
  expect(Object.keys(ours)).toEqual(Object.keys(theirs));
  const known = new Set(theirs.errors?.map((error: unknown) => JSON.stringify(error)));
  for (const error of ours.errors ?? []) expect(known).toContain(JSON.stringify(error));
  if ((theirs.errors?.length ?? 0) < 2 || theirs.data === undefined) expect(answer).toBe(graphqlJs);
}
