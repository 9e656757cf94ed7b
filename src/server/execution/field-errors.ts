import { type ExecutionResult, GraphQLError, locatedError } from 'graphql';
import type { PlannedField, Shape } from './execution-plan.ts';
import type { JitPath } from './field-resolver.ts';

type ResponsePath = readonly (string | number)[];

/** An error as graphql-jit reports it. `locations[0].line` is the id of the planned field. */
export interface JitError {
  readonly message: unknown;
  readonly path?: ResponsePath;
  readonly locations?: readonly { readonly line: number }[];
  readonly originalError?: Error;
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
function causeOf({ message, originalError }: JitError, { parentType, definition }: PlannedField): unknown {
  if (originalError) return originalError;
  if (typeof message === 'object' && message !== null) return (message as SerializationFailure['message']).cause;
  return new Error(`Cannot return null for non-nullable field ${parentType.name}.${definition.name}.`);
}

/**
 * Puts graphql-jit's errors, which come by kind, into the order in which graphql-js meets them: those of synchronous
 * fields as the document has them, then those of fields that answered later.
 */
export function byOccurrence(
  errors: readonly JitError[],
  fields: readonly PlannedField[],
  settled: readonly JitPath[],
): readonly JitError[] {
  if (errors.length < 2) return errors;
  const moments = new Map(settled.map((path, moment) => [keyOf(path), moment + 1]));
  const momentOf = ({ path = [] }: JitError) =>
    Math.max(0, ...path.map((_, index) => moments.get(JSON.stringify(path.slice(0, index + 1))) ?? 0));
  return errors
    .map((error) => ({ error, moment: momentOf(error), at: documentPosition(error, fields) }))
    .sort((a, b) => a.moment - b.moment || compare(a.at, b.at))
    .map(({ error }) => error);
}

/**
 * Keeps, of errors in order of occurrence, those that graphql-js would report as the cause of a null: for each null the
 * first that reaches it.
 */
export function causesOfNulls(errors: readonly JitError[], fields: readonly PlannedField[]): readonly JitError[] {
  const causes = new Map<string, JitError>();
  for (const error of errors) {
    const field = fields[planIdOf(error)];
    const key = JSON.stringify(field && error.path ? error.path.slice(0, reachOf(error.path, field)) : error.path);
    if (!causes.has(key)) causes.set(key, error);
  }
  return [...causes.values()];
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

const planIdOf = ({ locations }: JitError) => locations?.[0]?.line ?? -1;

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

/** Planned fields are numbered in document order, so these compare as the document reads. */
function documentPosition(error: JitError, fields: readonly PlannedField[]): readonly number[] {
  let field = fields[planIdOf(error)];
  return [...(error.path ?? [])]
    .reverse()
    .map((key) => {
      if (typeof key === 'number') return key;
      const id = field?.id ?? -1;
      field = field?.parent;
      return id;
    })
    .reverse();
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

function keyOf(path: JitPath) {
  const keys: (string | number)[] = [];
  for (let part: JitPath | undefined = path; part; part = part.prev) keys.unshift(part.key);
  return JSON.stringify(keys);
}
