import type { Shard as KinesisShard } from '@aws-sdk/client-kinesis';
import type { Shard } from '../../ports/event-stream.ts';
import type { KinesisCalls } from './kinesis-calls.ts';

/** More pages than a stream of the largest size has. */
const MOST_PAGES = 100;

/** Every shard that can still be read, parents before children. */
export async function listShards(calls: Pick<KinesisCalls, 'listShards'>): Promise<readonly Shard[]> {
  const found: KinesisShard[] = [];
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { Shards = [], NextToken } = await calls.listShards(token);
    found.push(...Shards);
    token = NextToken;
    if (!token) break;
  }
  return parentsFirst(found);
}

/** A parent that is no longer listed is past what the stream keeps: nothing of it can be read any more. */
export function parentsFirst(listed: readonly KinesisShard[]): readonly Shard[] {
  const byId = new Map(
    listed.map(({ ShardId = '', ParentShardId, AdjacentParentShardId }) => [
      ShardId,
      [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined),
    ]),
  );
  const ordered = new Map<string, Shard>();
  const place = (id: string): void => {
    const parents = byId.get(id)?.filter((parent) => byId.has(parent));
    if (!parents || ordered.has(id)) return;
    for (const parent of parents) place(parent);
    ordered.set(id, { id, parents });
  };
  for (const id of byId.keys()) place(id);
  return [...ordered.values()];
}
