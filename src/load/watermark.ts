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

/** A node that lives on while some of its lines do not come. */
export interface GappedNode extends LostNode {
  /** When the last line before the first gap was received; -Infinity where its first lines are missing. */
  readonly heldAt: number;
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
  /** By the loader's clock. It only ever holds back. */
  readonly now: number;
}

export interface Watermark {
  readonly dataAsOf: number;
  /** Of each node of the input, in its order. */
  readonly states: readonly NodeState[];
  readonly lost: readonly LostNode[];
  /** Live nodes of which lines are missing for long: somebody should look. */
  readonly gapped: readonly GappedNode[];
}

/** Nobody waits longer for a node that says nothing, by the time in the lines: it writes one into every bucket each second. */
const SILENT_MS = 60_000;
/** Clocks of nodes may differ by this much together. */
export const CLOCK_MARGIN_MS = 1_000;

/** A node whose lines are of a time that has not come has no clock to go by. */
export const AHEAD_MS = 60_000;
/** Lines that come so much later than others of their node come late: more than Firehose ever gathers. */
const MISSING_MS = 20 * 60_000;
/** Firehose tries for a day: what has not come by then, by the time in the lines, is not waited for. */
const GIVEN_UP_MS = 26 * 3_600_000;

/**
 * The moment before which everything received has been loaded. Numbers of a node have no gap and times only rise with
 * them, so that all it received before its last gapless line is here. A node that nothing is known of yet has put its
 * opening line into every bucket before its first event: in the bucket that a gapless line lies in, it would have come
 * before that line, or its events are later. By the time in the lines: what is late holds the moment back.
 */
export function advanceWatermark({ nodes, newestAt, dataAsOf, mayBeSilent, now }: WatermarkInput): Watermark {
  const isOnTime = (node: NodeNumbers): boolean => node.newestAt <= now + AHEAD_MS;
  const newest = nodes.filter(isOnTime).reduce((latest, node) => Math.max(latest, node.newestAt), newestAt);
  const givenUpAt = newest - GIVEN_UP_MS;
  const states = nodes.map((node) => stateOf(node, { newest, givenUpAt, mayBeSilent }));
  const live = nodes.filter((node, index) => states[index] === 'LIVE' && isOnTime(node));
  const held = live.map((node) => gapless(node, givenUpAt).at);
  // With nobody live, nothing is on its way: all that was opened is closed.
  const reached = held.length > 0 ? Math.min(...held) : newest;
  return {
    dataAsOf: Math.max(dataAsOf, Math.min(reached, now) - CLOCK_MARGIN_MS),
    states,
    lost: nodes.filter((_, index) => states[index] === 'SILENT').map(toLost),
    gapped: live.flatMap((node) => toGapped(node, { newest, dataAsOf })),
  };
}

/**
 * Where the numbers of a node have no gap from 1 on: the last such number, and the time of the last line up to it. A gap
 * behind a line that was received before `givenUpAt` counts as none.
 */
export function gapless(
  { loaded, waived }: Pick<NodeNumbers, 'loaded' | 'waived'>,
  givenUpAt = Number.NEGATIVE_INFINITY,
): { readonly seq: number; readonly at: number } {
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
    } else if (run && at > Number.NEGATIVE_INFINITY && at < givenUpAt) seq = run.first - 1;
    else return { seq, at };
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

function stateOf(
  node: NodeNumbers,
  { newest, givenUpAt, mayBeSilent }: { newest: number; givenUpAt: number; mayBeSilent: boolean },
): NodeState {
  const { activeSeq, closedSeq, newestAt } = node;
  if (closedSeq > activeSeq && closedSeq <= gapless(node, givenUpAt).seq) return 'CLOSED';
  return mayBeSilent && newest - newestAt > SILENT_MS ? 'SILENT' : 'LIVE';
}

function toLost(lost: NodeNumbers): LostNode {
  const { node, epoch, newestAt, loaded, waived } = lost;
  const come = mergeRanges([...loaded, ...waived]);
  const lastSeq = come.at(-1)?.last ?? 0;
  return { node, epoch, newestAt, lastSeq, open: rangesWithout([{ first: 1, last: lastSeq }], come) };
}

function toGapped(node: NodeNumbers, { newest, dataAsOf }: { newest: number; dataAsOf: number }): GappedNode[] {
  const { seq, at: heldAt } = gapless(node);
  if (!node.loaded.some(({ first }) => first > seq)) return [];
  // When its first lines were received nobody knows; but it holds the moment back, which stands since then or before.
  const since = heldAt > Number.NEGATIVE_INFINITY ? heldAt : dataAsOf;
  return since > 0 && newest - since > MISSING_MS ? [{ ...toLost(node), heldAt }] : [];
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
