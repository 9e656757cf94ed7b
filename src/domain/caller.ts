/** Who asks, and what they may see. The first argument of every function in query/. */

export const ROLES = ['VIEWER', 'ANALYST', 'COMPLIANCE_OFFICER', 'AUDITOR', 'ADMIN', 'INGESTOR'] as const;
export type Role = (typeof ROLES)[number];

/** Which rows: null is all, an empty list none. An event that lacks the value is seen only where this is null. */
export interface RowScope {
  readonly departments: readonly string[] | null;
  readonly environments: readonly string[] | null;
  readonly regions: readonly string[] | null;
}

export const EVERY_ROW: RowScope = { departments: null, environments: null, regions: null };

export interface Caller {
  /** The key's or the person's name; `ingestedBy` of what it sends. */
  readonly subject: string;
  readonly roles: readonly Role[];
  readonly scope: RowScope;
  /** Fields that this caller sees only masked, for example 'sourceIp'. */
  readonly masks: ReadonlySet<string>;
}

/** True when the caller holds one of these roles. */
export const hasRole = (caller: Caller, ...roles: readonly Role[]): boolean =>
  roles.some((role) => caller.roles.includes(role));

/** True when no row is hidden from the caller, so that figures kept per user may be shown as they are. */
export const seesEveryRow = ({ scope }: Caller): boolean =>
  scope.departments === null && scope.environments === null && scope.regions === null;
