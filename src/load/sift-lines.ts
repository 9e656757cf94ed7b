import type { PackedRecord } from '../ports/event-stream.ts';
import { cutLines } from './cut-lines.ts';
import { readLine, type Unreadable } from './read-line.ts';
import { unknownInLog } from './stage-lines.ts';

/** A number of the log behind which nothing could be loaded. */
export interface LostLine extends Unreadable {
  readonly seq: number;
  /** Of the record that the line lies in; milliseconds since 1970. */
  readonly recordReceivedAt: number;
}

export interface Sifted {
  /** Lines that the warehouse can take. */
  readonly sound: readonly Buffer[];
  readonly lost: readonly LostLine[];
}

const MISSING: Unreadable = {
  phase: 'unreadable',
  seq: null,
  why: 'its record does not hold it',
  receivedAt: null,
  ingestedBy: null,
  eventId: null,
  source: null,
  document: null,
};

/**
 * Looks at every line by itself. Each number of a record ends as one sound line, one of another kind, or one lost line,
 * also where a line end was broken and there are more pieces than numbers, or fewer.
 * @throws UnknownEnvelopeError at the first line of a version that this code does not know.
 */
export function siftLines(
  records: readonly PackedRecord[],
  log: { readonly node: string; readonly epoch: number },
): Sifted {
  const sound: Buffer[] = [];
  const lost: LostLine[] = [];
  for (const { firstSeq, lastSeq, receivedAt, lines } of records) {
    const claimed = new Set<number>();
    const unreadable: Unreadable[] = [];
    for (const line of cutLines(lines)) {
      const reading = readLine(line, { ...log, firstSeq, lastSeq });
      if (reading.phase === 'unknown') throw unknownInLog(reading.seq ?? firstSeq, reading.version);
      if (reading.phase === 'unreadable') {
        unreadable.push(reading);
        continue;
      }
      if (claimed.has(reading.seq)) continue;
      claimed.add(reading.seq);
      if (reading.phase === 'sound') sound.push(line);
    }
    const named = new Map(unreadable.map((reading) => [reading.seq, reading]));
    const nameless = unreadable.filter(({ seq }) => seq === null);
    for (const seq of numbersWithout(claimed, firstSeq, lastSeq)) {
      lost.push({ ...(named.get(seq) ?? nameless.shift() ?? MISSING), seq, recordReceivedAt: receivedAt });
    }
  }
  return { sound, lost };
}

const numbersWithout = (claimed: ReadonlySet<number>, firstSeq: number, lastSeq: number): number[] =>
  Array.from({ length: lastSeq - firstSeq + 1 }, (_, index) => firstSeq + index).filter((seq) => !claimed.has(seq));
