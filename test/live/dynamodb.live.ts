import { createDynamodbClient } from '../../src/adapters/control-store/dynamodb-client.ts';
import { createDynamodbControlStore } from '../../src/adapters/control-store/dynamodb-control-store.ts';
import { describeTable } from '../../src/adapters/control-store/dynamodb-table.ts';
import { describeControlStore } from '../contracts/control-store.ts';
import { clearPartitions, withinPartitions } from './own-partitions.ts';
import { describeLive, RUN } from './settings.ts';

describeLive('DynamoDB', ['TRAILGATE_LIVE_CONTROL_TABLE'], ({ TRAILGATE_LIVE_CONTROL_TABLE: tableName }) => {
  let opened = 0;

  describeControlStore('DynamoDB', async () => {
    opened += 1;
    const before = `${RUN}/${opened}/`;
    const seen = new Set<string>();
    const clock = { at: Date.now(), now: () => clock.at };
    const open = () =>
      createDynamodbControlStore({ client: withinPartitions(createDynamodbClient(), before, seen), tableName, clock });
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
      remove: async () => {
        await store.close();
        const client = createDynamodbClient();
        await clearPartitions(client, tableName, seen);
        client.destroy();
      },
    };
  });

  test('the table is as it should be', async () => {
    const client = createDynamodbClient();
    expect(await describeTable(client, tableName)).toEqual({ status: 'ACTIVE', problems: [] });
    client.destroy();
  });
});
