import { createDynamodbClient } from '../../../src/adapters/control-store/dynamodb-client.ts';
import { describeControlStore } from '../../contracts/control-store.ts';
import { createControlTable } from '../../rigs/dynalite.ts';
import { openDynamodbControl } from '../../rigs/dynamodb-control.ts';
import { type Ministack, startMinistack } from '../../rigs/ministack.ts';

let ministack: Ministack;
let opened = 0;
beforeAll(async () => {
  ministack = await startMinistack();
});
afterAll(() => ministack?.stop());

describeControlStore('MiniStack’s DynamoDB', async () => {
  opened += 1;
  const tableName = `control-${opened}`;
  const maker = createDynamodbClient(ministack.client);
  await createControlTable(maker, tableName);
  maker.destroy();
  return openDynamodbControl({ createClient: () => createDynamodbClient(ministack.client), tableName });
});
