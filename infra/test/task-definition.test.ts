import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTemplate } from '../src/committed-template.ts';
import { placeholders, readExample, type TaskDefinition, validateAsCloudFormation } from './checks/task-definition.ts';
import { parseTemplate } from './checks/template.ts';

/** What the stack cannot know; docs/deploy-aws.md says where each comes from. */
const FROM_ELSEWHERE = ['Image', 'Region', 'SnowflakeAccount', 'SnowflakeUser'];

function validate(definition: TaskDefinition): void {
  const outdir = mkdtempSync(join(tmpdir(), 'trailgate-task-'));
  try {
    validateAsCloudFormation(definition, outdir);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

test('the example is a task definition by the schema of the vendor', () => {
  assert.doesNotThrow(() => validate(readExample()));
});

test('a field that does not exist, or has another type, would be noticed', () => {
  const misspelt = readExample();
  Object.assign(misspelt.containerDefinitions[1] ?? {}, { readOnlyRootFileSystem: true });
  assert.throws(() => validate(misspelt), /Validation failed/);
  const wrong = readExample();
  Object.assign(wrong.containerDefinitions[1] ?? {}, { portMappings: [{ containerPort: 'http' }] });
  assert.throws(() => validate(wrong), /Validation failed/);
});

test('every placeholder is an output of the stack, or one of the few that it cannot know', () => {
  const outputs = Object.keys(parseTemplate(makeTemplate()).Outputs);
  const unknown = placeholders(readExample()).filter((name) => !outputs.includes(name));
  assert.deepEqual(unknown.sort(), FROM_ELSEWHERE);
});

test('no container runs as root, writes into its image or keeps a capability', () => {
  for (const { name, user, readonlyRootFilesystem, linuxParameters } of readExample().containerDefinitions) {
    assert.match(user ?? '', /^[1-9]\d*:[1-9]\d*$/, name);
    assert.equal(readonlyRootFilesystem, true, name);
    assert.deepEqual((linuxParameters as { capabilities: unknown }).capabilities, { drop: ['ALL'] }, name);
  }
});

test('secrets come from Secrets Manager and stand in no environment', () => {
  for (const { name, secrets = [], environment = [] } of readExample().containerDefinitions) {
    for (const { valueFrom } of secrets) assert.match(valueFrom, /^\$\{\w+Secret\}$/, name);
    const plain = environment.filter(
      ({ name: variable }) => /(_KEY|TOKEN|PASSWORD|SECRET)$/.test(variable) && variable !== 'TRAILGATE_S3_KMS_KEY',
    );
    assert.deepEqual(plain, [], name);
  }
});

test('the file with the key is written by a container that ends before the gateway begins, for its user alone', () => {
  const [writer, gateway] = readExample().containerDefinitions;
  assert.deepEqual(gateway?.dependsOn, [{ containerName: writer?.name, condition: 'SUCCESS' }]);
  const folder = mkdtempSync(join(tmpdir(), 'trailgate-key-'));
  try {
    const [script = ''] = writer?.command ?? [];
    const run = spawnSync(process.execPath, ['-e', script.replace('/data', folder)], {
      env: { SNOWFLAKE_KEY: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----' },
      encoding: 'utf8',
    });
    assert.equal(run.status, 0, run.stderr);
    const file = join(folder, 'snowflake.p8');
    assert.equal(readFileSync(file, 'utf8'), '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(
      gateway?.environment?.find(({ name }) => name === 'TRAILGATE_SNOWFLAKE_KEY_FILE')?.value,
      /'(\/data\/[^']+)'/.exec(script)?.[1],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the container is healthy while /healthz answers', () => {
  const gateway = readExample().containerDefinitions.find(({ name }) => name === 'gateway');
  assert.match(
    gateway?.healthCheck?.command.join(' ') ?? '',
    /^CMD node -e fetch\('http:\/\/127\.0\.0\.1:4000\/healthz'\)/,
  );
});
