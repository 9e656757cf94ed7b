import { LIMITS } from '../domain/audit-event.ts';
import type { LandedLines, StageLines, UnreadableLandedLine } from '../ports/landing.ts';
import type { Writer } from '../ports/warehouse.ts';
import { cutLines } from './cut-lines.ts';
import { type Json, parse, readBeginning, readLine } from './read-line.ts';
import { LINE_COLUMNS, UnknownEnvelopeError, UnsoundLinesError } from './stage-lines.ts';

/**
 * Puts lines of files into stg_lines as they are.
 * @throws what the engine throws at a line that its columns cannot hold; UnsoundLinesError where it found more lines, or fewer.
 */
export const stageWhole: StageLines = async (writer, files) => {
  await stage(
    writer,
    files.map(({ lines }) => lines),
  );
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const [found] = await writer.all<{ lines: number }>({ sql: 'select count(*) as lines from stg_lines' });
  if (found?.lines !== rows) throw new UnsoundLinesError('lines are missing or are not those expected');
  return files.flatMap(({ unreadable }) => unreadable);
};

/** Of a file, or of a part of a large one, so many lines that do not even say their place; the others are counted. */
const MOST_NAMELESS = 100;
/** Lines after which others have their turn: a chunk may hold a million that are none. */
const LINES_AT_ONCE = 2_000;

/**
 * The same with every line looked at by itself. Slow: only for chunks that the warehouse's own reader refused.
 * @throws UnknownEnvelopeError at the first line of a version that this code does not know.
 */
export const stageOneByOne: StageLines = async (writer, files) => {
  const sifted: Sifted = { sound: [], unreadable: [] };
  for (const file of files) await siftFile(file, sifted);
  await stage(writer, sifted.sound);
  return sifted.unreadable;
};

const stage = (writer: Writer, lines: readonly Buffer[]): Promise<void> =>
  writer.stageJsonLines('stg_lines', lines, LINE_COLUMNS);

interface Sifted {
  readonly sound: Buffer[];
  readonly unreadable: UnreadableLandedLine[];
}

async function siftFile({ file, firstRow, lines, unreadable }: LandedLines, into: Sifted): Promise<void> {
  for (const one of unreadable) into.unreadable.push(one);
  const nameless: UnreadableLandedLine[] = [];
  let namelessLines = 0;
  let row = firstRow - 1;
  for (const line of cutLines(lines)) {
    row += 1;
    if ((row - firstRow) % LINES_AT_ONCE === LINES_AT_ONCE - 1) await new Promise(setImmediate);
    if (line.length === 1) continue;
    const reading = readLine(line, null);
    if (reading.phase === 'unknown') {
      throw new UnknownEnvelopeError({ where: `Row ${row} of ${file}`, version: reading.version, file });
    }
    if (reading.phase === 'sound') into.sound.push(line);
    else if (reading.phase === 'other') into.sound.push(bareLine(line));
    else {
      const one = { file, row, why: reading.why, text: keptText(line) };
      if (readBeginning(one.text)) {
        into.unreadable.push(one);
        continue;
      }
      namelessLines += 1;
      if (namelessLines <= MOST_NAMELESS) nameless.push(one);
    }
  }
  for (const [index, one] of nameless.entries()) {
    const more = index === MOST_NAMELESS - 1 ? namelessLines - MOST_NAMELESS : 0;
    into.unreadable.push(more > 0 ? { ...one, why: `${one.why} (and ${more} more lines of this file)` } : one);
  }
}

/** Of a kind that becomes no row only its place is needed, and nothing else of it must trouble the warehouse. */
function bareLine(line: Buffer): Buffer {
  const { v, kind, node, epoch, seq, receivedAt, ledger } = parse(line.toString()) as Json;
  const bare = { v, kind, node, epoch, seq, receivedAt, ...(kind === 'LEDGER' && { ledger }) };
  return Buffer.from(`${JSON.stringify(bare)}\n`);
}

const keptText = (line: Buffer): string => line.subarray(0, LIMITS.maxKeptDocumentBytes).toString();
