/** The items in order, `most` at a time: a statement, or a request, takes only so many. */
export function* inParts<T>(items: readonly T[], most: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += most) yield items.slice(from, from + most);
}
