import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import { createCursor } from '../../../src/adapters/event-stream/kinesis-cursor.ts';
import type { TailStart } from '../../../src/ports/event-stream.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2024, 2, 20);

const aRecord = (place: string, arrivedAt = START): KinesisRecord => ({
  SequenceNumber: place,
  ApproximateArrivalTimestamp: new Date(arrivedAt),
  Data: Buffer.from(`${place}\n`),
  PartitionKey: '0',
});

const aCursor = (from: TailStart) => {
  let now = START;
  const cursor = createCursor({ from, shard: 'shard-1', clock: { now: () => now } });
  return {
    ...cursor,
    pass: (ms: number) => {
      now += ms;
    },
    places: (places: readonly string[], behindMs = 0) =>
      cursor
        .take(
          places.map((place) => aRecord(place)),
          behindMs,
        )
        ?.records.map(({ place }) => place),
  };
};

const at = (place: string) => ({ Type: 'AT_SEQUENCE_NUMBER', SequenceNumber: place });

test('begins again at the record read last, and does not hand that on twice', () => {
  const cursor = aCursor({ phase: 'oldest' });
  expect(cursor.start()).toEqual({ Type: 'TRIM_HORIZON' });
  expect(cursor.places(['1', '2'])).toEqual(['1', '2']);
  expect(cursor.start()).toEqual(at('2'));
  expect(cursor.places(['2', '3'])).toEqual(['3']);
});

test('looks for its place through empty answers', () => {
  const cursor = aCursor({ phase: 'after', place: '5' });
  expect(cursor.start()).toEqual(at('5'));
  expect(cursor.places([], 1_000)).toBeUndefined();
  expect(cursor.isLooking()).toBe(true);
  expect(cursor.places(['5', '6'])).toEqual(['6']);
  expect(cursor.isLooking()).toBe(false);
});

test('a shard without records for days is no gap, once it was read to its end', () => {
  const cursor = aCursor({ phase: 'oldest' });
  cursor.start();
  cursor.places(['1']);
  cursor.pass(72 * HOUR_MS);
  cursor.places([], 0);
  // The record is long gone; the connection breaks, and the next record comes.
  cursor.start();
  cursor.pass(HOUR_MS);
  expect(cursor.places(['9'])).toEqual(['9']);
});

test('a reader that was away for longer than anything is surely kept is told of the gap', () => {
  const cursor = aCursor({ phase: 'oldest' });
  cursor.start();
  cursor.places(['1'], 0);
  cursor.pass(21 * HOUR_MS);
  cursor.start();
  expect(() => cursor.places(['9'])).toThrow(expect.objectContaining({ code: 'POSITION_EXPIRED' }));
});

test('a reader that was never at the newest is told of every gap', () => {
  const cursor = aCursor({ phase: 'oldest' });
  cursor.start();
  cursor.places(['1'], 5_000);
  cursor.start();
  expect(() => cursor.places(['9'])).toThrow(expect.objectContaining({ code: 'POSITION_EXPIRED' }));
});

test('a shard that ends before its place was seen no longer holds that', () => {
  const cursor = aCursor({ phase: 'at', place: '5' });
  cursor.start();
  expect(() => cursor.end()).toThrow(expect.objectContaining({ code: 'POSITION_EXPIRED' }));
});

test('begins at a time with the first record of it, and takes all behind that, whatever their times', () => {
  const cursor = aCursor({ phase: 'time', from: START - HOUR_MS });
  expect(cursor.start()).toEqual({ Type: 'AT_TIMESTAMP', Timestamp: new Date(START - HOUR_MS) });
  const times = [START - 2 * HOUR_MS, START - HOUR_MS, START - HOUR_MS - 1];
  const batch = cursor.take(
    times.map((time, index) => aRecord(String(index), time)),
    0,
  );
  expect(batch?.records.map(({ place }) => place)).toEqual(['1', '2']);
});

test('asks for no time that the clock of the service may not have reached', () => {
  const cursor = aCursor({ phase: 'time', from: START + HOUR_MS });
  expect(cursor.start()).toEqual({ Type: 'AT_TIMESTAMP', Timestamp: new Date(START - 5_000) });
  expect(cursor.places(['1'])).toBeUndefined();
});

test('at the newest it begins once, and again where the service said it had come to', () => {
  const cursor = aCursor({ phase: 'newest' });
  expect(cursor.start()).toEqual({ Type: 'LATEST' });
  expect(cursor.mayStartAgain()).toBe(true);
  cursor.places([]);
  expect(cursor.mayStartAgain()).toBe(false);
  cursor.markProgress('77');
  expect(cursor.mayStartAgain()).toBe(true);
  expect(cursor.start()).toEqual({ Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: '77' });
});

test('says now and then that there is nothing', () => {
  const cursor = aCursor({ phase: 'oldest' });
  cursor.start();
  expect(cursor.places([])).toBeUndefined();
  cursor.pass(5_000);
  expect(cursor.places([], 7)).toEqual([]);
  expect(cursor.places([])).toBeUndefined();
});
