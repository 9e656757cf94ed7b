import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStream, PackedRecord, TailRecord, TailStart } from '../../src/ports/event-stream.ts';

export interface OpenedEventStream {
  readonly stream: EventStream;
  /** Closes it and removes what it left. */
  remove(): Promise<void>;
}

/** Longer than any engine takes; shorter than a test may. */
const GIVE_UP_MS = 15_000;

interface RecordDraft {
  readonly bucket?: number;
  readonly seq: number;
  readonly count?: number;
  readonly bytes?: number;
}

/** A record of `count` lines that say where they belong; about `bytes` in all. */
export function aStreamRecord({ bucket = 0, seq, count = 1, bytes = 0 }: RecordDraft): PackedRecord {
  const fill = '.'.repeat(Math.max(0, Math.floor(bytes / count) - 40));
  const lines = Array.from({ length: count }, (_, at) => `{"bucket":${bucket},"seq":${seq + at},"x":"${fill}é"}\n`);
  return {
    bucket,
    firstSeq: seq,
    lastSeq: seq + count - 1,
    receivedAt: Date.now(),
    lines: Buffer.from(lines.join('')),
  };
}

export interface ReadLine {
  readonly bucket: number;
  readonly seq: number;
}

export const linesOf = ({ lines }: Pick<TailRecord, 'lines'>): ReadLine[] =>
  lines
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as ReadLine);

export const seqsOf = (records: readonly TailRecord[]): number[] => records.flatMap(linesOf).map(({ seq }) => seq);

/** Records of one shard from a place on, until there are `count` of them. */
export async function readShard(
  stream: EventStream,
  { shard, from, count }: { shard: string; from: TailStart; count: number },
): Promise<TailRecord[]> {
  const found: TailRecord[] = [];
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), GIVE_UP_MS);
  try {
    for await (const { records } of stream.tail(shard, from, stop.signal)) {
      found.push(...records);
      if (found.length >= count) return found;
    }
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
  if (stop.signal.aborted) throw new Error(`${found.length} of ${count} records came within ${GIVE_UP_MS} ms`);
  return found;
}

/** Records of all shards, as they come, until there are `count` of them. */
export async function readStream(
  stream: EventStream,
  count: number,
  from: TailStart = { phase: 'oldest' },
): Promise<TailRecord[]> {
  const found: TailRecord[] = [];
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), GIVE_UP_MS);
  const readOne = async (shard: string): Promise<void> => {
    for await (const { records } of stream.tail(shard, from, stop.signal)) {
      found.push(...records);
      if (found.length >= count) stop.abort();
    }
  };
  await Promise.all((await stream.shards()).map(({ id }) => readOne(id)));
  clearTimeout(timer);
  if (found.length < count) throw new Error(`${found.length} of ${count} records came within ${GIVE_UP_MS} ms`);
  return found;
}

const byBucket = (records: readonly TailRecord[]): Map<number, number[]> => {
  const found = new Map<number, number[]>();
  for (const { bucket, seq } of records.flatMap(linesOf)) found.set(bucket, [...(found.get(bucket) ?? []), seq]);
  return found;
};

const refusalOf = async (reading: AsyncIterable<unknown>): Promise<unknown> => {
  try {
    for await (const _ of reading) break;
    return null;
  } catch (error) {
    return error;
  }
};

export interface EngineLimits {
  /** An emulator that takes any text for a place; the service does not. */
  readonly takesAnyPlace?: boolean;
}

