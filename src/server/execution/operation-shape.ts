import { type DocumentNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, visit } from 'graphql';

/** What decides, from the text alone, whether and in how many variants an operation can be compiled. */
export interface OperationShape {
  /** Why the operation is always interpreted; undefined when it may be compiled. */
  readonly refusal: string | undefined;
  /** Variables that `@skip` and `@include` read. Each combination of their values is compiled for itself. */
  readonly conditions: readonly string[];
}

export interface SelectedOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
}

const MAX_CONDITIONS = 6;

/** The operation that graphql-js would choose, or undefined where graphql-js answers with an error. */
export function selectOperation(document: DocumentNode, operationName?: string | null): SelectedOperation | undefined {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  let operation: OperationDefinitionNode | undefined;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    if (operationName == null && operation) return undefined;
    if (operationName == null || definition.name?.value === operationName) operation = definition;
  }
  return operation && { operation, fragments };
}

/** Walks the operation and every fragment of its document. */
export function shapeOf({ operation, fragments }: SelectedOperation): OperationShape {
  const declared = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  const conditions = new Set<string>();
  let refusal = operation.operation === 'query' ? undefined : `a ${operation.operation} is executed once, in order`;
  let literalDepth = 0;
  const literal = {
    enter: () => {
      literalDepth += 1;
    },
    leave: () => {
      literalDepth -= 1;
    },
  };
  visit(
    { kind: Kind.DOCUMENT, definitions: [operation, ...Object.values(fragments)] },
    {
      [Kind.OBJECT]: literal,
      [Kind.LIST]: literal,
      [Kind.VARIABLE]: () => {
        if (literalDepth > 0) refusal ??= 'a variable stands inside an object or list literal';
      },
      [Kind.FIELD]: (field) => {
        const { value: name } = field.name;
        if (name === '__schema' || name === '__type') refusal ??= 'introspection';
        if ((field.alias?.value ?? name) === '__proto__') refusal ??= 'a field is answered as __proto__';
      },
      [Kind.DIRECTIVE]: (directive) => {
        if (directive.name.value !== 'skip' && directive.name.value !== 'include') return;
        for (const { value } of directive.arguments ?? []) {
          if (value.kind === Kind.VARIABLE && declared.has(value.name.value)) conditions.add(value.name.value);
        }
      },
    },
  );
  if (conditions.size > MAX_CONDITIONS) refusal ??= `more than ${MAX_CONDITIONS} variables decide what is selected`;
  return { refusal, conditions: [...conditions] };
}

/**
 * Names the variant that these coerced variables choose, such as `10` for true and false. Undefined when one is null
 * or absent: graphql-js makes an error of it, so that request is interpreted.
 */
export function variantOf(conditions: readonly string[], variables: Readonly<Record<string, unknown>>) {
  let variant = '';
  for (const name of conditions) {
    const value = variables[name];
    if (typeof value !== 'boolean') return undefined;
    variant += value ? '1' : '0';
  }
  return variant;
}
