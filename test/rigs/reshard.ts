import {
  KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  type Shard,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { configFor, untilActive } from './kinesis-endpoint.ts';

/** Splits and merges shards of a stream as an operator would. */
export function createResharder(url: string, StreamName: string) {
  const client = new KinesisClient(configFor(url));
  const find = async (id: string): Promise<Shard> => {
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
    const shard = Shards.find(({ ShardId }) => ShardId === id);
    if (!shard) throw new Error(`no shard ${id}`);
    return shard;
  };
  return {
    split: async (id: string): Promise<void> => {
      const { HashKeyRange } = await find(id);
      const middle = (BigInt(HashKeyRange?.StartingHashKey ?? 0) + BigInt(HashKeyRange?.EndingHashKey ?? 0)) / 2n + 1n;
      await client.send(new SplitShardCommand({ StreamName, ShardToSplit: id, NewStartingHashKey: middle.toString() }));
      await untilActive(client, StreamName);
    },
    merge: async (id: string, neighbour: string): Promise<void> => {
      await client.send(new MergeShardsCommand({ StreamName, ShardToMerge: id, AdjacentShardToMerge: neighbour }));
      await untilActive(client, StreamName);
    },
    close: (): void => client.destroy(),
  };
}
