import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';

export interface TaskDefinition {
  readonly containerDefinitions: Container[];
  [field: string]: unknown;
}

export interface Container {
  readonly name: string;
  user?: string;
  readonlyRootFilesystem?: boolean;
  readonly environment?: { name: string; value: string }[];
  readonly secrets?: { name: string; valueFrom: string }[];
  readonly command?: string[];
  readonly healthCheck?: { command: string[] };
  [field: string]: unknown;
}

/** Compiled, this file lies in infra/dist/test/checks. */
const EXAMPLE = join(import.meta.dirname, '..', '..', '..', 'examples', 'task-definition.json');

export const readExample = (): TaskDefinition => JSON.parse(readFileSync(EXAMPLE, 'utf8'));

/** Names that stand as `${Name}` in it. */
export const placeholders = (definition: TaskDefinition): readonly string[] => [
  ...new Set([...JSON.stringify(definition).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => String(name))),
];

/**
 * Lets the vendor's own schema judge: what the API takes is what CloudFormation takes, but for the first letter of each
 * field. @throws Error with the findings.
 */
export function validateAsCloudFormation(definition: TaskDefinition, outdir: string): void {
  const flags = createRequire(import.meta.url)('aws-cdk-lib/recommended-feature-flags.json');
  const app = new App({ outdir, analyticsReporting: false, context: flags });
  const properties = capitalised(filled(definition)) as Record<string, unknown>;
  new CfnResource(new Stack(app, 'task'), 'Task', { type: 'AWS::ECS::TaskDefinition', properties });
  app.synth();
}

/** ARNs and numbers of the right shape where placeholders stand. */
const filled = (definition: TaskDefinition): unknown =>
  JSON.parse(
    JSON.stringify(definition).replaceAll(/"\$\{(\w+)\}"/g, (_, name: string) =>
      JSON.stringify(
        /RoleArn$/.test(name)
          ? `arn:aws:iam::123456789012:role/${name}`
          : /Secret$/.test(name)
            ? `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`
            : name.toLowerCase(),
      ),
    ),
  );

/** Keys of maps, whose names are the user's, stay as they are. */
function capitalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(capitalised);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.charAt(0).toUpperCase() + key.slice(1),
      key === 'options' ? inner : capitalised(inner),
    ]),
  );
}
