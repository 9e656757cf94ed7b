import {
  GraphQLEnumType,
  GraphQLError,
  type GraphQLFieldConfig,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLString,
} from 'graphql';

export interface ShapesContext {
  readonly caller: string;
}

export type Fields = Record<string, GraphQLFieldConfig<unknown, ShapesContext>>;

export const required = <T extends GraphQLOutputType>(type: T) => new GraphQLNonNull(type as never);
export const listOf = (type: GraphQLOutputType) => new GraphQLList(type);

/** A promise that settles after so many turns of the queue. */
export const after = <T>(turns: number, value: T): Promise<T> =>
  turns < 1 ? Promise.resolve(value) : Promise.resolve().then(() => after(turns - 1, value));

export const rejectAfter = (turns: number, error: unknown) => after(turns, undefined).then(() => Promise.reject(error));

export const DateTime = new GraphQLScalarType<Date, string>({
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

export const Json = new GraphQLScalarType({ name: 'JSON', serialize: (value) => value });

/** Answers whatever it is told to, to see what becomes of odd answers. */
export const Odd = new GraphQLScalarType({
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

export const Severity = new GraphQLEnumType({ name: 'Severity', values: { LOW: { value: 1 }, HIGH: { value: 9 } } });
export const Outcome = new GraphQLEnumType({ name: 'Outcome', values: { SUCCESS: {}, FAILURE: {} } });

export const Filter: GraphQLInputObjectType = new GraphQLInputObjectType({
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
