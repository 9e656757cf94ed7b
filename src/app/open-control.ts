import { join } from 'node:path';
import type { DataDirectory } from '../adapters/data-directory/data-directory.ts';
import type { Config } from '../config/config.ts';
import type { ControlStore } from '../ports/control-store.ts';
import { needDirectory } from './need-directory.ts';

export async function openControl({
  config,
  directory,
}: {
  readonly config: Config;
  readonly directory: DataDirectory | null;
}): Promise<ControlStore> {
  const { control } = config.engines;
  if (control.engine === 'lmdb') {
    const { createLmdbControlStore } = await import('../adapters/control-store/lmdb-control-store.ts');
    return createLmdbControlStore({ path: join(needDirectory(directory).path, 'control') });
  }
  const { createDynamodbControlStore } = await import('../adapters/control-store/dynamodb-control-store.ts');
  const { createDynamodbClient } = await import('../adapters/control-store/dynamodb-client.ts');
  return createDynamodbControlStore({ client: createDynamodbClient(), tableName: control.tableName });
}
