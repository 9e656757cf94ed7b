import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLLeafType,
  GraphQLString,
} from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';

const BUILT_IN = new Map<GraphQLLeafType, string>([
  [GraphQLString, `typeof v === 'string'`],
  [GraphQLID, `typeof v === 'string'`],
  [GraphQLBoolean, `typeof v === 'boolean'`],
  [GraphQLInt, `typeof v === 'number' && (v | 0) === v`],
  [GraphQLFloat, `typeof v === 'number' && v - v === 0`],
]);

/**
 * JavaScript that tells whether `v`, which is not null, already is what `serialize` would return for it. Only for the
 * types of GraphQL itself: others have no test that is shorter than `serialize`.
 */
export const serializedTestOf = (type: GraphQLLeafType) => BUILT_IN.get(type);

/** The names of an enum whose internal values are its names, as ours are: a row's value is then the answer. */
export function namesThatAreValues(type: GraphQLLeafType): ReadonlySet<unknown> | undefined {
  if (!(type instanceof GraphQLEnumType)) return undefined;
  const values = type.getValues();
  return values.every(({ name, value }) => name === value) ? new Set(values.map(({ name }) => name)) : undefined;
}

/** As graphql-js completes a leaf, message included. Throws what `serialize` throws. */
export function serializeLeaf(type: GraphQLLeafType, value: unknown): unknown {
  const serialized = type.serialize(value);
  if (serialized != null) return serialized;
  throw new Error(
    `Expected \`${inspect(type)}.serialize(${inspect(value)})\` to ` +
      `return non-nullable value, returned: ${inspect(serialized)}`,
  );
}
