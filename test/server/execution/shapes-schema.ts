import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLError,
  type GraphQLFieldConfig,
  GraphQLFloat,
  GraphQLID,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
} from 'graphql';

export interface ShapesContext {
  readonly caller: string;
}

type Fields = Record<string, GraphQLFieldConfig<unknown, ShapesContext>>;

const required = <T extends GraphQLOutputType>(type: T) => new GraphQLNonNull(type as never);
const listOf = (type: GraphQLOutputType) => new GraphQLList(type);

const after = <T>(turns: number, value: T): Promise<T> =>
  turns < 1 ? Promise.resolve(value) : Promise.resolve().then(() => after(turns - 1, value));

const rejectAfter = (turns: number, error: unknown) => after(turns, undefined).then(() => Promise.reject(error));

const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: (value) => {
    if (value instanceof Date) return value.toISOString();
    throw new GraphQLError(`Not a time: ${String(value)}`, { extensions: { code: 'BAD_TIME' } });
  },
  parseValue: (value) => {
    const time = new Date(String(value));
    if (Number.isNaN(time.getTime()))
      throw new GraphQLError('That is not a time.', { extensions: { code: 'BAD_TIME' } });
    return time;
  },
});

const Json = new GraphQLScalarType({ name: 'JSON', serialize: (value) => value });

/** Answers whatever it is told to, to see what becomes of odd answers. */
const Odd = new GraphQLScalarType({
  name: 'Odd',
  serialize: (value) => {
    switch (value) {
      case 'undefined':
        return undefined;
      case 'null':
        return null;
      case 'nan':
        return Number.NaN;
      case 'throw string':
        throw 'a string';
      case 'throw nothing':
        throw undefined;
      default:
        return value;
    }
  },
});

const Severity = new GraphQLEnumType({ name: 'Severity', values: { LOW: { value: 1 }, HIGH: { value: 9 } } });
const Outcome = new GraphQLEnumType({ name: 'Outcome', values: { SUCCESS: {}, FAILURE: {} } });

const Filter: GraphQLInputObjectType = new GraphQLInputObjectType({
  name: 'Filter',
  fields: () => ({
    and: { type: new GraphQLList(new GraphQLNonNull(Filter)) },
    not: { type: Filter },
    action: { type: GraphQLString },
    severity: { type: Severity },
    limit: { type: GraphQLInt, defaultValue: 7 },
    since: { type: DateTime },
  }),
});

const Named = new GraphQLInterfaceType({ name: 'Named', fields: { name: { type: GraphQLString } } });

const User: GraphQLObjectType = new GraphQLObjectType<unknown, ShapesContext>({
  name: 'User',
  interfaces: [Named],
  fields: (): Fields => ({
    id: { type: required(GraphQLID) },
    name: { type: GraphQLString },
    age: { type: GraphQLInt },
    score: { type: GraphQLFloat },
    active: { type: GraphQLBoolean },
    severity: { type: Severity },
    outcome: { type: Outcome },
    seenAt: { type: DateTime },
    metadata: { type: Json },
    tags: { type: listOf(GraphQLString) },
    scores: { type: listOf(required(GraphQLInt)) },
    manager: { type: User },
    reports: { type: listOf(required(User)) },
    team: { type: Team },
    slowName: { type: GraphQLString, resolve: (user) => after(3, (user as { name: string }).name) },
    secret: {
      type: GraphQLString,
      resolve: (_user, _args, { caller }) => {
        if (caller === 'admin') return 'open';
        throw new GraphQLError('Only an administrator reads this.', { extensions: { code: 'FORBIDDEN' } });
      },
    },
    requiredSecret: {
      type: required(GraphQLString),
      resolve: (user) => {
        const { id } = user as { id: number };
        return id % 2 ? 'open' : rejectAfter(2, new GraphQLError('No.', { extensions: { code: 'FORBIDDEN', id } }));
      },
    },
    method: { type: GraphQLString, args: { times: { type: GraphQLInt, defaultValue: 2 } } },
    where: { type: Json, resolve: (_user, _args, _context, info) => whereIn(info) },
  }),
});

