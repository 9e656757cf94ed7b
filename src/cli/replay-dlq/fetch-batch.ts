import type { DeadLetter } from './dead-letter.ts';
import type { ApiRecord, StreamPage, TableStream } from './table-stream.ts';

export interface FetchedBatch {
  /** As Lambda would deliver them, in order. */
  readonly records: readonly unknown[];
  /** Records that the stream no longer has: it keeps them for 24 hours. */
  readonly gone: number;
}

/** A batch of Lambda has 10,000 records and 6 MiB at most; pages have 1 MiB, and may be empty on the way. */
const MAX_PAGES = 1_000;
/** Behind the end of an open shard every page is empty, for ever. */
const MAX_EMPTY_PAGES = 50;

/** Reads the records of a dead letter again. */
export async function fetchBatch(stream: TableStream, letter: DeadLetter): Promise<FetchedBatch> {
  const whole = await collect(stream, letter, { sequence: letter.firstSequence });
  // The first is gone, but the last may still be there.
  const found = whole ?? (await collect(stream, letter, 'oldest')) ?? [];
  return {
    records: found.map((record) => asDelivered(record, letter.streamArn)),
    gone: Math.max(0, letter.records - found.length),
  };
}

/** Null when the place, or what follows it, was let go. */
async function collect(
  stream: TableStream,
  letter: DeadLetter,
  place: { readonly sequence: string } | 'oldest',
): Promise<readonly ApiRecord[] | null> {
  const [first, last] = [BigInt(letter.firstSequence), BigInt(letter.lastSequence)];
  const found: ApiRecord[] = [];
  let cursor = await stream.cursorAt(letter, place);
  if (cursor === null) return null;
  let emptyPages = 0;
  for (let pages = 0; pages < MAX_PAGES && emptyPages < MAX_EMPTY_PAGES; pages += 1) {
    const page: StreamPage | null = await stream.read(letter, cursor);
    if (page === null) return null;
    emptyPages = page.records.length === 0 ? emptyPages + 1 : 0;
    for (const record of page.records) {
      const sequence = BigInt(record.dynamodb?.SequenceNumber ?? -1);
      if (sequence > last) return found;
      if (sequence >= first) found.push(record);
      if (sequence === last) return found;
    }
    if (page.next === null) return found;
    cursor = page.next;
  }
  return found;
}

/** Lambda names the stream in every record, and spells who it was in its own way. */
function asDelivered({ userIdentity, ...record }: ApiRecord, streamArn: string): unknown {
  const identity = userIdentity && { type: userIdentity.Type, principalId: userIdentity.PrincipalId };
  return { ...record, eventSourceARN: streamArn, ...(identity && { userIdentity: identity }) };
}
