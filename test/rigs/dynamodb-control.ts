import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamodbControlStore } from '../../src/adapters/control-store/dynamodb-control-store.ts';
import type { OpenedControl } from '../contracts/control-store.ts';

/** A store over a table that is there and empty, for the contract; `createClient` is called again at each restart. */
export function openDynamodbControl({
  createClient,
  tableName,
  startedAt = 1_000_000,
  clear = async () => undefined,
}: {
  readonly createClient: () => DynamoDBClient;
  readonly tableName: string;
  readonly startedAt?: number;
  /** Where the table outlives the test. */
  readonly clear?: () => Promise<void>;
}): OpenedControl {
  const clock = { at: startedAt, now: () => clock.at };
  const open = () => createDynamodbControlStore({ client: createClient(), tableName, clock });
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
      await clear();
    },
  };
}
