import type { PackedRecord } from '../../ports/event-stream.ts';

/**
 * The newest records, kept in memory up to a bound. A loader that keeps up is answered from here and touches no page of
 * the log's file: mapped pages stay part of the process's resident memory, so that it grew by what was appended.
 */
export function createRecentRecords(limitBytes: number) {
  let records: PackedRecord[] = [];
  let bytes = 0;

  const dropFirst = (count: number): void => {
    if (count === 0) return;
    for (const { lines } of records.slice(0, count)) bytes -= lines.length;
    records = records.slice(count);
  };

  return {
    /** In the order of their numbers, right behind the last. */
    add: (added: readonly PackedRecord[]): void => {
      records.push(...added);
      bytes += added.reduce((sum, { lines }) => sum + lines.length, 0);
      let [gone, left] = [0, bytes];
      while (left > limitBytes && gone < records.length) {
        left -= (records[gone] as PackedRecord).lines.length;
        gone += 1;
      }
      dropFirst(gone);
    },
    /** What was trimmed can no longer be read: records up to the one that begins at `seq`. */
    dropThrough: (seq: number): void => {
      const kept = records.findIndex(({ firstSeq }) => firstSeq > seq);
      dropFirst(kept === -1 ? records.length : kept);
    },
    clear: (): void => {
      records = [];
      bytes = 0;
    },
    /** Records behind `afterSeq` up to about `limit` bytes, one at least; null when the first of them is not here. */
    after: (afterSeq: number, limit: number): readonly PackedRecord[] | null => {
      const from = records.findIndex(({ firstSeq }) => firstSeq === afterSeq + 1);
      if (from === -1) return null;
      let to = from;
      let size = 0;
      while (to < records.length && (to === from || size + (records[to] as PackedRecord).lines.length <= limit)) {
        size += (records[to] as PackedRecord).lines.length;
        to += 1;
      }
      return records.slice(from, to);
    },
  };
}
