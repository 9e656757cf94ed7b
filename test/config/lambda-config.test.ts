import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lambdaEnvironment, readLambdaConfig } from '../../src/config/lambda-config.ts';

const HEX = '00ff'.repeat(16);
const needed = { TRAILGATE_KINESIS_STREAM: 'audit-events', TRAILGATE_INSTALLATION_KEY: HEX };

describe('the settings of the Lambda', () => {
  test('need the stream and the key, and say so together', () => {
    expect(() => readLambdaConfig({})).toThrow(
      /TRAILGATE_KINESIS_STREAM: is missing.*\n {2}TRAILGATE_INSTALLATION_KEY: is missing/,
    );
  });

  test('have defaults for the rest; an empty variable counts as not set', () => {
    const config = readLambdaConfig({ ...needed, TRAILGATE_MAPPING: '', TRAILGATE_KINESIS_BUCKETS: '' });
    expect(config).toMatchObject({ kinesisBuckets: 16, mappingFile: null });
    expect([...config.ignoredAttributes]).toEqual(['ttl']);
  });

  test('take the key as hexadecimal digits and in base64', () => {
    const key = Buffer.from(HEX, 'hex');
    for (const text of [HEX, HEX.toUpperCase(), key.toString('base64'), key.toString('base64url')]) {
      expect(readLambdaConfig({ ...needed, TRAILGATE_INSTALLATION_KEY: text }).installationKey).toEqual(key);
    }
  });

  test.each(['short', HEX.slice(2), `${HEX}00`, 'x'.repeat(44), Buffer.alloc(31).toString('base64'), `${HEX} `])(
    'refuse the key %s',
    (text) => {
      expect(() => readLambdaConfig({ ...needed, TRAILGATE_INSTALLATION_KEY: text })).toThrow(
        'TRAILGATE_INSTALLATION_KEY: must be 32 bytes, as 64 hexadecimal digits or in base64',
      );
    },
  );

  test('never show the key in what they say', () => {
    expect(() => readLambdaConfig({ ...needed, TRAILGATE_INSTALLATION_KEY: 'secret-but-short' })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }) as Error,
    );
  });

  test('take names of attributes as a list', () => {
    const { ignoredAttributes } = readLambdaConfig({ ...needed, TRAILGATE_DYNAMODB_IGNORE: 'ttl, gsi1pk,expires_at' });
    expect([...ignoredAttributes]).toEqual(['ttl', 'gsi1pk', 'expires_at']);
  });

  test.each([
    ['TRAILGATE_KINESIS_BUCKETS', '0'],
    ['TRAILGATE_KINESIS_BUCKETS', '1.5'],
    ['TRAILGATE_KINESIS_BUCKETS', '1001'],
  ])('refuse %s=%s', (name, value) => {
    expect(lambdaEnvironment.safeParse({ ...needed, [name]: value }).success).toBe(false);
  });
});

describe('docs/dynamodb.md', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'dynamodb.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(TRAILGATE_\w+)` *\|.*\| *(?:`(.*)`)? *\| `(.+)` *\|$/gm)].map(
    ([, name = '', byDefault, example = '']) => ({ name, byDefault, example }),
  );

  test('names every variable, and no other', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(lambdaEnvironment.shape).sort());
  });

  test('names the defaults, and examples that are taken', () => {
    const defaults = lambdaEnvironment.parse(needed) as Record<string, unknown>;
    for (const { name, byDefault } of rows) {
      if (!(name in needed)) expect({ name, is: defaults[name]?.toString() }).toEqual({ name, is: byDefault });
    }
    const examples = Object.fromEntries(rows.map(({ name, example }) => [name, example]));
    expect(() => readLambdaConfig(examples)).not.toThrow();
  });
});
