import { type ExecutionResult, GraphQLError, locatedError } from 'graphql';
import { firstToOccur } from './error-order.ts';
import type { PlannedField, Shape } from './execution-plan.ts';
import type { JitPath } from './normal-form.ts';

export type ResponsePath = readonly (string | number)[];

/** An error as graphql-jit reports it. `locations[0].line` is the id of the planned field. */
export interface JitError {
  readonly message: unknown;
  readonly path?: ResponsePath;
  readonly locations?: readonly { readonly line: number }[];
  readonly originalError?: Error;
}

export interface NullCause {
  readonly error: JitError;
  /** The path of the null; empty when it is the whole answer. */
  readonly nulled: ResponsePath;
}

/** Thrown by a serialiser: graphql-jit keeps nothing of what a serialiser throws but its `message`, of any type. */
export class SerializationFailure {
  readonly message: { readonly cause: unknown };
  constructor(cause: unknown) {
    this.message = { cause };
  }
}

/** The `GraphQLError` that graphql-js would have made. */
export function rebuildError(error: JitError, fields: readonly PlannedField[]): GraphQLError {
  const field = fields[planIdOf(error)];
  if (!field) return new GraphQLError(String(error.message));
  return locatedError(causeOf(error, field), field.nodes as PlannedField['nodes'] & [], error.path);
}

/** graphql-jit makes an error without a cause in one case only: a null where the type allows none. */
function causeOf({ message, originalError }: JitError, field: PlannedField): unknown {
  if (originalError) return originalError;
  if (typeof message === 'object' && message !== null) return (message as SerializationFailure['message']).cause;
  return nullNotAllowed(field);
}

export const nullNotAllowed = ({ parentType, definition }: PlannedField) =>
  new Error(`Cannot return null for non-nullable field ${parentType.name}.${definition.name}.`);

/**
 * Keeps the errors that graphql-js would report as the cause of a null: for each null the one that reaches it first, and
 * none from below it.
 */
export function causesOfNulls(
  errors: readonly JitError[],
  fields: readonly PlannedField[],
  settled: readonly JitPath[],
): readonly NullCause[] {
  const groups = new Map<string, NullCause[]>();
  for (const error of errors) {
    const field = fields[planIdOf(error)];
    const path = error.path ?? [];
    const nulled = field ? path.slice(0, reachOf(path, field)) : path;
    const key = JSON.stringify(nulled);
    const group = groups.get(key);
    if (group) group.push({ error, nulled });
    else groups.set(key, [{ error, nulled }]);
  }
  const isBelowAnother = (nulled: ResponsePath) =>
    nulled.some((_, length) => groups.has(JSON.stringify(nulled.slice(0, length))));
  return [...groups.values()]
    .filter(([cause]) => cause && !isBelowAnother(cause.nulled))
    .map((group) => firstToOccur(group, fields, settled));
}

/**
 * graphql-js lists field errors in the order in which they happened, together with those from below a field that
 * another error then made null. Both depend on timing, so both ways of execution answer with this instead: for each null
 * that errors made the error that made it, in the order of the answer.
 */
export function settleErrors(result: ExecutionResult): ExecutionResult {
  const { data, errors } = result;
  if (!errors || errors.length < 2 || data === undefined) return result;
  const positionIn = createPositions(data);
  const settled = new Map<string, { readonly error: GraphQLError; readonly at: readonly number[] }>();
  for (const error of errors) {
    const at = positionIn(error.path ?? []);
    settled.set(at.join(), { error, at });
  }
  const sorted = [...settled.values()].sort((a, b) => compare(a.at, b.at));
  return { ...result, errors: sorted.map(({ error }) => error) };
}

export const planIdOf = ({ locations }: JitError) => locations?.[0]?.line ?? -1;

/** How many keys of the path lead to the null that an error of this field makes; 0 when it is the whole answer. */
function reachOf(path: ResponsePath, field: PlannedField): number {
  let reach = path.length;
  for (let at: PlannedField | undefined = field; at; at = at.parent) {
    const levels = levelsOf(at.shape);
    let depth = 0;
    while (typeof path[reach - 1 - depth] === 'number') depth += 1;
    for (; depth >= 0; depth -= 1) {
      if (!levels[depth]) return reach;
      reach -= 1;
    }
  }
  return 0;
}

/** For the field, its items, their items and so on: whether null is forbidden there. */
function levelsOf(shape: Shape): readonly boolean[] {
  const required = shape.kind === 'nonNull';
  const inner = required ? shape.of : shape;
  return inner.kind === 'list' ? [required, ...levelsOf(inner.of)] : [required];
}

/** Where in the answer a path ends or meets a null, as the indexes of its keys. */
function createPositions(data: unknown) {
  const indexes = new Map<object, Map<string, number>>();
  const indexIn = (parent: object, key: string | number) => {
    if (typeof key === 'number') return key;
    const known = indexes.get(parent) ?? new Map(Object.keys(parent).map((name, index) => [name, index]));
    indexes.set(parent, known);
    return known.get(key) ?? -1;
  };
  return (path: ResponsePath): readonly number[] => {
    const position: number[] = [];
    let value = data;
    for (const key of path) {
      if (typeof value !== 'object' || value === null) break;
      position.push(indexIn(value, key));
      value = (value as Record<string | number, unknown>)[key];
    }
    return position;
  };
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((part, at) => part !== b[at]);
  return index === -1 ? a.length - b.length : (a[index] as number) - (b[index] ?? -1);
}
