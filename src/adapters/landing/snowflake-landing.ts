import { LIMITS } from '../../domain/audit-event.ts';
import type { LandedChunk, Landing, UnreadableLandedLine } from '../../ports/landing.ts';
import type { Query, SqlFile, Warehouse, Writer } from '../../ports/warehouse.ts';

export interface SnowflakeLandingOptions {
  readonly warehouse: Warehouse;
  /** sql/snowflake/stage.sql. */
  readonly sql: SqlFile;
  /** The schema that Snowpipe lands in. */
  readonly landingSchema: string;
}

/** Names of files in one chunk that are told; a backlog of days has more. */
const MOST_FILES_NAMED = 1_000;

/**
 * Of one file, lines that do not begin as ours do; what lies beyond is counted in the last of them. One of ours is told
 * however many there are: its number would be waited for.
 */
const MOST_FOREIGN = 100;

/**
 * What Snowpipe has put into landed_lines. A chunk is everything that its stream holds: a statement that reads a stream
 * takes all of it, so that there is no next chunk and no parting of one. The lines never pass through this process.
 */
export function createSnowflakeLanding({ warehouse, sql, landingSchema }: SnowflakeLandingOptions): Landing {
  const stream = `${landingSchema}.landed_lines_for_load`;
  return {
    // By the writer: only it may see the stream. Looking does not take anything.
    next: () =>
      warehouse.write('load', async (writer) => {
        // Answered without compute: an idle pipeline wakes no warehouse.
        const [found] = await writer.all<{ has_data: boolean }>(hasData(stream));
        if (!found?.has_data) return null;
        const files = await writer.all<{ file_name: string; bytes: number }>(filesOf(stream));
        return files.length > 0 ? chunkOf(files, sql) : null;
      }),
  };
}

const hasData = (stream: string): Query => ({ sql: `select system$stream_has_data('${stream}') as has_data` });

const filesOf = (stream: string): Query => ({
  sql: `select file_name, sum(octet_length(line)) as bytes from ${stream} group by file_name
    order by min(landed_at), file_name limit ${MOST_FILES_NAMED}`,
});

const chunkOf = (files: readonly { file_name: string; bytes: number }[], sql: SqlFile): LandedChunk => ({
  files: files.map(({ file_name }) => file_name),
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  last: true,
  stage: async (writer) => {
    for (const statement of sql.statements) await writer.run(statement());
    return readUnreadable(writer);
  },
  before: () => null,
});

async function readUnreadable(writer: Writer): Promise<readonly UnreadableLandedLine[]> {
  const isOurs = `startswith(line_text, '{"v":')`;
  const rows = await writer.all<FaultRow>({
    sql: `select file_name, file_row_number, fault, left(line_text, ${LIMITS.maxKeptDocumentBytes}) as text,
        ${isOurs} as is_ours, count(*) over (partition by file_name, ${isOurs}) as n
      from stg_landed
      where fault is not null
      qualify ${isOurs}
        or row_number() over (partition by file_name, ${isOurs} order by file_row_number) <= ${MOST_FOREIGN}
      order by file_name, is_ours desc, file_row_number`,
  });
  return rows.map(({ file_name, file_row_number, fault, text, is_ours, n }, index) => {
    const isLastForeign = !is_ours && rows[index + 1]?.file_name !== file_name;
    const more = isLastForeign && n > MOST_FOREIGN ? ` (and ${n - MOST_FOREIGN} more lines of this file)` : '';
    return { file: file_name, row: file_row_number, why: `${fault}${more}`, text: cutTo(text) };
  });
}

interface FaultRow {
  readonly file_name: string;
  readonly file_row_number: number;
  readonly fault: string;
  readonly text: string;
  readonly is_ours: boolean;
  readonly n: number;
}

/** To as many bytes as are kept of a document, and to whole characters. */
function cutTo(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= LIMITS.maxKeptDocumentBytes) return text;
  return bytes
    .subarray(0, LIMITS.maxKeptDocumentBytes)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
}
