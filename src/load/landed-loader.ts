import { AppError } from '../domain/errors.ts';
import { FILES } from '../domain/log-position.ts';
import type { Clock } from '../ports/clock.ts';
import type { LandedChunk, Landing, StageLines, UnreadableLandedLine } from '../ports/landing.ts';
import type { SqlFile, Warehouse, Writer } from '../ports/warehouse.ts';
import { readCameLines } from './came-lines.ts';
import { dropKnownLines } from './known-lines.ts';
import { gappedError, lateError, lostError, unreadableError, writeErrors } from './landed-errors.ts';
import { stageOneByOne, stageWhole } from './landed-lines.ts';
import { readPosition, writePosition } from './load-position.ts';
import type { Load, Loader, LoadPosition } from './loader.ts';
import { type NodeChange, nodeKey, readNodes, writeNodes } from './node-numbers.ts';
import { readBeginning } from './read-line.ts';
import { UnknownEnvelopeError } from './stage-lines.ts';
import { AHEAD_MS, addNumbers, advanceWatermark, type NodeNumbers, type NodeState } from './watermark.ts';

export interface LandedLoaderDeps {
  readonly landing: Landing;
  readonly warehouse: Warehouse;
  readonly sql: {
    /** Fills raw and errors from staged lines. */
    readonly load: SqlFile;
    /** Leaves one line of each number in stg_lines. */
    readonly distinctLines: SqlFile;
  };
  readonly clock: Clock;
}

/**
 * Moves lines from files that landed into raw and errors. Which numbers of which node have come is kept beside them, in
 * one transaction with the rows and the files, so that a line is loaded once and the watermark is never ahead of the rows.
 * Nothing is remembered between two loads: another node may have loaded in between.
 */
export async function createLandedLoader(deps: LandedLoaderDeps): Promise<Loader> {
  const { landing, warehouse } = deps;
  let position = await takeOver(warehouse);

  const commit = async (chunk: LandedChunk, stageLines: StageLines): Promise<Load> => {
    const done = await warehouse.write('load', (writer) => loadChunk(writer, { ...deps, chunk, stageLines }));
    position = done.position;
    return { ...done, bytes: chunk.bytes, caughtUp: chunk.last };
  };

  const load = async (chunk: LandedChunk): Promise<Load> => {
    let passedHere = false;
    try {
      return await commit(chunk, (writer, files) => {
        passedHere = true;
        return stageWhole(writer, files);
      });
    } catch (error) {
      if (!passedHere || error instanceof AppError) throw error;
      // Where every line is good it was the warehouse that failed, and it is tried once more.
      return commit(chunk, stageOneByOne);
    }
  };

  return {
    position: () => position,
    /**
     * Loads the next files. Never two at a time. A line that cannot be read becomes an ingest error.
     * @throws UnknownEnvelopeError at a file with a line of a version that this code does not know, once all before it is
     * loaded; and again at every later call.
     */
    loadNext: async () => {
      const chunk = await landing.next();
      if (!chunk) return { lines: 0, changed: false, bytes: 0, position, caughtUp: true };
      try {
        return await load(chunk);
      } catch (error) {
        const before = error instanceof UnknownEnvelopeError && error.file !== null ? chunk.before(error.file) : null;
        if (!before) throw error;
        return load(before);
      }
    },
  };
}

/** Where loading stands. What was loaded from a log before has no place among files. */
async function takeOver(warehouse: Warehouse): Promise<LoadPosition> {
  const stored = await warehouse.read({ timeoutMs: 10_000 }, readPosition);
  if (stored.node !== FILES.node) {
    await warehouse.write('load', (writer) =>
      writer.run({
        sql: `update pipeline_positions set ingest_node = ?, ingest_epoch = ?, ingest_seq = ?
          where pipeline in ('load', 'refresh')`,
        parameters: [FILES.node, FILES.epoch, FILES.seq],
      }),
    );
  }
  return { ...stored, ...FILES };
}

