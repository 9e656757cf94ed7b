import { inParts } from '../domain/in-parts.ts';
import { mergeRanges } from '../domain/number-ranges.ts';
import type { SqlValue, Writer } from '../ports/warehouse.ts';
import type { LoadedRange, NodeNumbers, NodeState } from './watermark.ts';

/** Rows of one statement. */
const MOST_ROWS = 100;

/** A node as it is kept, and as it is to be. */
export interface NodeChange {
  readonly before: NodeNumbers | undefined;
  readonly after: NodeNumbers;
  readonly state: NodeState;
}

export const nodeKey = ({ node, epoch }: { readonly node: string; readonly epoch: number }): string =>
  `${node}:${epoch}`;

/** Nodes that are live and those named, by `nodeKey`; and when the newest line of any node was received, up to `until`. */
export async function readNodes(
  writer: Writer,
  named: readonly { readonly node: string }[],
  until: number,
): Promise<{ readonly nodes: ReadonlyMap<string, NodeNumbers>; readonly newestAt: number }> {
  const names = [...new Set(named.map(({ node }) => node))];
  const condition = `n.node_state = 'LIVE'${names.length > 0 ? ` or n.ingest_node in (${marks(names)})` : ''}`;
  const [newest] = await writer.all<{ newest_at: number | null }>({
    sql: 'select max(newest_at) as newest_at from ingest_nodes where newest_at <= ?',
    parameters: [new Date(until)],
  });
  const rows = await writer.all<NodeRow>({
    sql: `select n.ingest_node, n.ingest_epoch, n.newest_at, n.active_seq, n.closed_seq from ingest_nodes as n where ${condition}`,
    parameters: names,
  });
  const runs = await writer.all<RunRow>({
    sql: `select r.ingest_node, r.ingest_epoch, r.first_seq, r.last_seq, r.is_loaded, r.last_received_at
      from ingest_numbers as r
      inner join ingest_nodes as n on n.ingest_node = r.ingest_node and n.ingest_epoch = r.ingest_epoch
      where ${condition} order by r.first_seq`,
    parameters: names,
  });
  return { nodes: toNodes(rows, runs), newestAt: newest?.newest_at ?? Number.NEGATIVE_INFINITY };
}

interface NodeRow {
  readonly ingest_node: string;
  readonly ingest_epoch: number;
  readonly newest_at: number;
  readonly active_seq: number;
  readonly closed_seq: number;
}

interface RunRow {
  readonly ingest_node: string;
  readonly ingest_epoch: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly is_loaded: boolean;
  readonly last_received_at: number | null;
}

function toNodes(rows: readonly NodeRow[], runs: readonly RunRow[]): Map<string, NodeNumbers> {
  const runsOf = new Map<string, RunRow[]>();
  for (const run of runs) {
    const key = nodeKey({ node: run.ingest_node, epoch: run.ingest_epoch });
    const own = runsOf.get(key);
    if (own) own.push(run);
    else runsOf.set(key, [run]);
  }
  return new Map(
    rows.map((row) => {
      const place = { node: row.ingest_node, epoch: row.ingest_epoch };
      const own = runsOf.get(nodeKey(place)) ?? [];
      const node: NodeNumbers = {
        ...place,
        loaded: own.flatMap(
          ({ first_seq: first, last_seq: last, is_loaded, last_received_at: lastAt }): LoadedRange[] =>
            is_loaded && lastAt !== null ? [{ first, last, lastAt }] : [],
        ),
        waived: mergeRanges(
          own.filter(({ is_loaded }) => !is_loaded).map(({ first_seq: first, last_seq: last }) => ({ first, last })),
        ),
        newestAt: row.newest_at,
        activeSeq: row.active_seq,
        closedSeq: row.closed_seq,
      };
      return [nodeKey(place), node];
    }),
  );
}

/** Writes what is different. */
export async function writeNodes(writer: Writer, changes: readonly NodeChange[]): Promise<void> {
  for (const part of inParts(changes, MOST_ROWS)) {
    const places = part.flatMap(({ after }) => [after.node, after.epoch]);
    await writer.run({
      sql: `delete from ingest_nodes where ${part.map(() => '(ingest_node = ? and ingest_epoch = ?)').join(' or ')}`,
      parameters: places,
    });
    await insertRows(writer, 'ingest_nodes', part.map(nodeRow));
  }
  const gone: SqlValue[][] = [];
  const added: SqlValue[][] = [];
  for (const { before, after } of changes) {
    // Most runs stay, and are the same objects: of an hour that one shard is behind there are a hundred thousand.
    const [had, has] = [new Set(before?.loaded), new Set(after.loaded)];
    const old = before ? runRows({ ...before, loaded: before.loaded.filter((run) => !has.has(run)) }) : [];
    const present = runRows({ ...after, loaded: after.loaded.filter((run) => !had.has(run)) });
    const [oldKeys, keys] = [new Set(old.map(keyOfRow)), new Set(present.map(keyOfRow))];
    for (const row of old) if (!keys.has(keyOfRow(row))) gone.push(row);
    for (const row of present) if (!oldKeys.has(keyOfRow(row))) added.push(row);
  }
  for (const part of inParts(gone, MOST_ROWS)) {
    // Runs of one kind do not overlap: where it begins names a run.
    const each = '(ingest_node = ? and ingest_epoch = ? and first_seq = ? and is_loaded = ?)';
    await writer.run({
      sql: `delete from ingest_numbers where ${part.map(() => each).join(' or ')}`,
      parameters: part.flatMap(([node, epoch, first, , isLoaded]) => [node, epoch, first, isLoaded] as SqlValue[]),
    });
  }
  for (const part of inParts(added, MOST_ROWS)) await insertRows(writer, 'ingest_numbers', part);
}

const nodeRow = ({ after, state }: NodeChange): SqlValue[] => [
  after.node,
  after.epoch,
  state,
  new Date(after.newestAt),
  after.activeSeq,
  after.closedSeq,
];

const runRows = ({ node, epoch, loaded, waived }: NodeNumbers): SqlValue[][] => [
  ...loaded.map(({ first, last, lastAt }) => [node, epoch, first, last, true, new Date(lastAt)]),
  ...waived.map(({ first, last }) => [node, epoch, first, last, false, null]),
];

const keyOfRow = (row: readonly SqlValue[]): string => JSON.stringify(row);

async function insertRows(writer: Writer, table: string, rows: readonly (readonly SqlValue[])[]): Promise<void> {
  if (rows.length === 0) return;
  await writer.run({
    sql: `insert into ${table} values ${rows.map((row) => `(${marks(row)})`).join(', ')}`,
    parameters: rows.flat(),
  });
}

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');
