import { createDynamodbClient } from '../../../src/adapters/control-store/dynamodb-client.ts';
import { createDynamodbControlStore } from '../../../src/adapters/control-store/dynamodb-control-store.ts';
import { describeControlStore } from '../../contracts/control-store.ts';
import { createControlTable } from '../../rigs/dynalite.ts';
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
  const clock = { at: 1_000_000, now: () => clock.at };
  const open = () => createDynamodbControlStore({ client: createDynamodbClient(ministack.client), tableName, clock });
  let store = open();
  return {
    store,
    clock,
    marginMs: 2_000,
    reopen: async () => {
      await store.close();
      store = open();
      return store;
    },
    remove: () => store.close(),
  };
});
