import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { Executor } from './executor.ts';

export type Gateway = ApolloServerOptionsWithGateway<BaseContext>['gateway'];

type SchemaListener = Parameters<Gateway['onSchemaLoadOrUpdate']>[0];

/** The place that Apollo Server has for an executor of one's own: `new ApolloServer({ gateway })` instead of `schema`. */
export function createGateway(executor: Executor, schema: GraphQLSchema): Gateway {
  const listeners = new Set<SchemaListener>();
  return {
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async load() {
      for (const listener of listeners) listener({ apiSchema: schema, coreSupergraphSdl: '' });
      return {
        // What resolvers know as the context value has the name `context` here.
        executor: ({ document, request, context, queryHash }) =>
          executor.execute({
            document,
            operationName: request.operationName,
            variableValues: request.variables,
            contextValue: context,
            documentHash: queryHash,
          }),
      };
    },
    async stop() {
      listeners.clear();
    },
  };
}
