import { inParts } from '../domain/in-parts.ts';
import { commonRanges, type NumberRange, rangesWithout } from '../domain/number-ranges.ts';
import type { Query, SqlValue, Writer } from '../ports/warehouse.ts';
import { nodeKey } from './node-numbers.ts';
import type { NodeNumbers } from './watermark.ts';

/** Runs of numbers that one statement names. */
const MOST_RUNS = 100;

/** A line that came after it had been given up: what was answered before must not change by it. */
export interface LateLine {
  readonly node: string;
  readonly epoch: number;
  readonly seq: number;
  readonly receivedAt: number;
  readonly ingestedBy: string | null;
  /** As JSON text, in the engine's own writing; null for a line of another kind. */
  readonly event: string | null;
}

/**
 * Takes out of stg_lines what is loaded already, and answers and takes out what was given up and was received before
 * `dataAsOf`. A line given up that comes before anybody was answered without it is loaded as any other.
 */
export async function dropKnownLines(
  writer: Writer,
  came: readonly NodeNumbers[],
  { known, dataAsOf }: { readonly known: ReadonlyMap<string, NodeNumbers>; readonly dataAsOf: number },
): Promise<readonly LateLine[]> {
  const again: Run[] = [];
  const givenUp: Run[] = [];
  for (const { node, epoch, loaded } of came) {
    const before = known.get(nodeKey({ node, epoch }));
    if (!before) continue;
    const toRun = (range: NumberRange): Run => ({ node, epoch, ...range });
    for (const range of commonRanges(loaded, before.loaded)) again.push(toRun(range));
    for (const range of commonRanges(rangesWithout(loaded, before.loaded), before.waived)) givenUp.push(toRun(range));
  }
  for (const runs of inParts(again, MOST_RUNS)) {
    const { sql, parameters } = inRuns(runs);
    await writer.run({ sql: `delete from stg_lines where ${sql}`, parameters });
  }
  const late: LateLine[] = [];
  for (const runs of inParts(givenUp, MOST_RUNS)) {
    const { sql, parameters } = inRuns(runs);
    const where = { sql: `where receivedAt < ? and (${sql})`, parameters: [new Date(dataAsOf), ...parameters] };
    late.push(...(await readLate(writer, where)));
    await writer.run({ sql: `delete from stg_lines ${where.sql}`, parameters: where.parameters });
  }
  return late;
}

interface Run extends NumberRange {
  readonly node: string;
  readonly epoch: number;
}

function inRuns(runs: readonly Run[]): { sql: string; parameters: SqlValue[] } {
  return {
    sql: runs.map(() => '(node = ? and epoch = ? and seq >= ? and seq <= ?)').join(' or '),
    parameters: runs.flatMap(({ node, epoch, first, last }) => [node, epoch, first, last]),
  };
}

async function readLate(writer: Writer, where: Query): Promise<LateLine[]> {
  const rows = await writer.all<{
    node: string;
    epoch: number;
    seq: number;
    received_at: number;
    ingested_by: string | null;
    event: string | null;
  }>({
    sql: `select node, epoch, seq, receivedAt as received_at, ingestedBy as ingested_by,
        case when kind = 'EVENT' then cast(to_json(event) as varchar) end as event
      from stg_lines ${where.sql} and kind in ('EVENT', 'REJECTED')`,
    ...(where.parameters && { parameters: where.parameters }),
  });
  return rows.map(({ received_at: receivedAt, ingested_by: ingestedBy, ...row }) => ({
    ...row,
    receivedAt,
    ingestedBy,
  }));
}
