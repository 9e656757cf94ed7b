import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';

/**
 * Names of the fields selected below a path of the field being resolved, fragments included. @skip and @include are not
 * looked at: what may be selected is read.
 */
export function selectedBelow(info: GraphQLResolveInfo, path: readonly string[]): ReadonlySet<string> {
  let fields: readonly FieldNode[] = info.fieldNodes;
  for (const name of [null, ...path]) {
    const sets = fields.flatMap((field) =>
      field.selectionSet && (name === null || field.name.value === name) ? [field.selectionSet] : [],
    );
    fields = fieldsOf(sets, info);
  }
  return new Set(fields.map((field) => field.name.value));
}

/** Each fragment is looked into once: ones that spread others twice would double the walk with every level. */
function fieldsOf(sets: readonly SelectionSetNode[], { fragments }: GraphQLResolveInfo): readonly FieldNode[] {
  const fields: FieldNode[] = [];
  const spread = new Set<string>();
  const waiting = [...sets];
  for (let set = waiting.pop(); set; set = waiting.pop()) {
    for (const selection of set.selections) {
      if (selection.kind === 'Field') fields.push(selection);
      else if (selection.kind === 'InlineFragment') waiting.push(selection.selectionSet);
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = fragments[selection.name.value];
        if (fragment) waiting.push(fragment.selectionSet);
      }
    }
  }
  return fields;
}

/** What is selected of each row of a connection, through `nodes` or `edges { node }`. */
export const selectedOfRows = (info: GraphQLResolveInfo): ReadonlySet<string> =>
  new Set([...selectedBelow(info, ['nodes']), ...selectedBelow(info, ['edges', 'node'])]);
