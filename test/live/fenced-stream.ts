import { randomUUID } from 'node:crypto';
import type { EventStream, PackedRecord } from '../../src/ports/event-stream.ts';

/** As long as a stream may take to show what it took, and as far as our clock may be ahead of its. */
const SHOWN_WITHIN_MS = 30_000;

/**
 * A stream as if it had been empty just now: a record is put into every bucket and found again, and `oldest` begins behind
 * it. What the stream held before, and shards that were closed before, are not seen.
 */
export async function fence(stream: EventStream): Promise<EventStream> {
  const mark = randomUUID();
  const from = Date.now() - SHOWN_WITHIN_MS;
  await stream.append(Array.from({ length: stream.buckets }, (_, bucket) => aFence(mark, bucket)));
  const places = await findFences(stream, mark, from);
  const shards = await stream.shards();
  return {
    buckets: stream.buckets,
    append: (records, options) => stream.append(records, options),
    // The contract takes the first for the one that bucket 0 is in.
    shards: async () => [...places.keys()].map((id) => ({ id, parents: parentsWithin(shards, id, places) })),
    tail: (shard, start, signal) => {
      const place = places.get(shard);
      return stream.tail(shard, start.phase === 'oldest' && place ? { phase: 'after', place } : start, signal);
    },
    close: () => stream.close(),
  };
}

const aFence = (mark: string, bucket: number): PackedRecord => ({
  bucket,
  firstSeq: 1,
  lastSeq: 1,
  receivedAt: Date.now(),
  lines: Buffer.from(`${JSON.stringify({ mark, bucket })}\n`),
});

/** The last fence of each shard; the shard of bucket 0 first. */
async function findFences(stream: EventStream, mark: string, from: number): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  const found = new Map<number, string>();
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), SHOWN_WITHIN_MS);
  const look = async (shard: string): Promise<void> => {
    for await (const { records } of stream.tail(shard, { phase: 'time', from }, stop.signal)) {
      for (const { lines, place } of records) {
        const line = JSON.parse(lines.toString().split('\n')[0] as string) as { mark?: string; bucket: number };
        if (line.mark !== mark) continue;
        places.set(shard, place);
        found.set(line.bucket, shard);
      }
      if (found.size === stream.buckets) stop.abort();
    }
  };
  await Promise.all((await stream.shards()).map(({ id }) => look(id)));
  clearTimeout(timer);
  if (found.size < stream.buckets) {
    throw new Error(`${found.size} of ${stream.buckets} records came back within ${SHOWN_WITHIN_MS} ms`);
  }
  const first = found.get(0) as string;
  return new Map([[first, places.get(first) as string], ...places]);
}

const parentsWithin = (
  shards: Awaited<ReturnType<EventStream['shards']>>,
  id: string,
  places: ReadonlyMap<string, string>,
): readonly string[] => shards.find((shard) => shard.id === id)?.parents.filter((parent) => places.has(parent)) ?? [];
