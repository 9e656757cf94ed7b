/** Numbers from `first` to `last`, both included. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/** The same numbers in the fewest ranges, ascending: none overlaps or touches the next. */
export function mergeRanges(ranges: readonly NumberRange[]): NumberRange[] {
  const merged: NumberRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (!before || range.first > before.last + 1) merged.push({ first: range.first, last: range.last });
    else if (range.last > before.last) merged[merged.length - 1] = { first: before.first, last: range.last };
  }
  return merged;
}

/** Numbers of both. Each list is merged. */
export function commonRanges(one: readonly NumberRange[], other: readonly NumberRange[]): NumberRange[] {
  const common: NumberRange[] = [];
  for (let [i, j] = [0, 0]; i < one.length && j < other.length; ) {
    const [a, b] = [one[i] as NumberRange, other[j] as NumberRange];
    const [first, last] = [Math.max(a.first, b.first), Math.min(a.last, b.last)];
    if (first <= last) common.push({ first, last });
    if (a.last <= b.last) i += 1;
    else j += 1;
  }
  return common;
}

/** Numbers of the one that are not in the other. Each list is merged. */
export function rangesWithout(one: readonly NumberRange[], other: readonly NumberRange[]): NumberRange[] {
  const left: NumberRange[] = [];
  let j = 0;
  for (const { first, last } of one) {
    let from = first;
    while (j < other.length && (other[j] as NumberRange).last < from) j += 1;
    for (let k = j; k < other.length && (other[k] as NumberRange).first <= last; k += 1) {
      const gone = other[k] as NumberRange;
      if (gone.first > from) left.push({ first: from, last: gone.first - 1 });
      from = gone.last + 1;
    }
    if (from <= last) left.push({ first: from, last });
  }
  return left;
}

export const countNumbers = (ranges: readonly NumberRange[]): number =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
