import { graphql } from 'graphql';
import { operationsOf } from '../../src/access/operations.ts';
import { type Caller, EVERY_ROW, ROLES, type Role } from '../../src/domain/caller.ts';
import { createSchema } from '../../src/resolvers/build-schema.ts';

const schema = createSchema();
const aCaller = (roles: readonly Role[]): Caller => ({
  subject: 'svc-backup',
  roles,
  scope: EVERY_ROW,
  masks: new Set(),
});

test('every root field is in the table of who may use what, and nothing else is', () => {
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}).map((name) => `${type?.name}.${name}`),
  );
  expect([...operationsOf(aCaller(ROLES))].sort()).toEqual(fields.sort());
});

test.each<[string, Role, string]>([
  ['Mutation.ingestEvents', 'VIEWER', 'mutation { ingestEvents(events: []) { accepted } }'],
  [
    'Mutation.resolveIngestErrors',
    'AUDITOR',
    'mutation { resolveIngestErrors(errorIds: [], resolution: DISCARD, reason: "x") { errors { errorId } } }',
  ],
  ['Query.auditEvents', 'INGESTOR', '{ auditEvents { nodes { eventId } } }'],
  ['Query.ingestErrors', 'ANALYST', '{ ingestErrors { nodes { errorId } } }'],
])('refuses %s to a caller who is only %s', async (operation, role, source) => {
  const { data, errors } = await graphql({ schema, source, contextValue: { caller: aCaller([role]) } });
  expect(Object.values(data ?? {})).toEqual([null]);
  expect(errors?.map(({ originalError }) => originalError)).toMatchObject([
    { code: 'FORBIDDEN', message: expect.stringContaining(operation) },
  ]);
});
