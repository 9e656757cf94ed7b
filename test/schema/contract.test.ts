import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  print,
  visit,
} from 'graphql';
import { createSchema } from '../../src/resolvers/build-schema.ts';

const ROOT = join(__dirname, '..', '..');
const CONTRACT = join(ROOT, '..', 'shared', 'api-contract.graphql');

/** What is not built yet: `Type.member`, or `Type.field(argument)`; a type that only these lead to goes with them. */
const LEFT_OUT = new Set([
  'AuditEvent.violations',
  'UserActivity.riskScore',
  'UserActivity.riskAssessedAt',
  'User.risk',
  'User.openViolationCount',
  'UserActivityFilter.minRiskScore',
  'UserActivityOrderField.RISK_SCORE',
  'Settings.maxQueryDepth',
  'Settings.maxQueryCost',
  'Settings.resumeWithinHours',
  'Settings.retentionDelayDays',
  'Query.auditEvents(includeArchived)',
  'Query.auditEventGroups(includeArchived)',
]);
const BUILT_OPERATIONS = new Set([
  'Query.viewer',
  'Query.settings',
  'Query.node',
  'Query.auditEvents',
  'Query.auditEvent',
  'Query.auditEventGroups',
  'Query.userActivity',
  'Query.user',
  'Query.ingestErrors',
  'Mutation.ingestEvent',
  'Mutation.ingestEvents',
  'Mutation.resolveIngestErrors',
]);

/** The contract without what is left out, and without the types that nothing leads to any more. */
function readBuiltContract(): GraphQLSchema {
  const isRoot = (type: string) => type === 'Query' || type === 'Mutation' || type === 'Subscription';
  const keep = (type: string, member: string) =>
    isRoot(type) ? BUILT_OPERATIONS.has(`${type}.${member}`) : !LEFT_OUT.has(`${type}.${member}`);
  const document = visit(parse(readFileSync(CONTRACT, 'utf8')), {
    ObjectTypeDefinition: {
      leave: (type) => {
        const fields = (type.fields ?? []).filter(({ name }) => keep(type.name.value, name.value));
        if (fields.length === 0) return null;
        return {
          ...type,
          fields: fields.map((field) => ({
            ...field,
            arguments: (field.arguments ?? []).filter(
              ({ name }) => !LEFT_OUT.has(`${type.name.value}.${field.name.value}(${name.value})`),
            ),
          })),
        };
      },
    },
    InputObjectTypeDefinition: (type) => ({
      ...type,
      fields: (type.fields ?? []).filter(({ name }) => keep(type.name.value, name.value)),
    }),
    EnumTypeDefinition: (type) => ({
      ...type,
      values: (type.values ?? []).filter(({ name }) => keep(type.name.value, name.value)),
    }),
  });
  const schema = buildSchema(print(document), { assumeValidSDL: true });
  const reached = new Set<string>();
  const reach = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    const definition = document.definitions.find((node) => 'name' in node && node.name?.value === name);
    if (!definition) return;
    visit(definition, { NamedType: ({ name: named }) => reach(named.value) });
  };
  for (const root of ['Query', 'Mutation']) reach(root);
  const definitions = document.definitions.filter((node) => !('name' in node) || reached.has(node.name?.value ?? ''));
  expect(schema.getQueryType()).toBeDefined();
  return buildSchema(print({ kind: Kind.DOCUMENT, definitions }), { assumeValidSDL: true });
}

const withContract = existsSync(CONTRACT) ? test : test.skip;
if (!existsSync(CONTRACT)) console.warn('SKIPPED: the API contract is not here (../shared/api-contract.graphql)');

withContract('the emitted schema breaks nothing of the contract that is built, and changes no default', () => {
  const contract = readBuiltContract();
  const emitted = buildSchema(readFileSync(join(ROOT, 'schema.graphql'), 'utf8'));
  expect(findBreakingChanges(contract, emitted).map(({ description }) => description)).toEqual([]);
  const defaults = findDangerousChanges(contract, emitted).filter(({ type }) => type === 'ARG_DEFAULT_VALUE_CHANGE');
  expect(defaults.map(({ description }) => description)).toEqual([]);
});

withContract('only what is named as left out is missing from the contract’s types that are built', () => {
  const whole = buildSchema(readFileSync(CONTRACT, 'utf8'));
  const emitted = createSchema();
  const missing = findBreakingChanges(whole, emitted)
    .filter(({ type }) => type === 'FIELD_REMOVED' || type === 'VALUE_REMOVED_FROM_ENUM')
    .map(({ description }) => description)
    .filter((description) => !/^(Query|Mutation|Subscription)\./.test(description));
  expect(missing).toHaveLength([...LEFT_OUT].filter((name) => !name.startsWith('Query.')).length);
});

test('everything in the schema is described', () => {
  const schema = createSchema();
  const bare: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (
      type.name.startsWith('__') ||
      ['Query', 'Mutation', 'String', 'Int', 'Float', 'Boolean', 'ID'].includes(type.name)
    )
      continue;
    if (!type.description) bare.push(type.name);
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if ('getValues' in type)
      bare.push(...type.getValues().flatMap((value) => (value.description ? [] : [`${type.name}.${value.name}`])));
    if (!('getFields' in type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (!field.description) bare.push(`${type.name}.${field.name}`);
      if (!isObjectType(type) && !isInterfaceType(type)) continue;
      const { args } = type.getFields()[field.name] as {
        args: readonly { name: string; description?: string | null }[];
      };
      bare.push(
        ...args.flatMap((argument) => (argument.description ? [] : [`${type.name}.${field.name}(${argument.name})`])),
      );
    }
  }
  expect(bare).toEqual([]);
});
