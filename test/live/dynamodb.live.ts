import { createDynamodbClient } from '../../src/adapters/control-store/dynamodb-client.ts';
import { describeTable } from '../../src/adapters/control-store/dynamodb-table.ts';
import { describeControlStore } from '../contracts/control-store.ts';
import { openDynamodbControl } from '../rigs/dynamodb-control.ts';
import { clearPartitions, withinPartitions } from './own-partitions.ts';
import { describeLive, RUN } from './settings.ts';

describeLive('DynamoDB', ['TRAILGATE_LIVE_CONTROL_TABLE'], ({ TRAILGATE_LIVE_CONTROL_TABLE: tableName }) => {
  let opened = 0;

  describeControlStore('DynamoDB', async () => {
    opened += 1;
    const before = `${RUN}/${opened}/`;
    const seen = new Set<string>();
    return openDynamodbControl({
      createClient: () => withinPartitions(createDynamodbClient(), before, seen),
      tableName,
      startedAt: Date.now(),
      clear: async () => {
        const client = createDynamodbClient();
        await clearPartitions(client, tableName, seen);
        client.destroy();
      },
    });
  });

  test('the table is as it should be', async () => {
    const client = createDynamodbClient();
    expect(await describeTable(client, tableName)).toEqual({ status: 'ACTIVE', problems: [] });
    client.destroy();
  });
});
