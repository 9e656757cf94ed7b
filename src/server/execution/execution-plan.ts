import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';

/** One field of one selection, with every node of the document that asks for it. */
export interface PlannedField {
  /** Its index in `ExecutionPlan.fields`. */
  readonly id: number;
  readonly responseName: string;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly parentType: GraphQLObjectType;
  readonly parent: PlannedField | undefined;
  readonly nodes: readonly FieldNode[];
  readonly shape: Shape;
  /** Read straight from the source object: no resolver, no arguments, nothing below it whose type must be asked for. */
  inline: boolean;
}

/** A selection set as it applies to one object type: fragments merged, `@skip` and `@include` decided. */
export interface Selection {
  readonly type: GraphQLObjectType;
  /** In the order of the answer. A string is the response name of a `__typename`. */
  readonly fields: readonly (PlannedField | string)[];
}

export type Shape =
  | { readonly kind: 'nonNull'; readonly of: Shape }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'leaf'; readonly type: GraphQLLeafType }
  | { readonly kind: 'object'; readonly selection: Selection }
  | {
      readonly kind: 'abstract';
      readonly type: GraphQLAbstractType;
      readonly selections: ReadonlyMap<string, Selection>;
    };

export interface ExecutionPlan {
  readonly root: Selection;
  readonly fields: readonly PlannedField[];
}

export interface PlanInput {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  /** Only the variables of `@skip` and `@include` are read. */
  readonly variables: Record<string, unknown>;
}

/** An interface in an interface multiplies the fields by its types, so a short text can be a large plan. */
const MAX_PLANNED_FIELDS = 500;

/** Compiled code is as deep as the operation, and so is the stack that it needs. */
const MAX_PLANNED_DEPTH = 50;

/** Resolves everything about an operation that does not depend on data. Throws above these limits. */
export function planOperation({ schema, operation, fragments, variables }: PlanInput): ExecutionPlan {
  const fields: PlannedField[] = [];
  const rootType = schema.getRootType(operation.operation);
  if (!rootType) throw new Error(`The schema has no ${operation.operation} type.`);
  const rootNodes = collectFields(schema, fragments, variables, rootType, operation.selectionSet);
  return { root: planSelection(rootType, rootNodes, undefined), fields };

  function planSelection(
    type: GraphQLObjectType,
    nodesByName: ReadonlyMap<string, readonly FieldNode[]>,
    parent: PlannedField | undefined,
  ): Selection {
    const selected: (PlannedField | string)[] = [];
    for (const [responseName, nodes] of nodesByName) {
      const name = (nodes[0] as FieldNode).name.value;
      const definition = type.getFields()[name];
      if (name === '__typename') selected.push(responseName);
      if (definition) selected.push(planField({ responseName, nodes, definition, parentType: type, parent }));
    }
    return { type, fields: withoutNameClashes(selected) };
  }

  function planField(named: Omit<PlannedField, 'id' | 'shape' | 'inline'>): PlannedField {
    const id = fields.length;
    if (id >= MAX_PLANNED_FIELDS) throw new Error(`The operation selects more than ${MAX_PLANNED_FIELDS} fields.`);
    if (depthOf(named.parent) >= MAX_PLANNED_DEPTH)
      throw new Error(`The operation is deeper than ${MAX_PLANNED_DEPTH} fields.`);
    const field: PlannedField = { id, ...named, shape: undefined as never, inline: false };
    fields.push(field);
    const shape = shapeOfType(named.definition.type, field);
    const { resolve, args } = named.definition;
    const inline = named.parent !== undefined && !resolve && args.length === 0 && canBeRead(shape);
    return Object.assign(field, { shape, inline });
  }

  function shapeOfType(type: GraphQLOutputType, field: PlannedField): Shape {
    if (isNonNullType(type)) return { kind: 'nonNull', of: shapeOfType(type.ofType, field) };
    if (isListType(type)) return { kind: 'list', of: shapeOfType(type.ofType, field) };
    if (isLeafType(type)) return { kind: 'leaf', type };
    const select = (objectType: GraphQLObjectType) =>
      planSelection(objectType, collectSubfields(schema, fragments, variables, objectType, field.nodes), field);
    if (isObjectType(type)) return { kind: 'object', selection: select(type) };
    if (!isAbstractType(type)) throw new Error(`${String(type)} cannot be selected.`);
    const selections = new Map(schema.getPossibleTypes(type).map((possible) => [possible.name, select(possible)]));
    return { kind: 'abstract', type, selections };
  }
}

export const isPlannedField = (field: PlannedField | string): field is PlannedField => typeof field !== 'string';

export const inlineFieldsOf = ({ fields }: Selection) =>
  fields.filter((field): field is PlannedField => isPlannedField(field) && field.inline);

function depthOf(field: PlannedField | undefined) {
  let depth = 0;
  for (let at = field; at; at = at.parent) depth += 1;
  return depth;
}

function canBeRead(shape: Shape): boolean {
  if (shape.kind === 'nonNull' || shape.kind === 'list') return canBeRead(shape.of);
  if (shape.kind === 'object') return !shape.selection.type.isTypeOf;
  return shape.kind === 'leaf';
}

/** Two aliases of one property may want it completed in two ways; then neither is read in place. */
function withoutNameClashes(selected: (PlannedField | string)[]) {
  const seen = new Map<string, PlannedField>();
  for (const field of selected) {
    if (!isPlannedField(field) || !field.inline) continue;
    const first = seen.get(field.definition.name);
    if (first && innermost(field.shape).kind !== 'leaf') {
      first.inline = false;
      field.inline = false;
    }
    seen.set(field.definition.name, field);
  }
  return selected;
}

/** The shape inside every list and non-null. */
function innermost(shape: Shape): Exclude<Shape, { kind: 'nonNull' | 'list' }> {
  return shape.kind === 'nonNull' || shape.kind === 'list' ? innermost(shape.of) : shape;
}