const Service = new GraphQLObjectType({
  name: 'Service',
  interfaces: [Named],
  isTypeOf: (value) => {
    const { kind } = value as { kind?: string };
    if (kind === 'broken') throw new Error('Its kind cannot be told.');
    return kind === 'async service' ? after(1, true) : kind === 'service';
  },
  fields: { name: { type: GraphQLString }, port: { type: required(GraphQLInt) } },
});

const Team: GraphQLObjectType = new GraphQLObjectType({
  name: 'Team',
  fields: () => ({ name: { type: required(GraphQLString) }, members: { type: required(listOf(required(User))) } }),
});

/** No `resolveType`: graphql-js asks `__typename` and each `isTypeOf`. */
const Anyone = new GraphQLUnionType({ name: 'Anyone', types: [User, Service] });

const Resolved = new GraphQLUnionType({
  name: 'Resolved',
  types: [User, Service],
  resolveType: (value) => {
    const { is } = value as { is: unknown };
    if (is === 'throw') throw new GraphQLError('Nobody knows.', { extensions: { code: 'LOST' } });
    if (is === 'reject') return rejectAfter(1, new Error('Nobody will know.')) as Promise<string>;
    return (is === 'later' ? after(2, 'User') : is) as string;
  },
});

function whereIn(info: GraphQLResolveInfo) {
  const path: unknown[] = [];
  for (let at: GraphQLResolveInfo['path'] | undefined = info.path; at; at = at.prev)
    path.unshift([at.key, at.typename]);
  return {
    keys: Object.keys(info),
    path,
    field: `${info.parentType.name}.${info.fieldName}: ${info.returnType}`,
    nodes: info.fieldNodes.map(({ alias, directives, loc }) => [
      alias?.value,
      directives?.length,
      loc?.start,
      loc?.end,
    ]),
    operation: info.operation.name?.value,
    fragments: Object.keys(info.fragments),
    variables: info.variableValues,
    ours: info.schema.getQueryType()?.name,
  };
}

class Person {
  id = 4;
  #name = 'Grace';
  get name() {
    return this.#name;
  }
  get age(): number {
    throw new Error('She does not say.');
  }
  seenAt() {
    return new Date(86_400_000);
  }
  method({ times }: { times: number }, { caller }: ShapesContext, info: GraphQLResolveInfo) {
    return `${this.#name} ${caller} ${info.fieldName}`.repeat(times);
  }
  tags() {
    return after(2, [after(1, 'late'), 'early', rejectAfter(2, new Error('Lost tag.'))]);
  }
  manager = () => rejectAfter(1, 'not an error');
  team = after(1, { name: after(1, null), members: [] });
}

/**
 * Not among the required users: graphql-js leaves the rejection of an earlier item unhandled, which ends the process, when
 * a later item of a required list throws.
 */
const nobody = { id: null, name: 'Nil' };

