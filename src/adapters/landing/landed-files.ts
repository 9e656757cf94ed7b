import type { Reader, Warehouse, Writer } from '../../ports/warehouse.ts';

/** How far a file has been loaded. */
export interface LandedFile {
  readonly file: string;
  readonly bytes: number;
  /** Its first lines, so many, are loaded. */
  readonly lines: number;
  readonly isComplete: boolean;
}

/** Asked for at a time. */
const MOST_ASKED = 500;

/** What the warehouse says of these files; nothing of those it has not begun with. */
export async function readLandedFiles(
  warehouse: Warehouse,
  files: readonly string[],
): Promise<ReadonlyMap<string, LandedFile>> {
  const found = new Map<string, LandedFile>();
  for (let from = 0; from < files.length; from += MOST_ASKED) {
    const some = files.slice(from, from + MOST_ASKED);
    const rows = await warehouse.read({ timeoutMs: 30_000 }, (reader) => readSome(reader, some));
    for (const { file, bytes, line_count, is_complete } of rows) {
      found.set(file, { file, bytes, lines: line_count, isComplete: is_complete });
    }
  }
  return found;
}

const readSome = (reader: Reader, files: readonly string[]) =>
  reader.all<{ file: string; bytes: number; line_count: number; is_complete: boolean }>({
    sql: `select file, bytes, line_count, is_complete from landed_files
      where file in (${files.map(() => '?').join(', ')})`,
    parameters: files,
  });

/** With the rows of its lines. */
export async function writeLandedFile(writer: Writer, { file, bytes, lines, isComplete }: LandedFile, now: number) {
  await writer.run({ sql: 'delete from landed_files where file = ?', parameters: [file] });
  await writer.run({
    sql: 'insert into landed_files (file, bytes, line_count, is_complete, loaded_at) values (?, ?, ?, ?, ?)',
    parameters: [file, bytes, lines, isComplete, new Date(now)],
  });
}
