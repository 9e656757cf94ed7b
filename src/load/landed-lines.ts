import { LIMITS } from '../domain/audit-event.ts';
import type { LandedLines, StageLines, UnreadableLandedLine } from '../ports/landing.ts';
import type { Writer } from '../ports/warehouse.ts';
import { cutLines } from './cut-lines.ts';
import { type Json, parse, readLine } from './read-line.ts';
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

/**
 * The same with every line looked at by itself. Slow: only for chunks that the warehouse's own reader refused.
 * @throws UnknownEnvelopeError at the first line of a version that this code does not know.
 */
export const stageOneByOne: StageLines = async (writer, files) => {
  const sound: Buffer[] = [];
  const unreadable: UnreadableLandedLine[] = [];
  for (const file of files) {
    const sifted = siftFile(file);
    sound.push(...sifted.sound);
    unreadable.push(...sifted.unreadable);
  }
  await stage(writer, sound);
  return unreadable;
};

const stage = (writer: Writer, lines: readonly Buffer[]): Promise<void> =>
  writer.stageJsonLines('stg_lines', lines, LINE_COLUMNS);

function siftFile({ file, firstRow, lines, unreadable: unread }: LandedLines) {
  const sound: Buffer[] = [];
  const unreadable: UnreadableLandedLine[] = [...unread];
  for (const [index, line] of cutLines(lines).entries()) {
    const row = firstRow + index;
    if (line.length === 1) continue;
    const reading = readLine(line, null);
    if (reading.phase === 'unknown') {
      throw new UnknownEnvelopeError({ where: `Row ${row} of ${file}`, version: reading.version, file });
    }
    if (reading.phase === 'sound') sound.push(line);
    else if (reading.phase === 'other') sound.push(bareLine(line));
    else unreadable.push({ file, row, why: reading.why, text: keptText(line) });
  }
  return { sound, unreadable };
}

/** Of a kind that becomes no row only its place is needed, and nothing else of it must trouble the warehouse. */
function bareLine(line: Buffer): Buffer {
  const { v, kind, node, epoch, seq, receivedAt, ledger } = parse(line.toString()) as Json;
  const bare = { v, kind, node, epoch, seq, receivedAt, ...(kind === 'LEDGER' && { ledger }) };
  return Buffer.from(`${JSON.stringify(bare)}\n`);
}

const keptText = (line: Buffer): string => line.subarray(0, LIMITS.maxKeptDocumentBytes).toString();
