import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, type DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { createDynamodbClient } from '../../src/adapters/control-store/dynamodb-client.ts';
import { CONTROL_TABLE_KEYS } from '../../src/adapters/control-store/dynamodb-table.ts';

/** True when it answers the request itself; it may also change how dynalite's answer goes out. */
export type Meddler = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface DynaliteRig {
  readonly clientConfig: DynamoDBClientConfig;
  readonly client: DynamoDBClient;
  /** Makes an empty table for control documents and answers its name. */
  createTable(): Promise<string>;
  /** Stands before dynalite until the next call. */
  meddle(meddler: Meddler | null): void;
  stop(): Promise<void>;
}

/** dynalite 4 in memory, on a free port of the loopback interface. */
export async function startDynalite(): Promise<DynaliteRig> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  let meddler: Meddler | null = null;
  const [answer] = server.listeners('request') as ((req: IncomingMessage, res: ServerResponse) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!meddler?.(request, response)) answer?.(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const clientConfig: DynamoDBClientConfig = {
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
  const client = createDynamodbClient(clientConfig);
  let tables = 0;
  return {
    clientConfig,
    client,
    createTable: async () => {
      tables += 1;
      const TableName = `control-${tables}`;
      await createControlTable(client, TableName);
      return TableName;
    },
    meddle: (next) => {
      meddler = next;
    },
    stop: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What the infrastructure makes in a real account. */
export async function createControlTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [...CONTROL_TABLE_KEYS.KeySchema],
      AttributeDefinitions: [...CONTROL_TABLE_KEYS.AttributeDefinitions],
    }),
  );
}
