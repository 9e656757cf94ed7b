import { createRecentRecords } from '../../../src/adapters/event-stream/recent-records.ts';
import type { PackedRecord } from '../../../src/ports/event-stream.ts';

const aRecord = (firstSeq: number, lastSeq = firstSeq): PackedRecord => ({
  bucket: 0,
  firstSeq,
  lastSeq,
  receivedAt: firstSeq,
  lines: Buffer.alloc(10),
});
const numbers = (records: readonly PackedRecord[] | null) => records?.map(({ firstSeq }) => firstSeq);

test('answers from the record asked for up to the limit, one at least', () => {
  const recent = createRecentRecords(1_000);
  recent.add([aRecord(1, 4), aRecord(5), aRecord(6)]);
  expect(numbers(recent.after(0, 20))).toEqual([1, 5]);
  expect(numbers(recent.after(4, 1))).toEqual([5]);
  expect(numbers(recent.after(5, 1_000))).toEqual([6]);
});

test('says that it does not know what is not there, rather than that there is nothing', () => {
  const recent = createRecentRecords(1_000);
  expect(recent.after(0, 20)).toBeNull();
  recent.add([aRecord(7)]);
  expect(recent.after(0, 20)).toBeNull();
  expect(recent.after(7, 20)).toBeNull();
});

test('forgets the oldest above its bound, what is trimmed, and everything when cleared', () => {
  const recent = createRecentRecords(25);
  recent.add([aRecord(1), aRecord(2), aRecord(3)]);
  expect(recent.after(0, 100)).toBeNull();
  expect(numbers(recent.after(1, 100))).toEqual([2, 3]);
  recent.dropThrough(2);
  expect(recent.after(1, 100)).toBeNull();
  expect(numbers(recent.after(2, 100))).toEqual([3]);
  recent.clear();
  expect(recent.after(2, 100)).toBeNull();
});
