import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTemplate } from '../src/committed-template.ts';
import { rightsNeeded, rightsNeededBelow } from './checks/calls.ts';
import { allowedRights } from './checks/rights.ts';
import { parseTemplate } from './checks/template.ts';

const SOURCES = join(import.meta.dirname, '..', '..', '..', 'src');
const template = parseTemplate(makeTemplate());
const rightsOf = (role: string) =>
  new Set(allowedRights(template).flatMap(({ owner, actions }) => (owner.startsWith(role) ? actions : [])));

test('the gateway may make every call to AWS that its sources hold', () => {
  const needed = rightsNeededBelow(SOURCES);
  assert.ok(needed.length >= 15, `only ${needed.length} calls were found`);
  const allowed = rightsOf('GatewayRole');
  assert.deepEqual(
    needed.filter((action) => !allowed.has(action)),
    [],
  );
});

test('the Lambda may append', () => {
  assert.ok(rightsOf('SourceRole').has('kinesis:PutRecords'));
});

test('a call that nobody was allowed would be noticed', () => {
  const source = `
    import { type KinesisClient, MergeShardsCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
    import type { GetItemCommand } from '@aws-sdk/client-dynamodb';
    import { HeadObjectCommand } from '@aws-sdk/client-s3';
    import { Upload } from '@aws-sdk/lib-storage';
  `;
  const allowed = rightsOf('GatewayRole');
  assert.deepEqual(rightsNeeded(source), [
    'kinesis:MergeShards',
    'kinesis:PutRecords',
    's3:GetObject',
    's3:PutObject',
    's3:AbortMultipartUpload',
  ]);
  assert.deepEqual(
    rightsNeeded(source).filter((action) => !allowed.has(action)),
    ['kinesis:MergeShards'],
  );
});
