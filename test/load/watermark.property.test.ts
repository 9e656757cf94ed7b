import fc from 'fast-check';
import { readRefused } from '../../src/domain/ledger.ts';
import { commonRanges } from '../../src/domain/number-ranges.ts';
import {
  addNumbers,
  advanceWatermark,
  gapless,
  type LostNode,
  mergeLoaded,
  type NodeNumbers,
} from '../../src/load/watermark.ts';
import {
  aDelivery,
  aHistory,
  deliver,
  type HistoryLine,
  linesOfFile,
  linesOfRecord,
  runHistory,
  withSessions,
} from './landed-history.ts';

/** The loader's rules over lists in memory: what sql does is shown with the warehouse (landed-loader.property). */
function createModel() {
  const nodes = new Map<string, NodeNumbers>();
  const loaded: HistoryLine[] = [];
  const late: HistoryLine[] = [];
  const lost: LostNode[] = [];
  let dataAsOf = 0;

  const cameOf = (node: string, lines: readonly HistoryLine[]): NodeNumbers => {
    const isClosing = ({ ledger }: HistoryLine): boolean => ledger?.state === 'CLOSED';
    return {
      node,
      epoch: 1,
      loaded: mergeLoaded(lines.map(({ seq, receivedAt }) => ({ first: seq, last: seq, lastAt: receivedAt }))),
      waived: lines.flatMap(({ ledger }) => readRefused(ledger) ?? []),
      newestAt: Math.max(...lines.map(({ receivedAt }) => receivedAt)),
      activeSeq: Math.max(0, ...lines.filter((line) => !isClosing(line)).map(({ seq }) => seq)),
      closedSeq: Math.max(0, ...lines.filter(isClosing).map(({ seq }) => seq)),
    };
  };
  return {
    loaded,
    late,
    lost,
    dataAsOf: () => dataAsOf,
    load: (lines: readonly HistoryLine[], mayBeSilent: boolean): void => {
      const fresh = new Map<string, HistoryLine>();
      for (const line of lines) {
        const before = nodes.get(line.node);
        const at = [{ first: line.seq, last: line.seq }];
        if (before && commonRanges(at, before.loaded).length > 0) continue;
        const isLate = before !== undefined && commonRanges(at, before.waived).length > 0 && line.receivedAt < dataAsOf;
        if (isLate) late.push(line);
        else fresh.set(`${line.node}:${line.seq}`, line);
      }
      loaded.push(...fresh.values());
      for (const name of new Set(lines.map(({ node }) => node))) {
        nodes.set(
          name,
          addNumbers(
            nodes.get(name),
            cameOf(
              name,
              lines.filter(({ node }) => node === name),
            ),
          ),
        );
      }
      const reached = advanceWatermark({
        nodes: [...nodes.values()],
        newestAt: Number.NEGATIVE_INFINITY,
        dataAsOf,
        mayBeSilent,
        now: Number.POSITIVE_INFINITY,
      });
      dataAsOf = reached.dataAsOf;
      lost.push(...reached.lost);
    },
  };
}

const runs = Number(process.env.TRAILGATE_PROPERTY_RUNS ?? 60);

