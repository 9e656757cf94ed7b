import {
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { Failing } from './shapes-failing.ts';
import { Anyone, Named, Resolved, Service, User, users } from './shapes-users.ts';
import {
  after,
  DateTime,
  Filter,
  Json,
  listOf,
  Odd,
  rejectAfter,
  required,
  Severity,
  type ShapesContext,
} from './shapes-values.ts';

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
        { __typename: 'User', id: 1, name: after(1, 'usr-0001') },
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
        { is: 'User', id: 1, name: 'usr-0001', reports: [{ id: 2, name: 'usr-0002' }] },
        { is: 'later', id: 3, name: () => 'usr-0003' },
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
