import { execute, type GraphQLSchema, parse } from 'graphql';
import { createExecutor, type Executor } from '../../../src/server/execution/index.ts';

export interface Operation {
  readonly source: string;
  readonly operationName?: string;
  readonly variableValues?: Readonly<Record<string, unknown>>;
}

export interface BothAnswers {
  /** JSON of the whole result, errors and the order of keys included. */
  readonly interpreted: string;
  readonly compiled: string;
  /** False when the operation is of a kind that is never compiled, or was answered before execution. */
  readonly wasCompiled: boolean;
  /** JSON of what graphql-js alone answers. */
  readonly graphqlJs: string;
}

const executors = new WeakMap<GraphQLSchema, Executor>();

function executorOf(schema: GraphQLSchema): Executor {
  const executor =
    executors.get(schema) ?? createExecutor({ schema, compileAtUse: 1, schedule: (compile) => compile() });
  executors.set(schema, executor);
  return executor;
}

/**
 * Executes an operation with graphql-js, interpreted and compiled, each with a context of its own. Compilation happens at
 * the first use and at once, so the second execution is a compiled one where there can be one.
 */
export async function runBothWays(
  schema: GraphQLSchema,
  { source, operationName, variableValues }: Operation,
  makeContext: () => unknown = () => ({}),
): Promise<BothAnswers> {
  const executor = executorOf(schema);
  const document = parse(source);
  const request = () => ({
    document,
    operationName,
    variableValues,
    contextValue: makeContext(),
    rootValue: undefined,
  });
  const graphqlJs = await execute({ schema, ...request() } as Parameters<typeof execute>[0]);
  const interpreted = await executor.interpret(request());
  await executor.execute(request());
  const before = executor.stats().compiledRuns;
  const compiled = await executor.execute(request());
  return {
    interpreted: JSON.stringify(interpreted),
    compiled: JSON.stringify(compiled),
    wasCompiled: executor.stats().compiledRuns > before,
    graphqlJs: JSON.stringify(graphqlJs),
  };
}
