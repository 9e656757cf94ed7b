import {
  type DocumentNode,
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
import { type ExecutionPlan, isPlannedField, type PlannedField, type Selection, type Shape } from './execution-plan.ts';
import { SerializationFailure } from './field-errors.ts';
import { createRunResolver, type ResolverScope, type Run } from './field-resolver.ts';
import { namesThatAreValues, serializedTestOf, serializeLeaf } from './leaf-value.ts';
import { typeNameOf } from './normal-form.ts';

/** What graphql-jit compiles in the place of our schema and the client's document. */
export interface Mirror {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly serializers: Record<string, (value: unknown) => unknown>;
}

/** Gives every selection of the plan a type of its own, whose fields are what is selected. */
export function createMirror(plan: ExecutionPlan, scope: ResolverScope): Mirror {
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
    return { type: new GraphQLObjectType({ name: selection.type.name, fields }), nodes };
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
