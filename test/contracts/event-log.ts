import { hash } from 'node:crypto';
import { AppError } from '../../src/domain/errors.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { PackedRecord } from '../../src/ports/event-stream.ts';

export interface OpenedStream {
  readonly stream: EventLog;
  /** Closes it and opens what it left: a restart. */
  reopen(): Promise<EventLog>;
  /** Closes it and removes what it left. */
  remove(): Promise<void>;
}

export interface StreamLimits {
  readonly limitBytes: number;
}

const MIB = 1024 * 1024;
const WIDE: StreamLimits = { limitBytes: 256 * MIB };

/** A record of `count` lines that can be told apart; `bytes` in all. */
export function aRecord(firstSeq: number, count = 1, { bytes = 0, receivedAt = 1_000 + firstSeq } = {}): PackedRecord {
  const fill = '.'.repeat(Math.max(0, Math.floor(bytes / count) - 24));
  const lines = Array.from({ length: count }, (_, index) => `{"seq":${firstSeq + index},"x":"${fill}"}\n`);
  return { bucket: 0, firstSeq, lastSeq: firstSeq + count - 1, receivedAt, lines: Buffer.from(lines.join('')) };
}

/** Everything behind `afterSeq`, chunk by chunk. */
export async function readAll(stream: EventLog, afterSeq = 0, epoch?: number): Promise<PackedRecord[]> {
  const found: PackedRecord[] = [];
  for (let after = afterSeq; ; ) {
    const chunk = await stream.read(after, 8 * MIB, epoch);
    if (chunk.length === 0) return found;
    found.push(...chunk);
    after = (chunk.at(-1) as PackedRecord).lastSeq;
  }
}

/** Records as short texts, which compare faster than their bytes. */
const shown = (records: readonly PackedRecord[]): string[] =>
  records.map(
    ({ firstSeq, lastSeq, receivedAt, lines }) =>
      `${firstSeq}-${lastSeq} at ${receivedAt}: ${lines.length} bytes ${hash('sha256', lines, 'hex')}`,
  );

const refusalOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

