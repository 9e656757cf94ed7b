import {
  defaultFieldResolver,
  type FragmentDefinitionNode,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  type OperationDefinitionNode,
} from 'graphql';
import type { Path } from 'graphql/jsutils/Path.js';
import { toError } from 'graphql/jsutils/toError.js';
import type { PlannedField } from './execution-plan.ts';
import { nullNotAllowed } from './field-errors.ts';
import {
  type Complete,
  type Completion,
  createComplete,
  isPromise,
  type JitPath,
  recordWhenSettled,
  sourceOf,
} from './normal-form.ts';

/** One execution of a compiled operation; compiled code hands it to every resolver in the place of the context. */
export interface Run {
  readonly rootValue: unknown;
  readonly contextValue: unknown;
  readonly variableValues: Record<string, unknown>;
  /** Where promises have settled, in the order in which they did. */
  readonly settled: JitPath[];
}

export interface ResolverScope {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
}

export type RunResolver = GraphQLFieldResolver<unknown, Run>;

/**
 * The resolver that graphql-jit calls for a field: the schema's own resolver with the arguments, the context and the
 * `info` that graphql-js would give it. It returns an `Error` where that one throws or rejects, because graphql-jit
 * reports a throw twice and forgets what was thrown when it is falsy.
 */
export function createRunResolver(field: PlannedField, scope: ResolverScope): RunResolver {
  const complete = field.parent ? createComplete(field) : createRootComplete(field);
  const argumentsOf = createArguments(field);
  const readProperty =
    (run: Run): Completion['readProperty'] =>
    (inlineField, source, path) => {
      try {
        return defaultFieldResolver(source, {}, run.contextValue, infoOf(inlineField, scope, run, path));
      } catch (thrown) {
        return toError(thrown);
      }
    };
  return (parent, _args, run, jitInfo) => {
    try {
      const path = pathOf(jitInfo.path, field) as Path;
      const info = infoOf(field, scope, run, path);
      const at: Completion = {
        contextValue: run.contextValue,
        info,
        settled: run.settled,
        readProperty: readProperty(run),
      };
      const resolve = field.definition.resolve ?? defaultFieldResolver;
      const result: unknown = resolve(sourceOf(parent), argumentsOf(run.variableValues), run.contextValue, info);
      const completed = isPromise(result)
        ? result.then((value) => complete(value, at, path), toError)
        : complete(result, at, path);
      return isPromise(completed) ? recordWhenSettled(completed, run, path) : completed;
    } catch (thrown) {
      return toError(thrown);
    }
  };
}

function createRootComplete(field: PlannedField): Complete {
  const complete = createComplete(field);
  if (field.shape.kind !== 'nonNull') return complete;
  const required = (completed: unknown) => completed ?? nullNotAllowed(field);
  return (value, at, path) => {
    const completed = complete(value, at, path);
    return isPromise(completed) ? completed.then(required) : required(completed);
  };
}

function infoOf(field: PlannedField, scope: ResolverScope, run: Run, path: Path): GraphQLResolveInfo {
  return {
    fieldName: field.definition.name,
    fieldNodes: field.nodes,
    returnType: field.definition.type,
    parentType: field.parentType,
    path,
    schema: scope.schema,
    fragments: scope.fragments,
    rootValue: run.rootValue,
    operation: scope.operation,
    variableValues: run.variableValues,
  };
}

function pathOf(path: JitPath | undefined, field: PlannedField | undefined): Path | undefined {
  if (!path) return undefined;
  if (typeof path.key === 'number') return { prev: pathOf(path.prev, field), key: path.key, typename: undefined };
  return { prev: pathOf(path.prev, field?.parent), key: path.key, typename: field?.parentType.name };
}

/** graphql-js's own coercion, call by call; a field without arguments gets the new empty object that it gets there. */
function createArguments({ definition, nodes: [node] }: PlannedField) {
  if (definition.args.length === 0 || !node) return () => ({});
  return (variables: Record<string, unknown>) => getArgumentValues(definition, node, variables);
}