const ada = {
  id: 1,
  name: 'Ada',
  age: 36,
  score: 1.5,
  active: true,
  severity: 9,
  outcome: 'SUCCESS',
  tags: ['a', null],
};
const users: readonly unknown[] = [
  { ...ada, seenAt: new Date(0), metadata: { z: 1, a: [null] }, scores: [1, 2] },
  { id: 2, name: 'Bob', manager: ada, reports: [ada, { id: 3, name: 'Cy' }], team: { name: 'T', members: [ada] } },
  new Person(),
  { id: 5, name: 5, age: '41', score: '2.5', active: 0, severity: 1, outcome: 'FAILURE', tags: new Set(['x', 'y']) },
  { id: 6, name: { odd: true }, age: 1.5, score: 'high', active: 'yes', severity: 2, outcome: 'MAYBE', seenAt: 'noon' },
  {
    id: 7,
    name: new Error('A name that is an error.'),
    tags: 'abc',
    scores: [1, null],
    manager: 'nobody',
    reports: 12,
  },
  { id: 8, tags: [new Error('A tag that is an error.'), 'b'], team: { name: null, members: null }, reports: [null] },
  nobody,
];

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
const Failing: GraphQLObjectType = new GraphQLObjectType<unknown, ShapesContext>({
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

const filterArgs = { filter: { type: Filter } };

const Query = new GraphQLObjectType<unknown, ShapesContext>({
  name: 'Query',
  fields: {
    hello: { type: GraphQLString, resolve: (_source, _args, { caller }) => `Hello ${caller}` },
    rootless: { type: GraphQLString },
    user: { type: User, args: { at: { type: GraphQLInt } }, resolve: (_source, { at }) => users[at ?? 0] },
    users: { type: listOf(User), resolve: () => after(1, users) },
    requiredUsers: { type: required(listOf(required(User))), resolve: () => users.slice(0, 7) },
    failing: { type: Failing, resolve: () => ({}) },
    requiredFailing: { type: required(Failing), resolve: () => after(1, {}) },
    echo: {
      type: Json,
      args: {
        ...filterArgs,
        text: { type: GraphQLString, defaultValue: 'default' },
        must: { type: new GraphQLNonNull(GraphQLInt), defaultValue: 3 },
        severity: { type: Severity },
        severities: { type: new GraphQLList(new GraphQLNonNull(Severity)), defaultValue: [9] },
        since: { type: DateTime },
        ids: { type: new GraphQLList(GraphQLID) },
      },
      resolve: (_source, args) => ({ args, keys: Object.keys(args), since: args.since instanceof Date }),
    },
    must: {
      type: Json,
      args: { text: { type: new GraphQLNonNull(GraphQLString) } },
      resolve: (_source, args) => args,
    },
    odd: { type: Odd, args: { value: { type: GraphQLString } }, resolve: (_source, { value }) => value },
    requiredOdd: {
      type: required(Odd),
      args: { value: { type: GraphQLString } },
      resolve: (_source, { value }) => value,
    },
    odds: { type: listOf(Odd), resolve: () => ['a', 'throw string', 'nan', 'throw nothing', 'null', 'undefined'] },
    anyone: {
      type: listOf(Anyone),
      resolve: () => [
        { kind: 'service', name: 'api', port: 80 },
        { __typename: 'User', id: 1, name: after(1, 'Ada') },
        { kind: 'async service', name: 'late', port: null },
        { __typename: 'Nobody' },
        { __typename: 'Team' },
        { kind: 'broken' },
        {},
        7,
        null,
      ],
    },
    resolved: {
      type: listOf(Resolved),
      resolve: () => [
        { is: 'User', id: 1, name: 'Ada', reports: [{ id: 2, name: 'Bob' }] },
        { is: 'later', id: 3, name: () => 'Cy' },
        { is: 'Service', kind: 'service', name: 'api', port: 1 },
        { is: 'Service', kind: 'no' },
        { is: 'throw' },
        { is: 'reject' },
        { is: 'Filter' },
        { is: 'Team' },
        { is: 12 },
        { is: User },
        after(1, { is: 'User', id: 9, name: 'Late' }),
        rejectAfter(1, new Error('No such item.')),
      ],
    },
    named: {
      type: Named,
      args: { kind: { type: GraphQLString } },
      resolve: (_source, { kind }) => ({ kind, name: kind }),
    },
    service: { type: Service, resolve: () => ({ kind: 'no service' }) },
    requiredServices: {
      type: listOf(required(Service)),
      resolve: () => [
        { kind: 'service', name: 'a', port: 1 },
        { kind: 'async service', name: 'b', port: 2 },
        { kind: 'no' },
      ],
    },
  },
});

const Mutation = new GraphQLObjectType<unknown, ShapesContext>({
  name: 'Mutation',
  fields: {
    add: { type: GraphQLInt, args: { to: { type: GraphQLInt } }, resolve: (_source, { to }) => after(1, to + 1) },
  },
});

/** A schema with every kind of type, and resolvers that answer in every way that resolvers can. */
export const shapesSchema = new GraphQLSchema({ query: Query, mutation: Mutation, types: [Service, User] });
