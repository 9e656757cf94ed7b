import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';

/**
 * Names of the fields selected below a path of the field being resolved, fragments included. @skip and @include are not
 * looked at: what may be selected is read.
 */
export function selectedBelow(info: GraphQLResolveInfo, path: readonly string[]): ReadonlySet<string> {
  let sets = info.fieldNodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
  for (const name of path) {
    sets = sets.flatMap((set) =>
      fieldsOf(set, info).flatMap((field) =>
        field.name.value === name && field.selectionSet ? [field.selectionSet] : [],
      ),
    );
  }
  return new Set(sets.flatMap((set) => fieldsOf(set, info).map((field) => field.name.value)));
}

function fieldsOf(set: SelectionSetNode, info: GraphQLResolveInfo): readonly FieldNode[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === 'Field') return [selection];
    if (selection.kind === 'InlineFragment') return fieldsOf(selection.selectionSet, info);
    const fragment = info.fragments[selection.name.value];
    return fragment ? fieldsOf(fragment.selectionSet, info) : [];
  });
}

/** What is selected of each row of a connection, through `nodes` or `edges { node }`. */
export const selectedOfRows = (info: GraphQLResolveInfo): ReadonlySet<string> =>
  new Set([...selectedBelow(info, ['nodes']), ...selectedBelow(info, ['edges', 'node'])]);
