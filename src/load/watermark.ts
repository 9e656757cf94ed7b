import { mergeRanges, type NumberRange, rangesWithout } from '../domain/number-ranges.ts';

/** A run of numbers whose lines have been loaded. */
export interface LoadedRange extends NumberRange {
  /** When the last of them was received; milliseconds since 1970. */
  readonly lastAt: number;
}

/** What has come of one node so far; also what one load brings of it. */
export interface NodeNumbers {
  readonly node: string;
  readonly epoch: number;
  readonly loaded: readonly LoadedRange[];
  /** Numbers that nobody waits for: the stream refused their lines, or they could not be read. */
  readonly waived: readonly NumberRange[];
  /** When the newest of its lines was received. */
  readonly newestAt: number;
  /** The last number that was no closing line, and that of the last closing line; 0 for none. */
  readonly activeSeq: number;
  readonly closedSeq: number;
}

export type NodeState = 'LIVE' | 'CLOSED' | 'SILENT';

/** A node that ended without saying so. */
export interface LostNode {
  readonly node: string;
  readonly epoch: number;
  readonly newestAt: number;
  readonly lastSeq: number;
  /** Numbers up to `lastSeq` that have not come. */
  readonly open: readonly NumberRange[];
}

export interface WatermarkInput {
  /** Every node that is live or of which something came. */
  readonly nodes: readonly NodeNumbers[];
  /** When the newest line of any node was received. */
  readonly newestAt: number;
  /** The moment reached before. */
  readonly dataAsOf: number;
  /** False while files wait that have landed: what is in them may be a silent node's. */
  readonly mayBeSilent: boolean;
}

export interface Watermark {
  readonly dataAsOf: number;
  /** Of each node of the input, in its order. */
  readonly states: readonly NodeState[];
  readonly lost: readonly LostNode[];
}

/** Nobody waits longer for a node that says nothing, by the time in the lines: it writes one into every bucket each second. */
export const SILENT_MS = 60_000;
/** Clocks of nodes may differ by this much together. */
export const CLOCK_MARGIN_MS = 1_000;

/**
 * The moment before which everything received has been loaded. Numbers of a node have no gap and times only rise with
 * them, so that all it received before its last gapless line is here. A node that nothing is known of yet has put its
 * opening line into every bucket before its first event: in the bucket that a gapless line lies in, it would have come
 * before that line, or its events are later. By the time in the lines alone: what is late holds the moment back.
 */
export function advanceWatermark({ nodes, newestAt, dataAsOf, mayBeSilent }: WatermarkInput): Watermark {
  const newest = nodes.reduce((latest, node) => Math.max(latest, node.newestAt), newestAt);
  const states = nodes.map((node) => stateOf(node, newest, mayBeSilent));
  const held = nodes.filter((_, index) => states[index] === 'LIVE').map((node) => gapless(node).at);
  // With nobody live, nothing is on its way: all that was opened is closed.
  const reached = held.length > 0 ? Math.min(...held) : newest;
  return {
    dataAsOf: Math.max(dataAsOf, reached - CLOCK_MARGIN_MS),
    states,
    lost: nodes.filter((_, index) => states[index] === 'SILENT').map(toLost),
  };
}

/** Where the numbers of a node have no gap from 1 on: the last such number, and the time of the last line up to it. */
export function gapless({ loaded, waived }: NodeNumbers): { readonly seq: number; readonly at: number } {
  let seq = 0;
  let at = Number.NEGATIVE_INFINITY;
  for (let [i, j] = [0, 0]; ; ) {
    const [run, given] = [loaded[i], waived[j]];
    if (run && run.first <= seq + 1) {
      seq = Math.max(seq, run.last);
      at = Math.max(at, run.lastAt);
      i += 1;
    } else if (given && given.first <= seq + 1) {
      seq = Math.max(seq, given.last);
      j += 1;
    } else return { seq, at };
  }
}

/** Both together: what was there, and what came. */
export function addNumbers(before: NodeNumbers | undefined, came: NodeNumbers): NodeNumbers {
  if (!before) return came;
  return {
    node: came.node,
    epoch: came.epoch,
    loaded: mergeLoaded([...before.loaded, ...came.loaded]),
    waived: mergeRanges([...before.waived, ...came.waived]),
    newestAt: Math.max(before.newestAt, came.newestAt),
    activeSeq: Math.max(before.activeSeq, came.activeSeq),
    closedSeq: Math.max(before.closedSeq, came.closedSeq),
  };
}

function stateOf(node: NodeNumbers, newest: number, mayBeSilent: boolean): NodeState {
  const { activeSeq, closedSeq, newestAt } = node;
  if (closedSeq > activeSeq && closedSeq <= gapless(node).seq) return 'CLOSED';
  return mayBeSilent && newest - newestAt > SILENT_MS ? 'SILENT' : 'LIVE';
}

function toLost(lost: NodeNumbers): LostNode {
  const { node, epoch, newestAt, loaded, waived } = lost;
  const come = mergeRanges([...loaded, ...waived]);
  const lastSeq = come.at(-1)?.last ?? 0;
  return { node, epoch, newestAt, lastSeq, open: rangesWithout([{ first: 1, last: lastSeq }], come) };
}

/** As `mergeRanges`; a run has the time of its last number. */
export function mergeLoaded(ranges: readonly LoadedRange[]): LoadedRange[] {
  const merged: LoadedRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (!before || range.first > before.last + 1) merged.push(range);
    else if (range.last > before.last) {
      merged[merged.length - 1] = { first: before.first, last: range.last, lastAt: range.lastAt };
    }
  }
  return merged;
}