interface LoadingChunk extends LandedLoaderDeps {
  readonly chunk: LandedChunk;
  readonly stageLines: StageLines;
}

async function loadChunk(
  writer: Writer,
  { chunk, stageLines, sql, clock }: LoadingChunk,
): Promise<Pick<Load, 'lines' | 'changed' | 'position'>> {
  const stored = await readPosition(writer);
  const unreadable = await chunk.stage(writer, stageLines);
  const came = await readCameLines(writer);
  const waived = unreadable.flatMap(toWaived);
  const now = clock.now();
  const known = await readNodes(writer, [...came.nodes, ...waived], now + AHEAD_MS);
  const late = await dropKnownLines(writer, came.nodes, { known: known.nodes, dataAsOf: stored.dataAsOf });
  if (came.hasCopies) await runFile(writer, sql.distinctLines, {});

  const nodes = togetherWith(known.nodes, [...came.nodes, ...waived]);
  const { dataAsOf, states, lost, gapped } = advanceWatermark({
    nodes,
    newestAt: known.newestAt,
    dataAsOf: stored.dataAsOf,
    mayBeSilent: chunk.last,
    now,
  });
  const next: LoadPosition = { ...FILES, loadId: stored.loadId + 1, dataAsOf };
  const { lines, loadable } = await countLines(writer);
  if (loadable > 0) await runFile(writer, sql.load, { load_id: next.loadId, now: new Date(now) });
  await writeErrors(writer, [
    ...unreadable.map((line) => unreadableError(line, now)),
    ...late.map(lateError),
    ...lost.map(lostError),
    ...gapped.map(gappedError),
  ]);
  await writeNodes(writer, changesOf(known.nodes, nodes, states));
  await writePosition(writer, { next, changed: loadable > 0, now });
  return { lines, changed: loadable > 0, position: next };
}

/** What is known of each node, with what came of it. */
function togetherWith(known: ReadonlyMap<string, NodeNumbers>, came: readonly NodeNumbers[]): readonly NodeNumbers[] {
  const nodes = new Map(known);
  for (const node of came) nodes.set(nodeKey(node), addNumbers(nodes.get(nodeKey(node)), node));
  // An unreadable line alone makes no node: it may not even say when it was received.
  return [...nodes.values()].filter(({ newestAt }) => newestAt > Number.NEGATIVE_INFINITY);
}

function changesOf(
  known: ReadonlyMap<string, NodeNumbers>,
  nodes: readonly NodeNumbers[],
  states: readonly NodeState[],
): readonly NodeChange[] {
  return nodes.flatMap((after, index) => {
    const before = known.get(nodeKey(after));
    const state = states[index] ?? 'LIVE';
    // Of those of which nothing came only live ones are known here.
    return after === before && state === 'LIVE' ? [] : [{ before, after, state }];
  });
}

/** An unreadable line that still says which it is: nobody need wait for its number. */
function toWaived({ text }: UnreadableLandedLine): NodeNumbers[] {
  const place = readBeginning(text);
  if (!place) return [];
  const { node, epoch, seq, receivedAt } = place;
  const newestAt = receivedAt ?? Number.NEGATIVE_INFINITY;
  return [{ node, epoch, loaded: [], waived: [{ first: seq, last: seq }], newestAt, activeSeq: 0, closedSeq: 0 }];
}

async function countLines(writer: Writer): Promise<{ readonly lines: number; readonly loadable: number }> {
  const [found] = await writer.all<{ lines: number; loadable: number }>({
    sql: `select count(*) as lines, count_if(kind in ('EVENT', 'REJECTED')) as loadable from stg_lines`,
  });
  return found ?? { lines: 0, loadable: 0 };
}

async function runFile(
  writer: Writer,
  file: SqlFile,
  values: Parameters<SqlFile['statements'][number]>[0],
): Promise<void> {
  for (const statement of file.statements) await writer.run(statement(values));
}
