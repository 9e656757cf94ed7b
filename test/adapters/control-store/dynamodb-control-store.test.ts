import type { IncomingMessage, ServerResponse } from 'node:http';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { createDynamodbClient } from '../../../src/adapters/control-store/dynamodb-client.ts';
import { createDynamodbControlStore } from '../../../src/adapters/control-store/dynamodb-control-store.ts';
import { describeTable } from '../../../src/adapters/control-store/dynamodb-table.ts';
import type { ControlStore } from '../../../src/ports/control-store.ts';
import { describeControlStore } from '../../contracts/control-store.ts';
import { type DynaliteRig, startDynalite } from '../../rigs/dynalite.ts';
import { openDynamodbControl } from '../../rigs/dynamodb-control.ts';
import { closedPort } from '../../rigs/s3rver.ts';

let rig: DynaliteRig;
beforeAll(async () => {
  rig = await startDynalite();
});
afterAll(() => rig.stop());

describeControlStore('dynalite', async () =>
  openDynamodbControl({
    createClient: () => createDynamodbClient(rig.clientConfig),
    tableName: await rig.createTable(),
  }),
);

describe('DynamoDB', () => {
  let tableName: string;
  let store: ControlStore;
  const open = (config: object = {}, table = tableName): ControlStore =>
    createDynamodbControlStore({ client: createDynamodbClient({ ...rig.clientConfig, ...config }), tableName: table });
  beforeAll(async () => {
    tableName = await rig.createTable();
  });
  beforeEach(() => {
    store = open();
  });
  afterEach(async () => {
    rig.meddle(null);
    await store.close();
  });

  const is = ({ headers }: IncomingMessage, operation: string): boolean =>
    String(headers['x-amz-target']).endsWith(`.${operation}`);
  const fail = (status: number, type: string) => (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'as told' }));
    return true;
  };
  /** The first one of these takes place, and its answer is lost. */
  const loseAnswerOf = (operation: string): { seen: number } => {
    const lost = { seen: 0 };
    rig.meddle((request, response) => {
      if (!is(request, operation)) return false;
      lost.seen += 1;
      if (lost.seen > 1) return false;
      response.end = (() => {
        request.socket.destroy();
        return response;
      }) as unknown as ServerResponse['end'];
      return false;
    });
    return lost;
  };

  test('a write whose answer was lost is no conflict with itself', async () => {
    const lost = loseAnswerOf('PutItem');
    expect(await store.put({ kind: 'rule', id: 'lost', body: 'one' }, 0)).toMatchObject({ version: 1 });
    expect(lost.seen).toBe(2);
    const again = loseAnswerOf('PutItem');
    expect(await store.put({ kind: 'rule', id: 'lost', body: 'two' }, 1)).toMatchObject({ version: 2 });
    expect(again.seen).toBe(2);
    expect(await store.get('rule', 'lost')).toMatchObject({ version: 2, body: 'two' });
  });

  test('a removal whose answer was lost is no conflict with itself', async () => {
    await store.put({ kind: 'rule', id: 'gone', body: 'one' }, 0);
    const lost = loseAnswerOf('DeleteItem');
    await store.remove('rule', 'gone', 1);
    expect(lost.seen).toBe(2);
    expect(await store.get('rule', 'gone')).toBeNull();
  });

  test('a lease whose answer was lost belongs to who took it', async () => {
    const lost = loseAnswerOf('PutItem');
    expect(await store.lease('lost', 'one', 10_000)).toMatchObject({ holder: 'one', token: 1 });
    expect(lost.seen).toBeGreaterThanOrEqual(2);
    expect(await store.lease('lost', 'two', 10_000)).toBeNull();
  });

  test('throttling for a moment passes unseen', async () => {
    let refusals = 0;
    rig.meddle((request, response) => {
      refusals += 1;
      return refusals <= 1 ? fail(400, 'ProvisionedThroughputExceededException')(request, response) : false;
    });
    expect(await store.put({ kind: 'rule', id: 'throttled', body: 'x' }, 0)).toMatchObject({ version: 1 });
    expect(refusals).toBe(2);
  });

  describe('says what is wrong and what to do', () => {
    const everyWork = (of: ControlStore): (() => Promise<unknown>)[] => [
      () => of.get('rule', 'a'),
      () => of.list('rule'),
      () => of.put({ kind: 'rule', id: 'a', body: '{}' }, 0),
      () => of.remove('rule', 'a', 1),
      () => of.lease('job', 'one', 1_000),
      () => of.release('job', 'one'),
    ];

    test.each([
      [400, 'ProvisionedThroughputExceededException', true, 'more than its capacity'],
      [400, 'ThrottlingException', true, 'more than its capacity'],
      [500, 'InternalServerError', true, 'Try again later'],
      [400, 'AccessDeniedException', false, 'Allow this role'],
      [400, 'UnrecognizedClientException', false, 'credentials'],
      [400, 'ExpiredTokenException', false, 'credentials'],
      [400, 'SomethingNewException', false, 'SomethingNewException'],
    ])('of %i %s', async (status, type, retryable, words) => {
      rig.meddle(fail(status, type));
      const impatient = open({ maxAttempts: 1 });
      for (const work of everyWork(impatient)) {
        await expect(work()).rejects.toMatchObject({
          code: 'WAREHOUSE_UNAVAILABLE',
          retryable,
          message: expect.stringMatching(new RegExp(`${tableName}.*${words}`)),
        });
      }
      await impatient.close();
    });

    test('of a table that is not there', async () => {
      const nowhere = open({}, 'nowhere');
      for (const work of everyWork(nowhere)) {
        await expect(work()).rejects.toMatchObject({
          code: 'WAREHOUSE_UNAVAILABLE',
          retryable: false,
          message: expect.stringContaining('The DynamoDB table nowhere does not exist'),
        });
      }
      await expect(describeTable(rig.client, 'nowhere')).rejects.toMatchObject({
        message: expect.stringContaining('The DynamoDB table nowhere does not exist'),
      });
      await nowhere.close();
    });

    test('of a table with other keys', async () => {
      await rig.client.send(
        new CreateTableCommand({
          TableName: 'other-keys',
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
        }),
      );
      const other = open({}, 'other-keys');
      await expect(other.get('rule', 'a')).rejects.toMatchObject({
        code: 'WAREHOUSE_UNAVAILABLE',
        retryable: false,
        message: expect.stringContaining('sort key the string sk'),
      });
      await other.close();
      expect((await describeTable(rig.client, 'other-keys')).problems).toEqual([
        'The table other-keys has the keys id (HASH, N); it needs pk (HASH, S) and sk (RANGE, S).',
      ]);
    });

    test('of an endpoint where nobody listens', async () => {
      const nobody = open({ endpoint: `http://127.0.0.1:${await closedPort()}`, maxAttempts: 2 });
      for (const work of everyWork(nobody)) {
        await expect(work()).rejects.toMatchObject({
          code: 'WAREHOUSE_UNAVAILABLE',
          retryable: true,
          message: expect.stringContaining('cannot be reached'),
        });
      }
      await nobody.close();
    });
  });

  test('describes a table that fits without problems', async () => {
    expect(await describeTable(rig.client, tableName)).toEqual({ status: 'ACTIVE', problems: [] });
  });
});
