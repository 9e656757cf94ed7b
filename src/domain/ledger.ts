import { mergeRanges, type NumberRange } from './number-ranges.ts';

/** OPEN before a node accepts anything, CLOSED when it will accept no more, LIVE in between. */
export type LedgerState = 'OPEN' | 'LIVE' | 'CLOSED';

/** What a LEDGER line says: what its node has put into one bucket since its ledger line before, in that bucket. */
export interface LedgerEntry {
  readonly bucket: number;
  /** Null when `count` is 0. */
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  readonly count: number;
  /**
   * Numbers given to lines that the stream did not take, of any bucket: nobody need wait for them. (An answer may have
   * been lost, so that such a line may come all the same.)
   */
  readonly refused: readonly NumberRange[];
  readonly state: LedgerState;
}

/** As the rest of a line. A run of refused numbers is written as a pair: an outage may refuse a million. */
export function writeLedgerBody(entry: LedgerEntry): string {
  const refused = entry.refused.map(({ first, last }) => (first === last ? first : [first, last]));
  const { bucket, firstSeq, lastSeq, count, state } = entry;
  return `"ledger":${JSON.stringify({ bucket, firstSeq, lastSeq, count, refused, state })}`;
}

/** The refused numbers that a ledger's object tells; null for what is no such object. */
export function readRefused(ledger: unknown): readonly NumberRange[] | null {
  if (typeof ledger !== 'object' || ledger === null) return null;
  const { refused, state } = ledger as { refused?: unknown; state?: unknown };
  if (!Array.isArray(refused) || !(state === 'OPEN' || state === 'LIVE' || state === 'CLOSED')) return null;
  const ranges: NumberRange[] = [];
  for (const item of refused as unknown[]) {
    const [first, last] = Array.isArray(item) ? [item[0], item.length === 2 ? item[1] : null] : [item, item];
    if (!isNumber(first) || !isNumber(last) || first > last) return null;
    ranges.push({ first, last });
  }
  return mergeRanges(ranges);
}

/** From 1. */
const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;
