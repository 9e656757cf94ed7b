import { inParts } from '../../domain/in-parts.ts';
import type { SqlValue, Warehouse, Writer } from '../../ports/warehouse.ts';

/** What the warehouse says of a file. */
export interface LandedFile {
  readonly file: string;
  readonly bytes: number;
  /** Its first so many lines are loaded. */
  readonly lineCount: number;
  readonly isComplete: boolean;
}

const READ_MS = 30_000;
const MOST_ROWS = 100;

/** Of these files, those of which something is loaded; by name. */
export async function readLandedFiles(
  warehouse: Warehouse,
  files: readonly string[],
): Promise<ReadonlyMap<string, LandedFile>> {
  if (files.length === 0) return new Map();
  const marks = files.map(() => '?').join(', ');
  return read(warehouse, `file in (${marks})`, files);
}

/** The same between two names, both included, in the order of their UTF-8 bytes. */
export const readLandedRange = (
  warehouse: Warehouse,
  { first, last }: { readonly first: string; readonly last: string },
): Promise<ReadonlyMap<string, LandedFile>> => read(warehouse, 'file >= ? and file <= ?', [first, last]);

async function read(
  warehouse: Warehouse,
  where: string,
  parameters: readonly SqlValue[],
): Promise<ReadonlyMap<string, LandedFile>> {
  const rows = await warehouse.read({ timeoutMs: READ_MS }, (reader) =>
    reader.all<{ file: string; bytes: number; line_count: number; is_complete: boolean }>({
      sql: `select file, bytes, line_count, is_complete from landed_files where ${where}`,
      parameters,
    }),
  );
  return new Map(
    rows.map(({ file, bytes, line_count, is_complete }) => [
      file,
      { file, bytes, lineCount: line_count, isComplete: is_complete },
    ]),
  );
}

/** In the transaction of their lines. */
export async function writeLandedFiles(writer: Writer, files: readonly LandedFile[], now: number): Promise<void> {
  for (const part of inParts(files, MOST_ROWS)) {
    await writer.run({
      sql: `delete from landed_files where file in (${part.map(() => '?').join(', ')})`,
      parameters: part.map(({ file }) => file),
    });
    await writer.run({
      sql: `insert into landed_files (file, bytes, line_count, is_complete, loaded_at)
        values ${part.map(() => '(?, ?, ?, ?, ?)').join(', ')}`,
      parameters: part.flatMap(({ file, bytes, lineCount, isComplete }) => [
        file,
        bytes,
        lineCount,
        isComplete,
        new Date(now),
      ]),
    });
  }
}