/** What every engine promises. `open` gives an empty stream. */
export function describeEventStream(
  engine: string,
  open: () => Promise<OpenedEventStream>,
  { takesAnyPlace = false }: EngineLimits = {},
): void {
  describe(`${engine} as an EventStream`, () => {
    let opened: OpenedEventStream;
    let stream: EventStream;
    /** The shard that bucket 0 is in. */
    let shard: string;
    let seq = 0;
    const append = async (drafts: readonly Omit<RecordDraft, 'seq'>[]): Promise<PackedRecord[]> => {
      const records = drafts.map((draft) => {
        const record = aStreamRecord({ ...draft, seq: seq + 1 });
        seq = record.lastSeq;
        return record;
      });
      await stream.append(records);
      return records;
    };
    /** Records of bucket 0 one after another, read back as the engine took them. */
    const appendInTurn = async (count: number): Promise<TailRecord[]> => {
      for (let done = 0; done < count; done += 1) {
        await append([{}]);
        // Each is of a millisecond of its own.
        for (const now = Date.now(); Date.now() === now; ) await sleep(1);
      }
      return readShard(stream, { shard, from: { phase: 'oldest' }, count });
    };

    beforeEach(async () => {
      seq = 0;
      opened = await open();
      stream = opened.stream;
      shard = (await stream.shards())[0]?.id as string;
    });
    afterEach(() => opened.remove());

    test('names shards, each once, and no parent that stands behind its child', async () => {
      const shards = await stream.shards();
      const seen = new Set<string>();
      for (const { id, parents } of shards) {
        expect(parents.every((parent) => seen.has(parent))).toBe(true);
        seen.add(id);
      }
      expect(seen.size).toBe(shards.length);
      expect(shards.length).toBeGreaterThan(0);
    });

    test('reads what was appended, byte for byte, the lines of a record together', async () => {
      const records = await append([{ count: 3 }]);
      records.push(...(await append([{ bytes: 900_000, count: 100 }])));
      const found = await readShard(stream, { shard, from: { phase: 'oldest' }, count: 2 });
      expect(found.map(({ lines }) => lines.equals(records.shift()?.lines as Buffer))).toEqual([true, true]);
      expect(new Set(found.map(({ place }) => place)).size).toBe(2);
    });

    test('keeps the order of every bucket, whatever other callers append meanwhile', async () => {
      const rounds = 12;
      const buckets = Array.from({ length: stream.buckets }, (_, bucket) => bucket);
      if (stream.buckets === 1) for (let round = 0; round < rounds; round += 1) await append([{}]);
      else {
        await Promise.all(
          buckets.map(async (bucket) => {
            for (let round = 1; round <= rounds; round += 1) {
              await stream.append([aStreamRecord({ bucket, seq: bucket * rounds + round })]);
            }
          }),
        );
      }
      const found = byBucket(await readStream(stream, rounds * stream.buckets));
      expect([...found.keys()].sort((a, b) => a - b)).toEqual(buckets);
      for (const [bucket, seqs] of found) {
        expect(seqs).toEqual(Array.from({ length: rounds }, (_, round) => bucket * rounds + round + 1));
      }
    });

    test('takes nothing at all as done', async () => {
      await stream.append([]);
    });

    test('begins at a record with `at`, and behind it with `after`', async () => {
      const all = await appendInTurn(4);
      const place = all[1]?.place as string;
      const found = await Promise.all([
        readShard(stream, { shard, from: { phase: 'at', place }, count: 3 }),
        readShard(stream, { shard, from: { phase: 'after', place }, count: 2 }),
      ]);
      expect(found.map(seqsOf)).toEqual([
        [2, 3, 4],
        [3, 4],
      ]);
    });

    test('goes on behind the last record, when there is nothing behind it yet', async () => {
      const place = (await appendInTurn(2)).at(-1)?.place as string;
      const reading = readShard(stream, { shard, from: { phase: 'after', place }, count: 1 });
      await append([{}]);
      expect(seqsOf(await reading)).toEqual([3]);
    });

    test('begins with the first record that arrived at a time or later', async () => {
      const all = await appendInTurn(4);
      const from = { phase: 'time', from: all[2]?.arrivedAt as number } as const;
      expect(seqsOf(await readShard(stream, { shard, from, count: 2 }))).toEqual([3, 4]);
    });

    test('begins with what comes after, at the newest', async () => {
      await appendInTurn(2);
      const stop = new AbortController();
      const reading = readShard(stream, { shard, from: { phase: 'newest' }, count: 1 });
      // Nothing says that a reader has begun but what it reads.
      const writing = (async () => {
        while (!stop.signal.aborted) {
          await append([{}]);
          await sleep(20);
        }
      })();
      const [first] = seqsOf(await reading);
      stop.abort();
      await writing;
      expect(first).toBeGreaterThan(2);
    });

    test('shows several readers the same, live', async () => {
      const readers = [1, 2, 3].map(() => readShard(stream, { shard, from: { phase: 'oldest' }, count: 5 }));
      for (let round = 0; round < 5; round += 1) await append([{}]);
      const found = (await Promise.all(readers)).map(seqsOf);
      expect(found).toEqual([1, 2, 3].map(() => [1, 2, 3, 4, 5]));
    });

    test('says that a reader who has everything is not behind', async () => {
      await append([{}]);
      const stop = new AbortController();
      for await (const { records, behindMs } of stream.tail(shard, { phase: 'oldest' }, stop.signal)) {
        if (records.length === 0) continue;
        expect(behindMs).toBe(0);
        break;
      }
      stop.abort();
    });

    test('ends when its reader leaves, while it waits', async () => {
      const stop = new AbortController();
      const reading = stream.tail(shard, { phase: 'newest' }, stop.signal)[Symbol.asyncIterator]();
      const next = reading.next();
      setTimeout(() => stop.abort(), 50);
      expect(await next).toMatchObject({ done: true });
    });

    test('refuses a shard that it does not know', async () => {
      const { signal } = new AbortController();
      for (const unknown of ['nowhere', 'shardId-000000000077']) {
        const reading = stream.tail(unknown, { phase: 'oldest' }, signal);
        expect(await refusalOf(reading)).toMatchObject({ code: 'POSITION_EXPIRED' });
      }
    });

    (takesAnyPlace ? test.skip : test)('refuses places that it does not know', async () => {
      const [first] = await appendInTurn(1);
      const { signal } = new AbortController();
      const place = first?.place as string;
      for (const reading of [
        stream.tail(shard, { phase: 'at', place: 'nonsense' }, signal),
        stream.tail(shard, { phase: 'after', place: `${place}7` }, signal),
      ]) {
        expect(await refusalOf(reading)).toMatchObject({ code: 'POSITION_EXPIRED' });
      }
    });
  });
}
