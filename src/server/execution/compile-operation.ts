import {
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLFieldConfig,
  type GraphQLLeafType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  Kind,
  type Location,
  OperationTypeNode,
  type SelectionNode,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import {
  type ExecutionPlan,
  isPlannedField,
  type PlanInput,
  type PlannedField,
  planOperation,
  type Selection,
  type Shape,
} from './execution-plan.ts';
import { causesOfNulls, type JitError, rebuildError, SerializationFailure } from './field-errors.ts';
import { createRunResolver, type ResolverScope, type Run } from './field-resolver.ts';
import { namesThatAreValues, serializedTestOf, serializeLeaf } from './leaf-value.ts';
import { isPromise, typeNameOf } from './normal-form.ts';

/** Executes one variant of one operation. The variables are those that graphql-js coerced. */
export type CompiledOperation = (run: Omit<Run, 'settled'>) => ExecutionResult | Promise<ExecutionResult>;

/**
 * Compiles an operation with graphql-jit. Throws what graphql-jit reports when it cannot.
 *
 * graphql-jit gets neither our schema nor the client's document but a pair made from the plan, in which every selection
 * has a type of its own: no variables, no arguments, no fragments but one for each possible type, no directives. What
 * graphql-jit does otherwise than graphql-js with these (variables coerced its own way or for ever, `@skip` inside
 * fragments, merged fields, resolvers and `info` mixed up by name) cannot happen then.
 */
export function compileOperation(input: PlanInput): CompiledOperation {
  const plan = planOperation(input);
  const { schema, document, serializers } = createMirror(plan, input);
  const compiled = compileQuery(schema, document, undefined, {
    // Only what `createMirror` declares as String is left as it is: values that were tested or serialised before.
    disableLeafSerialization: true,
    customSerializers: serializers,
    // The stack of graphql-jit's own error says nothing: errors are rebuilt with the stack of their cause.
    disablingCapturingStackErrors: true,
  });
  if (!isCompiledQuery(compiled)) throw compiled.errors?.[0] ?? new Error('graphql-jit compiled nothing.');
  const { query } = compiled;
  return ({ rootValue, contextValue, variableValues }) => {
    const run: Run = { rootValue, contextValue, variableValues, settled: [] };
    const result = query(rootValue, run, undefined);
    return isPromise(result) ? result.then((answer) => answerOf(answer, plan, run)) : answerOf(result, plan, run);
  };
}

function answerOf({ data, errors }: ExecutionResult, { fields }: ExecutionPlan, { settled }: Run): ExecutionResult {
  if (!errors) return { data: data ?? null };
  const causes = causesOfNulls(errors as unknown as readonly JitError[], fields, settled);
  const isAllNull = causes.some(({ nulled }) => nulled.length === 0);
  return { errors: causes.map(({ error }) => rebuildError(error, fields)), data: isAllNull || !data ? null : data };
}

interface Mirror {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly serializers: Record<string, (value: unknown) => unknown>;
}

function createMirror(plan: ExecutionPlan, scope: ResolverScope): Mirror {
  const objectTypes = new Map<string, GraphQLObjectType>();
  const possibleTypes = new Map<GraphQLUnionType, readonly GraphQLObjectType[]>();
  const serializers: Mirror['serializers'] = {};
  const scalars = new Map<GraphQLLeafType, GraphQLScalarType>();

  const root = mirrorSelection(plan.root);
  const document: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [
      { kind: Kind.OPERATION_DEFINITION, operation: OperationTypeNode.QUERY, selectionSet: setOf(root.nodes) },
    ],
  };
  return { schema: createMirrorSchema(root.type, objectTypes, possibleTypes), document, serializers };

  function mirrorSelection(selection: Selection) {
    const fields: Record<string, GraphQLFieldConfig<unknown, Run>> = {};
    const nodes: FieldNode[] = [];
    for (const field of selection.fields) {
      if (!isPlannedField(field)) {
        nodes.push(fieldNode('__typename', field));
        continue;
      }
      const { type, nodes: below } = mirrorShape(field.parent ? field.shape : nullable(field.shape));
      // No field of a schema may begin with two underscores, so this name is free.
      const name = field.inline ? field.definition.name : `__r${field.id}`;
      fields[name] = field.inline ? { type } : { type, resolve: createRunResolver(field, scope) };
      nodes.push(fieldNode(name, field.responseName, field, below));
    }
    // Several types of the mirror have this name: `__typename` is answered with it.
    return { type: withReservedNames(selection.type.name, fields), nodes };
  }

  function mirrorShape(shape: Shape): { type: GraphQLOutputType; nodes?: readonly SelectionNode[] } {
    switch (shape.kind) {
      case 'nonNull': {
        const { type, ...rest } = mirrorShape(shape.of);
        return { type: new GraphQLNonNull(type), ...rest };
      }
      case 'list': {
        const { type, ...rest } = mirrorShape(shape.of);
        return { type: new GraphQLList(type), ...rest };
      }
      case 'leaf':
        return { type: mirrorLeaf(shape.type) };
      case 'object':
        return mirrorSelection(shape.selection);
      case 'abstract':
        return mirrorAbstract(shape);
    }
  }

  function mirrorLeaf(type: GraphQLLeafType): GraphQLScalarType {
    if (serializedTestOf(type) || namesThatAreValues(type)) return GraphQLString;
    const name = `Leaf_${type.name}`;
    const scalar = scalars.get(type) ?? new GraphQLScalarType({ name });
    scalars.set(type, scalar);
    serializers[name] = (value) => {
      try {
        const serialized = serializeLeaf(type, value);
        // JSON has null for NaN; graphql-jit has an error for it, graphql-js has not.
        return Number.isNaN(serialized) ? null : serialized;
      } catch (thrown) {
        throw new SerializationFailure(thrown);
      }
    };
    return scalar;
  }

  function mirrorAbstract({ selections }: Extract<Shape, { kind: 'abstract' }>) {
    const mirrored = [...selections.values()].map(mirrorSelection);
    const union = new GraphQLUnionType({
      name: `Union_${possibleTypes.size}`,
      types: mirrored.map(({ type }) => type),
      resolveType: typeNameOf,
    });
    possibleTypes.set(union, union.getTypes());
    const nodes = mirrored.map(({ type, nodes: below }): SelectionNode => {
      const condition = `Possible_${objectTypes.size}`;
      objectTypes.set(condition, type);
      const named = { kind: Kind.NAMED_TYPE, name: nameNode(condition) } as const;
      return { kind: Kind.INLINE_FRAGMENT, typeCondition: named, selectionSet: setOf(below) };
    });
    return { type: union, nodes };
  }
}

