/** A template as CloudFormation reads it, as far as the checks look into it. */
export interface Template {
  readonly Parameters: Record<string, { Type: string; Default?: unknown; MinValue?: number; MaxValue?: number }>;
  readonly Conditions: Record<string, unknown>;
  readonly Resources: Record<string, Resource>;
  readonly Outputs: Record<string, { Value: unknown }>;
}

export interface Resource {
  Type: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Condition?: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties differ with every type, and plants change them at will
  Properties: Record<string, any>;
}

export const parseTemplate = (text: string): Template => JSON.parse(text);

/** The resources of a type, each with its logical id. */
export const resourcesOf = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

/** The only resource of a type whose logical id begins so. */
export function theResource(template: Template, type: string, idBegins = ''): Resource {
  const found = resourcesOf(template, type).filter(([id]) => id.startsWith(idBegins));
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources are ${type} ${idBegins}, not one`);
  return found[0][1];
}

/** A copy with something changed in it: what a check must notice. */
export function planted(template: Template, change: (copy: Template) => void): Template {
  const copy = structuredClone(template);
  change(copy);
  return copy;
}

/** Text of a value in which references stand as `${Name}` and conditions as both their sides. */
export function flatten(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map(flatten).join('');
  const [[name, argument] = ['', ''] as const] = Object.entries(value);
  if (name === 'Ref') return `\${${argument}}`;
  if (name === 'Fn::GetAtt') return `\${${(argument as string[]).join('.')}}`;
  if (name === 'Fn::Join') return (argument as [string, unknown[]])[1].map(flatten).join((argument as [string])[0]);
  return JSON.stringify(value);
}