describe.each([
  ['in any order', false],
  ['each bucket in its order', true],
])('of random histories whose files come %s', (_how, isInOrder) => {
  test('the watermark passes no line that comes later, never goes back, reaches the end, and each line is loaded once', async () => {
    await fc.assert(
      fc.asyncProperty(
        aHistory,
        aDelivery(isInOrder),
        fc.oneof(fc.constant([false]), fc.array(fc.boolean(), { minLength: 1, maxLength: 7 })),
        async (steps, delivery, lasts) => {
          const { records, dead } = await runHistory(steps);
          const all = withSessions(records.flatMap(linesOfRecord));
          const sessionOf = new Map(all.map(({ node, seq, session }) => [`${node}:${seq}`, session]));
          const files = deliver(records, delivery);
          const model = createModel();
          for (const [index, file] of files.entries()) {
            const before = model.dataAsOf();
            const isLast = index === files.length - 1 || (lasts[index % lasts.length] as boolean);
            model.load(linesOfFile(file), isLast);
            const reached = model.dataAsOf();
            expect(reached).toBeGreaterThanOrEqual(before);
            const here = new Set(model.loaded.map(({ node, seq }) => `${node}:${seq}`));
            const announced = new Map<string, number>();
            for (const { node, seq } of model.loaded) {
              const session = sessionOf.get(`${node}:${seq}`) as number;
              announced.set(node, Math.max(session, announced.get(node) ?? 0));
            }
            const passed = all.filter(
              (line) =>
                line.receivedAt >= before &&
                line.receivedAt < reached &&
                !here.has(`${line.node}:${line.seq}`) &&
                // One bucket's closing line is enough; the others' tell nothing more.
                line.ledger?.state !== 'CLOSED' &&
                // Its sender was told that it was not taken.
                !line.isGivenUp &&
                // In the order of the buckets an opening line is seen before anything it opens; else only who is known is waited for.
                (isInOrder ? line.kind === 'EVENT' : line.session <= (announced.get(line.node) ?? 0)) &&
                !isToldLost(model.lost, line),
            );
            expect(passed).toEqual([]);
          }
          const counts = new Map<string, number>();
          for (const { node, seq } of model.loaded)
            counts.set(`${node}:${seq}`, (counts.get(`${node}:${seq}`) ?? 0) + 1);
          expect([...counts.values()].every((count) => count === 1)).toBe(true);
          const missing = all.filter(({ node, seq, isGivenUp }) => !counts.has(`${node}:${seq}`) && !isGivenUp);
          expect(missing).toEqual([]);
          // What was given up is loaded, or kept beside as late.
          const kept = new Set(model.late.map(({ node, seq }) => `${node}:${seq}`));
          expect(all.filter(({ node, seq }) => !counts.has(`${node}:${seq}`) && !kept.has(`${node}:${seq}`))).toEqual(
            [],
          );
          // Nobody is called lost before everything that landed is loaded, and then only who is.
          if (lasts.every((last) => !last)) expect(model.lost.filter(({ node }) => !dead.has(node))).toEqual([]);
          // One node lives on; all others are closed or long silent.
          const newest = Math.max(...all.map(({ receivedAt }) => receivedAt));
          expect(model.dataAsOf()).toBeGreaterThanOrEqual(newest - 3_000);
        },
      ),
      { numRuns: runs },
    );
  }, 180_000);
});

const isToldLost = (lost: readonly LostNode[], { node, seq }: HistoryLine): boolean =>
  lost.some(
    (one) =>
      one.node === node && (seq > one.lastSeq || one.open.some(({ first, last }) => first <= seq && seq <= last)),
  );

test('numbers without a gap end where the first is missing, counting what nobody waits for', () => {
  const at = (first: number, last: number) => ({ first, last, lastAt: last * 10 });
  const node = (loaded: ReturnType<typeof at>[], waived: { first: number; last: number }[]): NodeNumbers => ({
    node: 'n',
    epoch: 1,
    loaded,
    waived,
    newestAt: 0,
    activeSeq: 0,
    closedSeq: 0,
  });
  expect(gapless(node([at(1, 4), at(6, 9)], []))).toEqual({ seq: 4, at: 40 });
  expect(gapless(node([at(1, 4), at(6, 9)], [{ first: 5, last: 5 }]))).toEqual({ seq: 9, at: 90 });
  expect(gapless(node([at(2, 4)], []))).toEqual({ seq: 0, at: Number.NEGATIVE_INFINITY });
  expect(
    gapless(
      node(
        [at(2, 4)],
        [
          { first: 1, last: 3 },
          { first: 5, last: 7 },
        ],
      ),
    ),
  ).toEqual({ seq: 7, at: 40 });
  expect(gapless(node([], [{ first: 1, last: 3 }]))).toEqual({ seq: 3, at: Number.NEGATIVE_INFINITY });
});
