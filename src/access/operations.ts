import { type Caller, hasRole, ROLES, type Role } from '../domain/caller.ts';

const READ_EVENTS: readonly Role[] = ['VIEWER', 'ANALYST', 'COMPLIANCE_OFFICER', 'AUDITOR'];

/** Who may use which root field: the one table that every check and `viewer.operations` go by. */
const OPERATIONS: Readonly<Record<string, readonly Role[]>> = {
  'Query.viewer': ROLES,
  'Query.settings': ROLES,
  'Query.node': ROLES,
  'Query.auditEvents': READ_EVENTS,
  'Query.auditEvent': READ_EVENTS,
  'Query.auditEventGroups': READ_EVENTS,
  'Query.userActivity': READ_EVENTS,
  'Query.user': READ_EVENTS,
  'Query.ingestErrors': ['ADMIN', 'AUDITOR', 'COMPLIANCE_OFFICER', 'INGESTOR'],
  'Mutation.ingestEvent': ['INGESTOR'],
  'Mutation.ingestEvents': ['INGESTOR'],
  'Mutation.resolveIngestErrors': ['ADMIN'],
};

/** False for a root field that the table does not have: forgetting one shuts it. */
export const mayUse = (caller: Caller, operation: string): boolean => hasRole(caller, ...(OPERATIONS[operation] ?? []));

/** The root fields that this caller may use, as `Query.auditEvents`. */
export const operationsOf = (caller: Caller): readonly string[] =>
  Object.keys(OPERATIONS).filter((operation) => mayUse(caller, operation));
