import {
  defaultTypeResolver,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  isObjectType,
} from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';
import type { Path } from 'graphql/jsutils/Path.js';
import { toError } from 'graphql/jsutils/toError.js';
import { inlineFieldsOf, type PlannedField, type Selection, type Shape } from './execution-plan.ts';
import { namesThatAreValues, serializedTestOf, serializeLeaf } from './leaf-value.ts';
import { compilePlainTest } from './plain-source.ts';

/** A response path as graphql-jit has it: graphql-js's without the type names. */
export interface JitPath {
  readonly key: string | number;
  readonly prev: JitPath | undefined;
}

/** What a resolver call needs beside its source and arguments. */
export interface Completion {
  readonly contextValue: unknown;
  readonly info: GraphQLResolveInfo;
  /** Where promises have settled, in the order in which they did. */
  readonly settled: JitPath[];
  /** Reads a field that has no resolver, calling it when it is a method. */
  readonly readProperty: (field: PlannedField, source: unknown, path: Path) => unknown;
}

/**
 * Brings what a resolver returned into the one form that compiled code assembles correctly: arrays, plain objects,
 * serialised values, and an `Error` wherever graphql-js would have raised one. Never throws; a promise that it returns,
 * or leaves in a list, never rejects.
 */
export type Complete = (value: unknown, at: Completion, path: Path) => unknown;

const SOURCE = Symbol('source');
const TYPE_NAME = Symbol('type name');

/** Stands in for a source object that compiled code could not read itself. */
class ReadSource {
  [SOURCE]: unknown;
  [TYPE_NAME]: string;
  constructor(source: unknown, typeName: string) {
    this[SOURCE] = source;
    this[TYPE_NAME] = typeName;
  }
}

export const sourceOf = (parent: unknown) => (parent instanceof ReadSource ? parent[SOURCE] : parent);

export const typeNameOf = (value: unknown) => (value instanceof ReadSource ? value[TYPE_NAME] : undefined);

