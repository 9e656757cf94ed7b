import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CfnResource, Stack } from 'aws-cdk-lib';
import { createApp } from '../src/app.ts';
import { COMMITTED, makeTemplate } from '../src/committed-template.ts';
import { findLambdaCode } from '../src/lambda-code.ts';
import type { LambdaCode } from '../src/settings.ts';

const DIST = join(import.meta.dirname, '..');
const folders: string[] = [];
const aFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'trailgate-infra-'));
  folders.push(folder);
  return folder;
};
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Runs with nothing of an account in the environment, and without a network. */
const runOffline = (script: string, outdir: string) =>
  spawnSync(process.execPath, ['--import', join(DIST, 'test', 'no-network.js'), ...script.split(' ')], {
    cwd: aFolder(),
    env: { PATH: process.env.PATH, HOME: aFolder(), CDK_OUTDIR: outdir },
    encoding: 'utf8',
    timeout: 60_000,
  });

const anApp = (context: Record<string, string> = {}) =>
  createApp({ outdir: aFolder(), postCliContext: { lambdaCode: 'placeholder', ...context } });
const theStack = (app: ReturnType<typeof createApp>) => app.node.findChild('trailgate') as Stack;

test('is made without an account, a network or Docker, and looks nothing up', () => {
  const outdir = aFolder();
  const { status, stderr } = runOffline(join(DIST, 'src', 'main.js'), outdir);
  assert.equal(status, 0, stderr);
  const manifest = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8'));
  assert.equal(manifest.missing, undefined);
  assert.ok(existsSync(join(outdir, 'trailgate.template.json')));
});

test('and would not be if it asked for the network', () => {
  const { status } = runOffline('--input-type=module -e fetch("http://127.0.0.1:4999/")', aFolder());
  assert.equal(status, 99);
});

test('is the same each time, and is the one that is committed', () => {
  const once = makeTemplate();
  assert.equal(makeTemplate(), once);
  assert.equal(readFileSync(COMMITTED, 'utf8'), once, 'run `npm run template`');
});

test('a property that CloudFormation does not know fails the synthesis', () => {
  const app = anApp();
  (theStack(app).node.findChild('Stream') as CfnResource).addPropertyOverride('ShardCountt', 3);
  assert.throws(() => app.synth(), /Validation failed/);
});

test('a type that CloudFormation does not know fails the synthesis', () => {
  const app = anApp();
  new CfnResource(theStack(app), 'Planted', { type: 'AWS::Kinesis::Strem' });
  assert.throws(() => app.synth(), /Validation failed/);
});

test('says that the code is a placeholder', () => {
  const messages = anApp()
    .synth()
    .stacks.flatMap((stack) => stack.messages.map(({ entry }) => String(entry.data)));
  assert.equal(messages.filter((text) => /placeholder/.test(text)).length, 1);
});

test('takes no placeholder where the built code was asked for', () => {
  assert.throws(
    () => findLambdaCode(new Stack(), 'built', join(aFolder(), 'dist-lambda')),
    /dist-lambda\/ is not there/,
  );
});

test('takes the built code where there is some, unless the placeholder was asked for', () => {
  const built = aFolder();
  writeFileSync(join(built, 'index.mjs'), 'export const handler = () => undefined;');
  const hashOf = (wanted: LambdaCode) => {
    const stack = new Stack();
    const code = findLambdaCode(stack, wanted, built);
    return code.bind(stack).s3Location?.objectKey;
  };
  assert.equal(hashOf('built'), hashOf('built-or-placeholder'));
  assert.notEqual(hashOf('built'), hashOf('placeholder'));
});

for (const [name, value, why] of [
  ['installation', 'Trail Gate', /needs 3 to 27/],
  ['installation', 'a'.repeat(28), /needs 3 to 27/],
  ['dynamodbSource', 'maybe', /is one of true, false/],
  ['lambdaCode', 'none', /is one of built-or-placeholder/],
] as const) {
  test(`refuses ${name}=${value.slice(0, 12)}`, () => {
    assert.throws(() => anApp({ [name]: value }), why);
  });
}

test('two installations in one account share no name', () => {
  const names = (installation: string) =>
    Object.values<{ Properties?: Record<string, unknown> }>(JSON.parse(makeTemplate({ installation })).Resources)
      .flatMap(({ Properties = {} }) => Object.entries(Properties))
      .filter(
        ([property]) =>
          /^(Name|.+Name)$/.test(property) && !/^(Metric|LogStream|LogGroup|Function)Name$/.test(property),
      )
      .map(([, value]) => JSON.stringify(value));
  const other = new Set(names('other'));
  assert.ok(other.size > 10);
  assert.deepEqual(
    names('trailgate').filter((name) => other.has(name)),
    [],
  );
});
