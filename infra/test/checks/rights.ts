import { flatten, type Template } from './template.ts';

export interface Right {
  /** Logical id of the resource whose policy it stands in. */
  readonly owner: string;
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** Everything that any policy of the template allows: roles, policies of their own, resource policies. */
export function allowedRights(template: Template): readonly Right[] {
  return Object.entries(template.Resources).flatMap(([owner, { Properties }]) =>
    documentsIn(Properties ?? {}).flatMap((document) =>
      document.Statement.filter(({ Effect }) => Effect === 'Allow').map((statement) => ({
        owner,
        sid: statement.Sid ?? '',
        actions: [statement.Action ?? []].flat().map(String),
        resources: [statement.Resource ?? []].flat().map(flatten),
      })),
    ),
  );
}

/** Actions and resources with a `*` in them, each as `owner/sid action or resource`. */
export const wildcards = (template: Template): readonly string[] =>
  allowedRights(template).flatMap(({ owner, sid, actions, resources }) =>
    [...actions, ...resources].filter((text) => text.includes('*')).map((text) => `${owner}/${sid} ${text}`),
  );

interface PolicyDocument {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Sid?: string;
    readonly Action?: unknown;
    readonly Resource?: unknown;
  }[];
}

/** Trust policies have no resource; who may take a role is a check of its own. */
function documentsIn(properties: Record<string, unknown>): PolicyDocument[] {
  const { AssumeRolePolicyDocument: _trust, ...others } = properties;
  const found: PolicyDocument[] = [];
  const search = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray((value as { Statement?: unknown }).Statement)) found.push(value as PolicyDocument);
    else for (const inner of Object.values(value)) search(inner);
  };
  search(others);
  return found;
}
