import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTemplate } from '../src/committed-template.ts';
import { allowedRights, wildcards } from './checks/rights.ts';
import { parseTemplate, planted, resourcesOf, theResource } from './checks/template.ts';

const template = parseTemplate(makeTemplate());

/** Each with its reason; everything else names what it is about. */
const WITH_A_STAR = [
  // A key's policy stands on that key: its resource is always `*`. The account's IAM policies decide on it.
  /^Key\w+\/IamDecides kms:\*$/,
  /^Key\w+\/(IamDecides|LogGroups|AlarmsToTopic) \*$/,
  // These actions know no resource.
  /^GatewayExecutionRole\w+\/RegistryLogin \*$/,
  /^GatewayRole\w+\/ListDeliveries \*$/,
  /^SourceRole\w+\/ListTableStreams \*$/,
  // Objects are named when they are written: below one prefix of one bucket, or in the bucket of files.
  /^DeliveryRole\w+\/Objects \$\{EventsBucket\w+\.Arn\}\/(events|firehose-errors)\/\*$/,
  /^(GatewayRole|SnowflakeRole)\w+\/ReadEvents \$\{EventsBucket\w+\.Arn\}\/events\/\*$/,
  /^GatewayRole\w+\/Files \$\{FilesBucket\w+\.Arn\}\/\*$/,
  // A log stream is named by who opens it, a consumer by when it was registered.
  /^(GatewayExecutionRole|SourceRole)\w+\/Logs arn:.+:log-group:\$\{(GatewayLogs|SourceLogs)\}:log-stream:\*$/,
  /^GatewayRole\w+\/FanOut \$\{Stream\.Arn\}\/consumer\/trailgate-\*$/,
];

const unexplained = (found: readonly string[]) =>
  found.filter((text) => !WITH_A_STAR.some((known) => known.test(text)));

test('no policy allows more than it names, but for the list above', () => {
  assert.deepEqual(unexplained(wildcards(template)), []);
});

test('every entry of that list is still needed', () => {
  const found = wildcards(template);
  assert.deepEqual(
    WITH_A_STAR.filter((known) => !found.some((text) => known.test(text))),
    [],
  );
});

test('a wider action or resource would be noticed', () => {
  const wider = planted(template, (copy) => {
    const [read] = theResource(copy, 'AWS::IAM::Role', 'GatewayRole').Properties.Policies[0].PolicyDocument.Statement;
    read.Action = 'kinesis:*';
    read.Resource = '*';
  });
  assert.deepEqual(
    unexplained(wildcards(wider)).map((text) => text.split(' ')[1]),
    ['kinesis:*', '*'],
  );
});

test('roles carry their rights themselves and borrow none', () => {
  const roles = resourcesOf(template, 'AWS::IAM::Role');
  assert.equal(roles.length, 5);
  for (const [id, { Properties }] of roles) assert.equal(Properties.ManagedPolicyArns, undefined, id);
  for (const type of ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::User', 'AWS::IAM::AccessKey']) {
    assert.deepEqual(resourcesOf(template, type), [], type);
  }
});

test('each role is taken by one party alone, and for this account or with the external id alone', () => {
  const trust = Object.fromEntries(
    resourcesOf(template, 'AWS::IAM::Role').map(([id, { Properties }]) => {
      const [statement, ...others] = Properties.AssumeRolePolicyDocument.Statement;
      assert.deepEqual(others, [], id);
      return [id.slice(0, -8), [statement.Principal, statement.Condition?.StringEquals]];
    }),
  );
  const account = { Ref: 'AWS::AccountId' };
  assert.deepEqual(trust, {
    DeliveryRole: [{ Service: 'firehose.amazonaws.com' }, { 'sts:ExternalId': account }],
    SourceRole: [{ Service: 'lambda.amazonaws.com' }, undefined],
    GatewayRole: [{ Service: 'ecs-tasks.amazonaws.com' }, { 'aws:SourceAccount': account }],
    GatewayExecutionRole: [{ Service: 'ecs-tasks.amazonaws.com' }, { 'aws:SourceAccount': account }],
    SnowflakeRole: [{ AWS: { Ref: 'SnowflakeUserArn' } }, { 'sts:ExternalId': { Ref: 'SnowflakeExternalId' } }],
  });
});

test('the key is used through the services that hold something with it, never by itself', () => {
  const uses = resourcesOf(template, 'AWS::IAM::Role').flatMap(([, { Properties }]) =>
    Properties.Policies[0].PolicyDocument.Statement.filter(({ Sid }: { Sid: string }) => Sid === 'Key'),
  );
  assert.equal(uses.length, 5);
  for (const use of uses) assert.ok(use.Condition.StringEquals['kms:ViaService']);
  const byRoles = allowedRights(template).filter(({ owner }) => !owner.startsWith('Key'));
  const beside = byRoles.filter(({ sid, actions }) => sid !== 'Key' && actions.some((name) => name.startsWith('kms:')));
  assert.deepEqual(beside, []);
});

test('nobody but the gateway can delete a file, and nobody an object of events', () => {
  const deleting = allowedRights(template).filter(({ actions }) => actions.includes('s3:DeleteObject'));
  assert.equal(deleting.length, 1);
  assert.match(String(deleting[0]?.resources), /^\$\{FilesBucket/);
});
