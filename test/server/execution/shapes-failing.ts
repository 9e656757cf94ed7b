import { GraphQLError, GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLString } from 'graphql';
import { after, type Fields, listOf, rejectAfter, required, type ShapesContext } from './shapes-values.ts';

const thrown = {
  error: () => new Error('Broken.'),
  extended: () => Object.assign(new Error('Broken.'), { extensions: { code: 'BROKEN', deep: { a: 1 } } }),
  graphql: () => new GraphQLError('Refused.', { extensions: { code: 'FORBIDDEN' } }),
  located: () => new GraphQLError('From elsewhere.', { path: ['somewhere', 3], extensions: { code: 'ELSEWHERE' } }),
  string: () => 'text',
  object: () => ({ message: 'looks like an error', extensions: { code: 'NO' } }),
  empty: () => new Error(''),
  null: () => null,
  undefined: () => undefined,
  zero: () => 0,
  false: () => false,
};

const thrownArg = { what: { type: GraphQLString, defaultValue: 'error' } };
const thrownOf = (what: unknown) => thrown[what as keyof typeof thrown]();

/** Fields that fail in each way that a field can fail; `inner` leads back here, so failures stand at every depth. */
export const Failing: GraphQLObjectType = new GraphQLObjectType<unknown, ShapesContext>({
  name: 'Failing',
  fields: (): Fields => ({
    ok: { type: GraphQLString, resolve: () => 'ok' },
    plain: { type: GraphQLString },
    requiredPlain: { type: required(GraphQLString) },
    throws: {
      type: GraphQLString,
      args: thrownArg,
      resolve: (_source, { what }) => {
        throw thrownOf(what);
      },
    },
    requiredThrows: {
      type: required(GraphQLString),
      args: thrownArg,
      resolve: (_source, { what }) => {
        throw thrownOf(what);
      },
    },
    rejects: {
      type: GraphQLString,
      args: { ...thrownArg, turns: { type: GraphQLInt, defaultValue: 1 } },
      resolve: (_source, { what, turns }) => rejectAfter(turns, thrownOf(what)),
    },
    requiredRejects: {
      type: required(GraphQLString),
      args: { ...thrownArg, turns: { type: GraphQLInt, defaultValue: 1 } },
      resolve: (_source, { what, turns }) => rejectAfter(turns, thrownOf(what)),
    },
    returnsError: { type: GraphQLString, args: thrownArg, resolve: (_source, { what }) => thrownOf(what) },
    requiredNull: { type: required(GraphQLString), resolve: () => null },
    requiredUndefinedLater: { type: required(GraphQLString), resolve: () => after(2, undefined) },
    notAList: { type: listOf(GraphQLString), resolve: () => 'abc' },
    asyncIterable: {
      type: listOf(GraphQLString),
      resolve: async function* () {
        yield 'one';
      },
    },
    brokenIterable: {
      type: listOf(GraphQLString),
      resolve: () => ({
        *[Symbol.iterator]() {
          yield 'one';
          throw new Error('Half way.');
        },
      }),
    },
    items: {
      type: listOf(GraphQLString),
      resolve: () => [after(2, 'a'), 'b', rejectAfter(1, new Error('Item 2.')), new Error('Item 3.'), undefined, null],
    },
    requiredItems: {
      type: listOf(required(GraphQLString)),
      resolve: () => [after(2, 'a'), rejectAfter(3, new Error('Item 1.')), rejectAfter(1, new Error('Item 2.'))],
    },
    matrix: {
      type: listOf(required(listOf(required(GraphQLInt)))),
      args: { rows: { type: new GraphQLList(new GraphQLList(GraphQLInt)) } },
      resolve: (_source, { rows }) =>
        rows ?? [
          [1, 2],
          [3, null],
        ],
    },
    inner: { type: Failing, resolve: () => ({}) },
    requiredInner: { type: required(Failing), resolve: () => after(1, {}) },
    inners: { type: listOf(Failing), resolve: () => [{ plain: 'p' }, null, after(2, {}), { requiredPlain: 'r' }] },
    requiredInners: { type: listOf(required(Failing)), resolve: () => [{ plain: 'p' }, after(1, {})] },
  }),
});
