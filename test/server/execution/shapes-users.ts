import {
  GraphQLBoolean,
  GraphQLError,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLString,
  GraphQLUnionType,
} from 'graphql';
import {
  after,
  DateTime,
  type Fields,
  Json,
  listOf,
  Outcome,
  rejectAfter,
  required,
  Severity,
  type ShapesContext,
} from './shapes-values.ts';

export const Named = new GraphQLInterfaceType({ name: 'Named', fields: { name: { type: GraphQLString } } });

export const User: GraphQLObjectType = new GraphQLObjectType<unknown, ShapesContext>({
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

export const Service = new GraphQLObjectType({
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
export const Anyone = new GraphQLUnionType({ name: 'Anyone', types: [User, Service] });

export const Resolved = new GraphQLUnionType({
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
  #name = 'usr-0004';
  get name() {
    return this.#name;
  }
  get age(): number {
    throw new Error('It does not say.');
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

const first = {
  id: 1,
  name: 'usr-0001',
  age: 36,
  score: 1.5,
  active: true,
  severity: 9,
  outcome: 'SUCCESS',
  tags: ['a', null],
};
export const users: readonly unknown[] = [
  { ...first, seenAt: new Date(0), metadata: { z: 1, a: [null] }, scores: [1, 2] },
  {
    id: 2,
    name: 'usr-0002',
    manager: first,
    reports: [first, { id: 3, name: 'usr-0003' }],
    team: { name: 'T', members: [first] },
  },
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
