import fc from 'fast-check';
import { stretchesOf } from '../../src/marts/stretches.ts';

const MINUTE = 60_000;

describe('the stretches of a batch', () => {
  test('are none without events, and one for events without gaps', () => {
    expect(stretchesOf([])).toEqual([]);
    expect(stretchesOf([0])).toEqual([[0, MINUTE - 1]]);
    expect(stretchesOf([0, MINUTE, 2 * MINUTE])).toEqual([[0, 3 * MINUTE - 1]]);
  });

  test('leave out the gaps', () => {
    expect(stretchesOf([0, 10 * MINUTE])).toEqual([
      [0, MINUTE - 1],
      [10 * MINUTE, 11 * MINUTE - 1],
    ]);
  });

  test('leave no gap out that is not above the least one', () => {
    const minutes = [0, 10 * MINUTE, 30 * MINUTE];
    expect(stretchesOf(minutes, 10 * MINUTE)).toEqual([
      [0, 11 * MINUTE - 1],
      [30 * MINUTE, 31 * MINUTE - 1],
    ]);
  });

  test('are at most eight, cut at the widest gaps', () => {
    const minutes = Array.from({ length: 40 }, (_, index) => index * index * MINUTE);
    const stretches = stretchesOf(minutes);
    expect(stretches).toHaveLength(8);
    expect(stretches[0]).toEqual([0, 32 * 32 * MINUTE + MINUTE - 1]);
    expect(stretches.slice(1)).toEqual(
      [33, 34, 35, 36, 37, 38, 39].map((n) => [n * n * MINUTE, n * n * MINUTE + MINUTE - 1]),
    );
  });

  test('hold every minute of the batch, in order and without overlap', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(5_000), { maxLength: 60 }), (numbers) => {
        const minutes = [...numbers].sort((a, b) => a - b).map((n) => n * MINUTE);
        const stretches = stretchesOf(minutes);
        for (const minute of minutes) {
          expect(stretches.filter(([from, to]) => from <= minute && minute + MINUTE - 1 <= to)).toHaveLength(1);
        }
        stretches.slice(1).forEach(([from], index) => {
          expect(from).toBeGreaterThan(stretches[index]?.[1] ?? 0);
        });
      }),
    );
  });
});