/** What every engine promises. `open` gives an empty log that holds at least `limitBytes`. */
export function describeEventLog(engine: string, open: (limits: StreamLimits) => Promise<OpenedStream>): void {
  describe(`${engine} as an EventLog`, () => {
    let opened: OpenedStream | undefined;
    const openWith = async (limits: StreamLimits = WIDE): Promise<EventLog> => {
      opened = await open(limits);
      return opened.stream;
    };
    const reopen = (): Promise<EventLog> => (opened as OpenedStream).reopen();
    afterEach(async () => {
      await opened?.remove();
      opened = undefined;
    });

    test('is empty when new, and names itself', async () => {
      const stream = await openWith();
      expect(await stream.head()).toEqual({ node: expect.stringMatching(/./), epoch: 1, seq: 0, receivedAt: 0 });
      expect(await stream.oldestSeq()).toBeNull();
      expect(await stream.formerEpochs()).toEqual([]);
      expect(await stream.read(0, MIB)).toEqual([]);
      expect(await stream.usage()).toMatchObject({ bytes: 0 });
    });

    test('bears the same name after a restart, also while it is still empty', async () => {
      const { node } = await (await openWith()).head();
      expect((await (await reopen()).head()).node).toBe(node);
    });

    test('bears another name than another log', async () => {
      const { node } = await (await openWith()).head();
      await opened?.remove();
      expect((await (await openWith()).head()).node).not.toBe(node);
    });

    test('reads what was appended, in order, byte for byte', async () => {
      const stream = await openWith();
      const records = [aRecord(1), aRecord(2, 3), aRecord(5, 1, { bytes: 3 * MIB }), aRecord(6, 1_000)];
      await stream.append(records.slice(0, 1));
      await stream.append(records.slice(1));
      expect(await stream.head()).toMatchObject({ seq: 1_005, receivedAt: 1_006 });
      expect(shown(await readAll(stream))).toEqual(shown(records));
      expect(shown(await stream.read(4, 8 * MIB))).toEqual(shown(records.slice(2)));
      expect(await stream.oldestSeq()).toBe(1);
    });

    test('keeps everything over a restart, and goes on behind it', async () => {
      const before = await openWith();
      await before.append([aRecord(1, 2), aRecord(3)]);
      const [head, usage] = [await before.head(), await before.usage()];
      const stream = await reopen();
      expect(await stream.head()).toEqual(head);
      expect(await stream.usage()).toEqual(usage);
      await stream.append([aRecord(4)]);
      expect(shown(await readAll(stream))).toEqual(shown([aRecord(1, 2), aRecord(3), aRecord(4)]));
    });

    test('shows an append to reads as soon as it resolves', async () => {
      const stream = await openWith();
      for (let seq = 1; seq <= 50; seq += 1) {
        await stream.append([aRecord(seq)]);
        expect(shown(await stream.read(seq - 1, MIB))).toEqual(shown([aRecord(seq)]));
      }
    });

    test('reads in chunks of about so many bytes, and at least one record', async () => {
      const stream = await openWith();
      await stream.append([1, 2, 3, 4].map((seq) => aRecord(seq, 1, { bytes: 100_000 })));
      const lengthsOf = async (limit: number, after = 0) =>
        (await stream.read(after, limit)).map(({ firstSeq }) => firstSeq);
      expect(await lengthsOf(1)).toEqual([1]);
      expect(await lengthsOf(250_000)).toEqual([1, 2]);
      expect(await lengthsOf(250_000, 2)).toEqual([3, 4]);
      expect(await lengthsOf(1, 4)).toEqual([]);
    });

    test('leaves what was read as it is, whatever is appended and trimmed afterwards', async () => {
      const stream = await openWith();
      const records = [aRecord(1), aRecord(2, 1, { bytes: 50_000 }), aRecord(3, 1, { bytes: 2 * MIB })];
      await stream.append(records);
      const read = await readAll(stream);
      await stream.trim({ throughSeq: 3, keepReceivedAfter: 10_000 });
      for (let seq = 4; seq < 40; seq += 1) {
        await stream.append([aRecord(seq, 1, { bytes: seq % 2 ? 100 : 300_000 })]);
        await stream.read(3, 4 * MIB);
        await stream.trim({ throughSeq: seq - 2, keepReceivedAfter: 10_000 });
      }
      expect(shown(read)).toEqual(shown(records));
    });

    test('lets reads go on beside appends: each sees whole appends only', async () => {
      const stream = await openWith();
      const append = async (): Promise<void> => {
        for (let seq = 1; seq < 120; seq += 3) await stream.append([aRecord(seq), aRecord(seq + 1, 2)]);
      };
      const seen: number[] = [];
      let done = false;
      const read = async (): Promise<void> => {
        while (!done) {
          seen.push((await readAll(stream)).at(-1)?.lastSeq ?? 0);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const reading = read();
      await append();
      done = true;
      await reading;
      expect(seen.every((seq, index) => seq % 3 === 0 && seq >= (seen[index - 1] ?? 0))).toBe(true);
      expect((await readAll(stream)).at(-1)?.lastSeq).toBe(120);
    });

    test('trims only what is loaded and old, whole records, oldest first', async () => {
      const stream = await openWith();
      await stream.append([aRecord(1, 2), aRecord(3, 2), aRecord(5), aRecord(6)]);
      const { bytes } = await stream.usage();
      expect(await stream.trim({ throughSeq: 0, keepReceivedAfter: 10_000 })).toBe(0);
      expect(await stream.trim({ throughSeq: 6, keepReceivedAfter: 0 })).toBe(0);
      // Line 4 belongs to a record that is not loaded whole.
      const freed = await stream.trim({ throughSeq: 3, keepReceivedAfter: 10_000 });
      expect(freed).toBe(aRecord(1, 2).lines.length);
      expect(await stream.oldestSeq()).toBe(3);
      expect(await stream.usage()).toMatchObject({ bytes: bytes - freed });
      // Received at 1,005: not before it.
      await stream.trim({ throughSeq: 6, keepReceivedAfter: 1_005 });
      expect(shown(await readAll(stream))).toEqual(shown([aRecord(5), aRecord(6)]));
      expect(shown(await stream.read(0, MIB))).toEqual(shown([aRecord(5), aRecord(6)]));
    });

    test('keeps its head when everything is trimmed, also over a restart', async () => {
      const before = await openWith();
      await before.append([aRecord(1, 5)]);
      await before.trim({ throughSeq: 5, keepReceivedAfter: 10_000 });
      expect(await before.oldestSeq()).toBeNull();
      const stream = await reopen();
      expect(await stream.head()).toMatchObject({ seq: 5, receivedAt: 1_001 });
      expect(await stream.usage()).toMatchObject({ bytes: 0 });
      await stream.append([aRecord(6)]);
      expect(await stream.oldestSeq()).toBe(6);
    });

    test('trims all there is to trim when asked until nothing goes', async () => {
      const stream = await openWith();
      for (let part = 0; part < 4; part += 1) {
        await stream.append(Array.from({ length: 400 }, (_, index) => aRecord(part * 400 + index + 1)));
      }
      const limits = { throughSeq: 1_599, keepReceivedAfter: 10_000 };
      while ((await stream.trim(limits)) > 0);
      expect(shown(await readAll(stream))).toEqual(shown([aRecord(1_600)]));
    });

    test('loses nothing when a trim and appends are asked for at once', async () => {
      const before = await openWith();
      await before.append([aRecord(1), aRecord(2)]);
      await Promise.all([
        before.append([aRecord(3)]),
        before.trim({ throughSeq: 1, keepReceivedAfter: 10_000 }),
        before.append([aRecord(4, 2)]),
        before.trim({ throughSeq: 2, keepReceivedAfter: 10_000 }),
      ]);
      const expected = [aRecord(3), aRecord(4, 2)];
      const bytes = expected.reduce((sum, { lines }) => sum + lines.length, 0);
      const stream = await reopen();
      expect(await stream.head()).toMatchObject({ seq: 5, receivedAt: 1_004 });
      expect(shown(await readAll(stream))).toEqual(shown(expected));
      expect(await stream.usage()).toMatchObject({ bytes });
    });

    test('refuses an append that does not fit: retryable, nothing of it written, and takes it once there is room', async () => {
      const stream = await openWith({ limitBytes: 1_000_000 });
      await stream.append([aRecord(1, 1, { bytes: 600_000 })]);
      const before = [await stream.head(), await stream.usage()];
      const more = [aRecord(2, 1, { bytes: 300_000 }), aRecord(3, 1, { bytes: 300_000 })];
      const refusal = await refusalOf(stream.append(more));
      expect(refusal).toBeInstanceOf(AppError);
      expect(refusal).toMatchObject({ code: 'STREAM_UNAVAILABLE', retryable: true });
      expect([await stream.head(), await stream.usage()]).toEqual(before);
      expect((await readAll(stream)).map(({ firstSeq }) => firstSeq)).toEqual([1]);

      // Young, but loaded: it goes before its time, as the log is full.
      expect(await stream.trim({ throughSeq: 0, keepReceivedAfter: 0 })).toBe(0);
      expect(await stream.trim({ throughSeq: 1, keepReceivedAfter: 0 })).toBeGreaterThan(0);
      await stream.append(more);
      expect(shown(await readAll(stream))).toEqual(shown(more));
    });

    test('begins to let go of loaded lines while there is still room for the next append', async () => {
      const stream = await openWith({ limitBytes: 40 * MIB });
      const { trimAboveBytes, limitBytes } = await stream.usage();
      expect(trimAboveBytes).toBeLessThanOrEqual(limitBytes - 8 * MIB);
      let seq = 0;
      for (; (await stream.usage()).bytes <= trimAboveBytes; seq += 1) {
        await stream.append([aRecord(seq + 1, 1, { bytes: 4 * MIB })]);
      }
      await stream.trim({ throughSeq: seq, keepReceivedAfter: 0 });
      const { bytes } = await stream.usage();
      expect(bytes).toBeLessThanOrEqual(trimAboveBytes);
      // No more than that goes.
      expect(bytes).toBeGreaterThan(trimAboveBytes - 5 * MIB);
    });

    test('numbers a new epoch from 1, and never reads the old one for it', async () => {
      const before = await openWith();
      await before.append([aRecord(1, 3)]);
      const first = await before.head();
      expect(await before.startEpoch()).toMatchObject({ node: first.node, epoch: 2, seq: 0 });
      const stream = await reopen();
      expect(await stream.head()).toMatchObject({ node: first.node, epoch: 2, seq: 0, receivedAt: first.receivedAt });
      expect(await stream.read(0, MIB)).toEqual([]);
      expect(await stream.oldestSeq()).toBeNull();
      await stream.append([aRecord(1), aRecord(2)]);
      expect(shown(await readAll(stream))).toEqual(shown([aRecord(1), aRecord(2)]));
      expect(shown(await readAll(stream, 0, 1))).toEqual(shown([aRecord(1, 3)]));
      expect(await readAll(stream, 3, 1)).toEqual([]);
      expect(await stream.formerEpochs()).toEqual([{ epoch: 1, firstSeq: 1, lastSeq: 3 }]);
    });

    test('begins an epoch later than any that it is told of', async () => {
      const stream = await openWith();
      expect(await stream.startEpoch(7)).toMatchObject({ epoch: 8 });
      expect(await stream.startEpoch(2)).toMatchObject({ epoch: 9 });
    });

    test('keeps lines of a former epoch until that epoch is loaded', async () => {
      const stream = await openWith();
      await stream.append([aRecord(1), aRecord(2)]);
      await stream.startEpoch();
      await stream.append([aRecord(1)]);
      const trim = (epoch: number, throughSeq: number) => stream.trim({ epoch, throughSeq, keepReceivedAfter: 10_000 });
      await trim(1, 1);
      expect(shown(await readAll(stream, 0, 1))).toEqual(shown([aRecord(2)]));
      await trim(2, 0);
      expect(await stream.formerEpochs()).toEqual([]);
      expect(shown(await readAll(stream))).toEqual(shown([aRecord(1)]));
    });
  });
}