/** Whatever has a `then`, as graphql-js sees it. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

export function recordWhenSettled(
  completed: PromiseLike<unknown>,
  { settled }: Pick<Completion, 'settled'>,
  path: JitPath,
) {
  return completed.then((value) => {
    settled.push(path);
    return value;
  });
}

export function createComplete(field: PlannedField, shape: Shape = field.shape): Complete {
  switch (shape.kind) {
    case 'nonNull':
      return createComplete(field, shape.of);
    case 'leaf':
      return completeLeaf(shape);
    case 'list':
      return completeList(field, shape.of);
    case 'object':
      return completeObject(shape.selection);
    case 'abstract':
      return completeAbstract(shape.type, shape.selections);
  }
}

function completeLeaf({ type }: Extract<Shape, { kind: 'leaf' }>): Complete {
  const names = namesThatAreValues(type);
  if (!names && !serializedTestOf(type)) return (value) => value;
  return (value) => {
    if (value == null || value instanceof Error || names?.has(value)) return value;
    try {
      return serializeLeaf(type, value);
    } catch (thrown) {
      return toError(thrown);
    }
  };
}

function completeList(field: PlannedField, item: Shape): Complete {
  const completeItem = createComplete(field, item);
  return (value, at, path) => {
    if (value == null || value instanceof Error) return value;
    if (typeof value !== 'object' || typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] !== 'function') {
      const coordinate = `${field.parentType.name}.${field.definition.name}`;
      return new GraphQLError(`Expected Iterable, but did not find one for field "${coordinate}".`);
    }
    try {
      return Array.from(value as Iterable<unknown>, (element, index) => {
        const itemPath: Path = { prev: path, key: index, typename: undefined };
        const completed = isPromise(element)
          ? element.then((resolved) => completeItem(resolved, at, itemPath), toError)
          : completeItem(element, at, itemPath);
        return isPromise(completed) ? recordWhenSettled(completed, at, itemPath) : completed;
      });
    } catch (thrown) {
      return toError(thrown);
    }
  };
}

function completeObject(selection: Selection): Complete {
  const { type } = selection;
  const isPlain = compilePlainTest(selection);
  const readSource = createSourceReader(selection);
  const read: Complete = (value, at, path) => (isPlain(value) ? value : readSource(value, at, path));
  if (!type.isTypeOf)
    return (value, at, path) => (value == null || value instanceof Error ? value : read(value, at, path));
  return (value, at, path) => {
    if (value == null || value instanceof Error) return value;
    return whenOfType(type, value, at, () => read(value, at, path));
  };
}

function completeAbstract(type: GraphQLAbstractType, selections: ReadonlyMap<string, Selection>): Complete {
  const readers = new Map([...selections].map(([name, selection]) => [name, createSourceReader(selection)]));
  const resolveType = type.resolveType ?? defaultTypeResolver;
  return (value, at, path) => {
    if (value == null || value instanceof Error) return value;
    const completeAs = (typeName: unknown) => {
      const objectType = possibleType(type, typeName, at.info, value);
      const readSource = readers.get(objectType.name) as Complete;
      return whenOfType(objectType, value, at, () => readSource(value, at, path));
    };
    try {
      const typeName: unknown = resolveType(value, at.contextValue, at.info, type);
      return isPromise(typeName) ? typeName.then(completeAs).then(undefined, toError) : completeAs(typeName);
    } catch (thrown) {
      return toError(thrown);
    }
  };
}

function whenOfType(type: GraphQLObjectType, value: unknown, at: Completion, complete: () => unknown): unknown {
  if (!type.isTypeOf) return complete();
  const refused = () =>
    new GraphQLError(`Expected value of type "${type.name}" but got: ${inspect(value)}.`, {
      nodes: at.info.fieldNodes,
    });
  try {
    const answer = type.isTypeOf(value, at.contextValue, at.info);
    if (isPromise(answer)) return answer.then((holds) => (holds ? complete() : refused()), toError);
    return answer ? complete() : refused();
  } catch (thrown) {
    return toError(thrown);
  }
}

/** The checks and messages of graphql-js. */
function possibleType(type: GraphQLAbstractType, typeName: unknown, info: GraphQLResolveInfo, value: unknown) {
  const field = `field "${info.parentType.name}.${info.fieldName}"`;
  const mustResolve = `Abstract type "${type.name}" must resolve to an Object type at runtime for ${field}`;
  const nodes = info.fieldNodes;
  if (typeName == null) {
    throw new GraphQLError(
      `${mustResolve}. Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`,
      { nodes },
    );
  }
  if (isObjectType(typeName)) {
    throw new GraphQLError(
      'Support for returning GraphQLObjectType from resolveType was removed in graphql-js@16.0.0 please return type name instead.',
    );
  }
  if (typeof typeName !== 'string') {
    throw new GraphQLError(`${mustResolve} with value ${inspect(value)}, received "${inspect(typeName)}".`);
  }
  const objectType = info.schema.getType(typeName);
  const resolved = `Abstract type "${type.name}" was resolved to a`;
  if (!objectType)
    throw new GraphQLError(`${resolved} type "${typeName}" that does not exist inside the schema.`, { nodes });
  if (!isObjectType(objectType)) throw new GraphQLError(`${resolved} non-object type "${typeName}".`, { nodes });
  if (!info.schema.isSubType(type, objectType)) {
    throw new GraphQLError(`Runtime Object type "${typeName}" is not a possible type for "${type.name}".`, { nodes });
  }
  return objectType;
}

/** Reads every inline field once, as graphql-js's default resolver does, and completes what it finds. */
function createSourceReader(selection: Selection): Complete {
  let fields: readonly { readonly field: PlannedField; readonly complete: Complete }[] | undefined;
  return (source, at, path) => {
    fields ??= inlineFieldsOf(selection).map((field) => ({ field, complete: createComplete(field) }));
    const read = new ReadSource(source, selection.type.name) as ReadSource & Record<string, unknown>;
    const pending: PromiseLike<void>[] = [];
    for (const { field, complete } of fields) {
      const { name } = field.definition;
      const fieldPath: Path = { prev: path, key: field.responseName, typename: selection.type.name };
      const value = at.readProperty(field, source, fieldPath);
      const completed = isPromise(value)
        ? value.then((resolved) => complete(resolved, at, fieldPath), toError)
        : complete(value, at, fieldPath);
      if (isPromise(completed)) {
        pending.push(
          recordWhenSettled(completed, at, fieldPath).then((settled) => {
            read[name] = settled;
          }),
        );
      } else read[name] = completed;
    }
    return pending.length === 0 ? read : Promise.all(pending).then(() => read);
  };
}
