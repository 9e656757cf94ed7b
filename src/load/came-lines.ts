import { ENVELOPE_VERSION } from '../domain/envelope.ts';
import { readRefused } from '../domain/ledger.ts';
import { mergeRanges, type NumberRange } from '../domain/number-ranges.ts';
import type { Writer } from '../ports/warehouse.ts';
import { nodeKey } from './node-numbers.ts';
import { UnknownEnvelopeError, UnsoundLinesError } from './stage-lines.ts';
import type { LoadedRange, NodeNumbers } from './watermark.ts';

/** What lies in stg_lines, a node at a time. */
export interface CameLines {
  readonly nodes: readonly NodeNumbers[];
  /** True when a number lies there more than once. */
  readonly hasCopies: boolean;
}

/**
 * @throws UnknownEnvelopeError where a line is of a version that this code does not know; UnsoundLinesError where one has
 * no place or time, or is a ledger that says nothing.
 */
export async function readCameLines(writer: Writer): Promise<CameLines> {
  await checkEnvelopes(writer);
  const facts = await readFacts(writer);
  const runs = await readRuns(writer);
  const refused = await readRefusedNumbers(writer);
  const loadedOf = collect(runs, ({ first_seq, last_seq, last_at }): LoadedRange[] => [
    { first: first_seq, last: last_seq, lastAt: last_at },
  ]);
  const nodes = facts.map(({ node, epoch, newest_at, active_seq, closed_seq }): NodeNumbers => {
    const key = nodeKey({ node, epoch });
    return {
      node,
      epoch,
      loaded: loadedOf.get(key) ?? [],
      waived: mergeRanges(refused.get(key) ?? []),
      newestAt: newest_at,
      activeSeq: active_seq ?? 0,
      closedSeq: closed_seq ?? 0,
    };
  });
  return { nodes, hasCopies: runs.some(({ lines, first_seq, last_seq }) => lines > last_seq - first_seq + 1) };
}

async function checkEnvelopes(writer: Writer): Promise<void> {
  const [found] = await writer.all<{ odd: number; unknown_v: number | null }>({
    sql: `select
        count_if(v is null or kind is null or node is null or epoch is null or seq is null or receivedAt is null
          or epoch < 1 or seq < 1) as odd,
        max(case when v <> ? then v end) as unknown_v
      from stg_lines`,
    parameters: [ENVELOPE_VERSION],
  });
  if (found && found.unknown_v !== null)
    throw new UnknownEnvelopeError({ where: 'A landed line', version: found.unknown_v });
  if (!found || found.odd > 0) throw new UnsoundLinesError('a line has no place or no time');
}

/** In a ledger line's text, however an engine writes it out. */
const CLOSED_LEDGER = `kind = 'LEDGER' and cast(ledger as varchar) like '%"state":"CLOSED"%'`;

const readFacts = (writer: Writer) =>
  writer.all<{
    node: string;
    epoch: number;
    newest_at: number;
    active_seq: number | null;
    closed_seq: number | null;
  }>({
    sql: `select node, epoch, max(receivedAt) as newest_at,
        max(case when ${CLOSED_LEDGER} then null else seq end) as active_seq,
        max(case when ${CLOSED_LEDGER} then seq end) as closed_seq
      from stg_lines group by node, epoch`,
  });

interface RunRow {
  readonly node: string;
  readonly epoch: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly last_at: number;
  readonly lines: number;
}

const readRuns = (writer: Writer): Promise<RunRow[]> =>
  writer.all<RunRow>({
    sql: `select node, epoch, min(seq) as first_seq, max(seq) as last_seq, max_by(received_at, seq) as last_at,
        sum(copies) as lines
      from (
        select node, epoch, seq, min(receivedAt) as received_at, count(*) as copies,
          seq - row_number() over (partition by node, epoch order by seq) as run
        from stg_lines group by node, epoch, seq
      ) as n
      group by node, epoch, run
      order by node, epoch, first_seq`,
  });

async function readRefusedNumbers(writer: Writer): Promise<ReadonlyMap<string, NumberRange[]>> {
  const rows = await writer.all<{ node: string; epoch: number; ledger: string | null }>({
    sql: `select node, epoch, cast(ledger as varchar) as ledger from stg_lines
      where kind = 'LEDGER' and (ledger is null or cast(ledger as varchar) not like '%"refused":[]%')`,
  });
  return collect(rows, ({ ledger }) => parseRefused(ledger));
}

/** Items of each node, by `nodeKey`. */
function collect<R extends { readonly node: string; readonly epoch: number }, T>(
  rows: readonly R[],
  itemsOf: (row: R) => readonly T[],
): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const row of rows) {
    const items = found.get(nodeKey(row)) ?? [];
    found.set(nodeKey(row), items);
    for (const item of itemsOf(row)) items.push(item);
  }
  return found;
}

function parseRefused(ledger: string | null): readonly NumberRange[] {
  let refused: readonly NumberRange[] | null = null;
  try {
    refused = ledger === null ? null : readRefused(JSON.parse(ledger));
  } catch {
    // Said below.
  }
  if (!refused) throw new UnsoundLinesError('a ledger line says nothing');
  return refused;
}
