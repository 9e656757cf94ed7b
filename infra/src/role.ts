import { type IPrincipal, PolicyDocument, type PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * A role that carries its rights itself. As a policy of its own they might come after whoever takes the role, and a
 * service that checks its rights when it is made would then fail.
 */
export const createRole = (
  scope: Construct,
  id: string,
  { assumedBy, description, statements, name }: RoleOptions,
): Role =>
  new Role(scope, id, {
    assumedBy,
    description,
    ...(name && { roleName: name }),
    inlinePolicies: { rights: new PolicyDocument({ statements: [...statements] }) },
  });

export interface RoleOptions {
  readonly assumedBy: IPrincipal;
  readonly description: string;
  readonly statements: readonly PolicyStatement[];
  /** Only where somebody else must know it beforehand. */
  readonly name?: string;
}