/**
 * Only what graphql-jit 0.8 asks of a schema. A real `GraphQLSchema` refuses types that share a name.
 */
function createMirrorSchema(
  query: GraphQLObjectType,
  objectTypes: ReadonlyMap<string, GraphQLObjectType>,
  possibleTypes: ReadonlyMap<GraphQLUnionType, readonly GraphQLObjectType[]>,
): GraphQLSchema {
  return Object.assign(Object.create(GraphQLSchema.prototype) as GraphQLSchema, {
    getRootType: () => query,
    getQueryType: () => query,
    getType: (name: string) => objectTypes.get(name),
    getPossibleTypes: (type: GraphQLUnionType) => possibleTypes.get(type) ?? [],
  });
}

/** The constructor checks names, and only reserved ones are sure not to meet a name of the schema. */
function withReservedNames(name: string, fields: Record<string, GraphQLFieldConfig<unknown, Run>>) {
  return new GraphQLObjectType({ name, fields });
}

/**
 * graphql-jit forgets all errors but one when the whole answer becomes null, so to it no field of the root is required;
 * `answerOf` and the resolvers of these fields make up for that.
 */
const nullable = (shape: Shape) => (shape.kind === 'nonNull' ? shape.of : shape);

const nameNode = (value: string) => ({ kind: Kind.NAME, value }) as const;

const setOf = (selections: readonly SelectionNode[]) => ({ kind: Kind.SELECTION_SET, selections }) as const;

function fieldNode(name: string, alias: string, field?: PlannedField, below?: readonly SelectionNode[]): FieldNode {
  return {
    kind: Kind.FIELD,
    name: nameNode(name),
    alias: nameNode(alias),
    ...(below && { selectionSet: setOf(below) }),
    ...(field && { loc: locationOf(field) }),
  };
}

/** Of a location graphql-jit copies line and column into errors; that is how an error finds back to its field. */
const locationOf = ({ id }: PlannedField) => ({ startToken: { line: id, column: 0 } }) as unknown as Location;
