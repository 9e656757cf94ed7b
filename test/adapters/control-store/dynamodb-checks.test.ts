import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { dynamodbChecks } from '../../../src/adapters/control-store/dynamodb-checks.ts';
import { createDynamodbClient } from '../../../src/adapters/control-store/dynamodb-client.ts';
import { type DynaliteRig, startDynalite } from '../../rigs/dynalite.ts';
import { findingsOf } from '../findings.ts';

let rig: DynaliteRig;
beforeAll(async () => {
  rig = await startDynalite();
});
afterAll(() => rig.stop());
afterEach(() => rig.meddle(null));

const looking = (tableName: string) =>
  findingsOf(dynamodbChecks({ client: createDynamodbClient({ ...rig.clientConfig, maxAttempts: 1 }), tableName }));

test('a table that fits, and may be read', async () => {
  const table = await rig.createTable();
  expect(await looking(table)).toEqual({
    'control table': `ok: ${table} is ACTIVE`,
    'control reading': 'ok: is allowed',
  });
});

test('one that is not there', async () => {
  expect(await looking('nowhere')).toEqual({
    'control table': expect.stringMatching(
      /^fail: The DynamoDB table nowhere does not exist in this region.*Create it/,
    ),
    'control reading': expect.stringMatching(/^fail: The DynamoDB table nowhere does not exist/),
  });
});

test('one without our keys', async () => {
  await rig.client.send(
    new CreateTableCommand({
      TableName: 'other-keys',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
  expect(await looking('other-keys')).toEqual({
    'control table': expect.stringMatching(
      /^fail: .*has the keys id \(HASH, S\); it needs pk .*make one as infra\/ does/,
    ),
    'control reading': expect.stringMatching(/^fail: .*does not fit/),
  });
});

test('one that this role may describe and not read', async () => {
  const table = await rig.createTable();
  rig.meddle(({ headers }, response) => {
    if (!String(headers['x-amz-target']).endsWith('.GetItem')) return false;
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#AccessDeniedException', message: 'no' }));
    return true;
  });
  const found = await looking(table);
  expect(found['control table']).toMatch(/^ok/);
  expect(found['control reading']).toMatch(/^fail: Access .* is denied\. Allow this role GetItem/);
});
