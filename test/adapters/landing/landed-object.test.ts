import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type ObjectPart, readObject } from '../../../src/adapters/landing/landed-object.ts';

const FILE = 'events/a';
const MIB = 1024 * 1024;

/** A body that comes in pieces of so many bytes. */
function bodyOf(bytes: Buffer, pieceBytes = 1_000): Readable {
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  return Readable.from(pieces, { objectMode: false });
}

async function readAll(body: Readable, { skipLines = 0, partBytes = 64 * 1024 } = {}): Promise<ObjectPart[]> {
  const parts: ObjectPart[] = [];
  for await (const part of readObject(body, { file: FILE, skipLines, partBytes })) parts.push(part);
  return parts;
}

const textOf = (parts: readonly ObjectPart[]): string =>
  parts.flatMap(({ sections }) => sections.map(({ lines }) => lines.toString())).join('');
const faultsOf = (parts: readonly ObjectPart[]): [number, string][] =>
  parts.flatMap(({ sections }) =>
    sections.flatMap(({ unreadable }) => unreadable.map(({ row, why }): [number, string] => [row, why])),
  );

/** Each line with the row that its section says it has. */
const rowsOf = (parts: readonly ObjectPart[]): [number, string][] =>
  parts.flatMap(({ sections }) =>
    sections.flatMap(({ firstRow, rows, lines }) => {
      const texts = lines.toString().split('\n').slice(0, -1);
      expect(texts).toHaveLength(rows);
      return texts.map((text, index): [number, string] => [firstRow + index, text]);
    }),
  );

describe('the lines of an object', () => {
  test('are the same in whatever pieces and parts they come, packed or not, and behind those that were loaded', async () => {
    const aLine = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => text.replaceAll('\n', ' '));
    await fc.assert(
      fc.asyncProperty(
        fc.array(aLine, { maxLength: 40 }),
        fc.record({
          pieceBytes: fc.integer({ min: 1, max: 200 }),
          partBytes: fc.integer({ min: 1, max: 400 }),
          isPacked: fc.boolean(),
          skipLines: fc.nat(45),
          isEnded: fc.boolean(),
        }),
        async (lines, { pieceBytes, partBytes, isPacked, skipLines, isEnded }) => {
          const text = lines.map((line) => `${line}\n`).join('');
          const bytes = Buffer.from(isEnded ? text : text.slice(0, -1));
          const parts = await readAll(bodyOf(isPacked ? gzipSync(bytes) : bytes, pieceBytes), { skipLines, partBytes });
          // Without its end an empty last line is none.
          const expected = !isEnded && lines.at(-1) === '' ? lines.slice(0, -1) : lines;
          expect(rowsOf(parts)).toEqual(expected.map((line, index) => [index + 1, line]).slice(skipLines));
          expect(parts.map(({ isEnd }) => isEnd)).toEqual([...parts.slice(1).map(() => false), true]);
          expect(parts.at(-1)?.lineCount).toBe(expected.length);
          expect(faultsOf(parts)).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('are all those of archives that were put one behind the other', async () => {
    const packed = Buffer.concat([gzipSync('a\nb\n'), gzipSync('c\n'), gzipSync('d')]);
    expect(textOf(await readAll(bodyOf(packed, 7)))).toBe('a\nb\nc\nd\n');
  });

  test('come in parts of about the size asked for, however large the object is', async () => {
    const line = `${'x'.repeat(999)}\n`;
    const parts = await readAll(bodyOf(gzipSync(line.repeat(20_000)), 10_000), { partBytes: MIB });
    expect(parts.length).toBeGreaterThanOrEqual(19);
    for (const { bytes } of parts) expect(bytes).toBeLessThanOrEqual(MIB + 64 * 1024);
    expect(parts.at(-1)?.lineCount).toBe(20_000);
  });

  test('leave one out that is longer than any of ours, and say so, with its beginning', async () => {
    const long = `{"v":1,${'y'.repeat(3 * MIB)}`;
    const parts = await readAll(bodyOf(Buffer.from(`a\n${long}\nb\nc\n`), 50_000));
    expect(rowsOf(parts)).toEqual([
      [1, 'a'],
      [3, 'b'],
      [4, 'c'],
    ]);
    expect(faultsOf(parts)).toEqual([[2, 'it has more than 2097152 bytes']]);
    const [fault] = parts.flatMap(({ sections }) => sections.flatMap(({ unreadable }) => unreadable));
    expect(fault?.text).toHaveLength(16 * 1024);
    expect(fault?.text.startsWith('{"v":1,yyy')).toBe(true);
    expect(parts.at(-1)?.lineCount).toBe(4);
    // Behind it, and in the middle of it.
    expect(rowsOf(await readAll(bodyOf(Buffer.from(`a\n${long}\nb\nc\n`)), { skipLines: 2 }))).toEqual([
      [3, 'b'],
      [4, 'c'],
    ]);
    expect(faultsOf(await readAll(bodyOf(Buffer.from(long)), { skipLines: 0 }))).toHaveLength(1);
  });

  test('end where an archive is damaged or cut off, and the rest is said', async () => {
    const lines = Array.from({ length: 2_000 }, (_, n) => `line ${n}\n`);
    const packed = gzipSync(lines.join(''), { level: 0 });
    for (const [what, bytes] of [
      ['cut off', packed.subarray(0, 12_000)],
      ['changed', Buffer.concat([packed.subarray(0, packed.length - 4), Buffer.from('????')])],
      ['of nothing but its beginning', packed.subarray(0, 4)],
    ] as const) {
      const parts = await readAll(bodyOf(Buffer.from(bytes)));
      const count = rowsOf(parts).length;
      expect([what, faultsOf(parts)]).toEqual([
        what,
        [[count + 1, expect.stringMatching(/^the object is damaged: it cannot be decompressed from here on \(Z_/)]],
      ]);
      expect(rowsOf(parts).map(([, text]) => `${text}\n`)).toEqual(lines.slice(0, count));
      expect(parts.at(-1)?.lineCount).toBe(count + 1);
    }
  });

  test.each([true, false])(
    'are not taken for all there are where the store fails on the way (packed: %s)',
    async (isPacked) => {
      const bytes = Buffer.from('a\nb\n'.repeat(20_000));
      const packed = isPacked ? gzipSync(bytes, { level: 0 }) : bytes;
      async function* broken(): AsyncGenerator<Buffer> {
        yield packed.subarray(0, 30_000);
        throw new Error('connection lost');
      }
      await expect(readAll(Readable.from(broken(), { objectMode: false }))).rejects.toThrow('connection lost');
    },
  );

  test('need the body no longer once nobody wants them', async () => {
    const body = bodyOf(gzipSync('a\n'.repeat(500_000), { level: 0 }));
    const parts = readObject(body, { file: FILE, skipLines: 0, partBytes: 1_000 });
    await parts.next();
    await parts.return(undefined);
    expect(body.destroyed).toBe(true);
  });
});
