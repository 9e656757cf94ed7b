import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '../../src/config/config.ts';
import { engineVariables } from '../../src/config/engines.ts';
import { lambdaEnvironment } from '../../src/config/lambda-config.ts';

const INFRA = join(__dirname, '..', '..', 'infra');
const readJson = (...path: string[]) => JSON.parse(readFileSync(join(INFRA, ...path), 'utf8'));

interface Container {
  readonly name: string;
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
  readonly secrets?: readonly { readonly name: string }[];
}

const gateway = readJson('examples', 'task-definition.json').containerDefinitions.find(
  ({ name }: Container) => name === 'gateway',
) as Container;
const lambda = Object.values<{ Type: string; Properties: { Environment: { Variables: Record<string, unknown> } } }>(
  readJson('generated', 'trailgate.template.json').Resources,
).find(({ Type }) => Type === 'AWS::Lambda::Function');

const known = { ...environment.shape, ...engineVariables, ...lambdaEnvironment.shape };
const unknown = (names: readonly string[], settings: object): string[] => names.filter((name) => !(name in settings));

describe('what the infrastructure sets', () => {
  test('the gateway knows every variable that its task is given', () => {
    const names = [...(gateway.environment ?? []), ...(gateway.secrets ?? [])].map(({ name }) => name);
    expect(names.length).toBeGreaterThan(10);
    expect(unknown(names, known)).toEqual([]);
    expect(unknown([...names, 'TRAILGATE_STREAM_NAME'], known)).toEqual(['TRAILGATE_STREAM_NAME']);
  });

  test('the Lambda knows every variable that its function is given', () => {
    const variables = Object.keys(lambda?.Properties.Environment.Variables ?? {});
    expect(variables).toContain('TRAILGATE_KINESIS_STREAM');
    expect(unknown(variables, lambdaEnvironment.shape)).toEqual([]);
  });

  test('the task says where everything is that the engines of AWS need', () => {
    const given = new Set(gateway.environment?.map(({ name }) => name));
    for (const name of ['TRAILGATE_KINESIS_STREAM', 'TRAILGATE_CONTROL_TABLE', 'TRAILGATE_S3_BUCKET']) {
      expect(given).toContain(name);
    }
    expect(gateway.environment).toContainEqual({ name: 'TRAILGATE_MODE', value: 'aws' });
  });
});
