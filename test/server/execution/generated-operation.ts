import fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  GraphQLNonNull,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import type { Operation } from './both-ways.ts';

/** Values to write into documents and to send, by the printed type of the argument. */
export type ArgumentPool = Readonly<
  Record<string, { readonly literals: readonly string[]; readonly values: readonly unknown[] }>
>;

const MAX_DEPTH = 4;

/** Operations over any schema, mostly valid: callers drop those that `validate` refuses. */
export function generatedOperation(schema: GraphQLSchema, pool: ArgumentPool): fc.Arbitrary<Operation> {
  return fc.array(fc.nat(1_000), { minLength: 20, maxLength: 400 }).map((tape) => write(schema, pool, tape));
}

function write(schema: GraphQLSchema, pool: ArgumentPool, tape: readonly number[]): Operation {
  let position = 0;
  const next = (bound: number) => (tape[position++] ?? 0) % bound;
  const pick = <T>(items: readonly T[]): T => items[next(items.length)] as T;
  const fragments: string[] = [];
  const declared: string[] = ['$a: Boolean!', '$b: Boolean = true'];
  const variableValues: Record<string, unknown> = { a: next(2) === 1 };
  if (next(3) > 0) variableValues.b = next(2) === 1;
  const body = selection(schema.getQueryType() as GraphQLCompositeType, MAX_DEPTH);
  return { source: `query Q(${declared.join(', ')}) ${body}\n${fragments.join('\n')}`, variableValues };

  function selection(type: GraphQLCompositeType, depth: number): string {
    const parts: string[] = [];
    for (let left = 1 + next(5); left > 0; left -= 1) parts.push(part(type, depth));
    return `{ ${parts.join(' ')} }`;
  }

  function part(type: GraphQLCompositeType, depth: number): string {
    const kind = next(10);
    if (depth > 0 && kind === 0) return `... ${condition()} ${selection(type, depth - 1)}`;
    if (depth > 0 && kind < (isAbstractType(type) ? 6 : 2)) return onType(type, depth);
    if (kind === 9 || !('getFields' in type)) return `${alias()}__typename ${condition()}`;
    const fields = Object.values(type.getFields()).filter(
      (field) => depth > 0 || !isCompositeType(getNamedType(field.type)),
    );
    if (fields.length === 0) return '__typename';
    const field = pick(fields);
    const named = getNamedType(field.type);
    const args = field.args.map(argument).filter(Boolean);
    const withArguments = args.length > 0 ? `(${args.join(', ')})` : '';
    const below = isCompositeType(named) ? selection(named, depth - 1) : '';
    return `${args.length > 0 ? `f${position}: ` : alias()}${field.name}${withArguments} ${condition()} ${below}`;
  }

  function onType(type: GraphQLCompositeType, depth: number): string {
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
    const near = isObjectType(type) ? type.getInterfaces() : isInterfaceType(type) ? [type] : [];
    const on = pick([...possible, ...near]);
    const set = selection(on, depth - 1);
    if (next(2) === 0) return `... on ${on.name} ${condition()} ${set}`;
    const name = `F${fragments.length}`;
    fragments.push(`fragment ${name} on ${on.name} ${set}`);
    return `...${name} ${condition()} ${next(3) === 0 ? `...${name} ${condition()}` : ''}`;
  }

  function alias() {
    return ['', '', '', 'x: ', 'y_z: ', `n${position}: `][next(6)] as string;
  }

  function condition() {
    return [
      '',
      '',
      '',
      '',
      '@skip(if: $a)',
      '@include(if: $a)',
      '@include(if: $b)',
      '@skip(if: false)',
      '@include(if: $b) @skip(if: $a)',
    ][next(9)] as string;
  }

  function argument({ name, type, defaultValue }: GraphQLArgument): string {
    const optional = !(type instanceof GraphQLNonNull) || defaultValue !== undefined;
    const choices = pool[String(type)];
    if (!choices) throw new Error(`The pool has nothing for ${String(type)}.`);
    const way = next(3);
    if (way === 0 && optional) return '';
    if (way < 2) return `${name}: ${pick(choices.literals)}`;
    const variable = `v${declared.length}`;
    const value = next(4) === 0 && optional ? undefined : pick(choices.values);
    declared.push(`$${variable}: ${String(type)}`);
    if (value !== undefined) variableValues[variable] = value;
    return `${name}: $${variable}`;
  }
}
