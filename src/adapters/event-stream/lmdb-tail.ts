import { type EventEmitter, once } from 'node:events';
import { AppError } from '../../domain/errors.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { EventStream, PackedRecord, TailBatch, TailRecord, TailStart } from '../../ports/event-stream.ts';

type ReadableLog = Pick<EventLog, 'head' | 'formerEpochs' | 'oldestSeq' | 'read'>;

/** Behind which line of which epoch a tail reads on. */
interface Place {
  readonly epoch: number;
  readonly seq: number;
}

const SHARD = '0';
const CHUNK_BYTES = 4 * 1024 * 1024;
const QUIET_MS = 5_000;

/** The log as a stream of one shard. A place is `epoch:first line`; `appended` speaks whenever there is something new. */
export function createLogTail(log: ReadableLog, appended: EventEmitter): Pick<EventStream, 'shards' | 'tail'> {
  const epochs = async (): Promise<readonly number[]> => {
    const { epoch } = await log.head();
    return [...(await log.formerEpochs()).map((range) => range.epoch), epoch];
  };

  const oldest = async (): Promise<Place> => ({ epoch: (await epochs())[0] as number, seq: 0 });

  const startOf = async (from: TailStart): Promise<Place> => {
    if (from.phase === 'oldest' || from.phase === 'time') return oldest();
    const head = await log.head();
    if (from.phase === 'newest') return { epoch: head.epoch, seq: head.seq };
    const place = parsePlace(from.place);
    const [next] = await log.read(place.seq - 1, 1, place.epoch);
    if (next?.firstSeq !== place.seq) {
      throw new AppError('POSITION_EXPIRED', 'The log no longer holds this place. Begin at a later one.');
    }
    return { epoch: place.epoch, seq: from.phase === 'at' ? place.seq - 1 : next.lastSeq };
  };

  /** The next chunk; where an epoch is read to its end, of the next that holds lines. */
  const readOn = async (place: Place): Promise<{ place: Place; records: readonly PackedRecord[] }> => {
    for (const epoch of (await epochs()).filter((number) => number >= place.epoch)) {
      const seq = epoch === place.epoch ? place.seq : 0;
      const records = await log.read(seq, CHUNK_BYTES, epoch);
      const last = records.at(-1);
      if (last) return { place: { epoch, seq: last.lastSeq }, records };
    }
    return { place, records: [] };
  };

  async function* tail(shard: string, from: TailStart, signal: AbortSignal): AsyncGenerator<TailBatch> {
    if (shard !== SHARD) throw new AppError('POSITION_EXPIRED', `The log has no shard ${shard}.`);
    let place = await startOf(from);
    while (!signal.aborted) {
      // Listening begins before the look, so that nothing appended between the two is slept over.
      const waiting = new AbortController();
      const more = once(appended, 'records', { signal: AbortSignal.any([signal, waiting.signal]) }).catch(
        () => undefined,
      );
      const found = await readOn(place);
      place = found.place;
      const records = found.records
        .filter(({ receivedAt }) => from.phase !== 'time' || receivedAt >= from.from)
        .map((record) => toTailRecord(record, found.place.epoch));
      const newest = found.records.at(-1)?.receivedAt;
      if (newest !== undefined) {
        waiting.abort();
        if (records.length > 0) yield { records, behindMs: Math.max(0, (await log.head()).receivedAt - newest) };
        continue;
      }
      const timer = setTimeout(() => waiting.abort(), QUIET_MS);
      await more;
      clearTimeout(timer);
      if (!signal.aborted && waiting.signal.aborted) yield { records: [], behindMs: 0 };
    }
  }

  return { shards: async () => [{ id: SHARD, parents: [] }], tail };
}

const toTailRecord = ({ firstSeq, receivedAt, lines }: PackedRecord, epoch: number): TailRecord => ({
  place: `${epoch}:${firstSeq}`,
  arrivedAt: receivedAt,
  lines,
});

function parsePlace(text: string): Place {
  const match = /^(\d{1,15}):(\d{1,15})$/.exec(text);
  if (!match) throw new AppError('POSITION_EXPIRED', 'This is no place of the log.');
  return { epoch: Number(match[1]), seq: Number(match[2]) };
}
