import { buildSchema, type GraphQLResolveInfo, graphql } from 'graphql';
import { selectedBelow, selectedOfRows } from '../../src/resolvers/selection.ts';

const SCHEMA = buildSchema(`
  type Query { list: Page }
  type Page { nodes: [Row!]! edges: [Edge!]! totalCount: Int }
  type Edge { cursor: String node: Row! }
  type Row { id: ID name: String user: User }
  type User { id: ID role: String }
`);

/** What the resolver of `list` is told, in a document of this text. */
async function infoOf(source: string): Promise<GraphQLResolveInfo> {
  const infos: GraphQLResolveInfo[] = [];
  const list = (_args: unknown, _context: unknown, info: GraphQLResolveInfo) => void infos.push(info);
  expect(await graphql({ schema: SCHEMA, source, rootValue: { list } })).toEqual({ data: { list: null } });
  return infos[0] as GraphQLResolveInfo;
}

const names = (selected: ReadonlySet<string>): string[] => [...selected].sort();

describe('what is selected', () => {
  test('is found under aliases, in repeated fields and in fragments of both kinds', async () => {
    const info = await infoOf(`
      { list { n: nodes { id } ...Counted ... on Page { nodes { ...Named } } edges { node { user { role } } } } }
      fragment Counted on Page { total: totalCount }
      fragment Named on Row { ... { alias: name } }
    `);
    expect(names(selectedBelow(info, []))).toEqual(['edges', 'nodes', 'totalCount']);
    expect(names(selectedBelow(info, ['nodes']))).toEqual(['id', 'name']);
    expect(names(selectedBelow(info, ['edges', 'node', 'user']))).toEqual(['role']);
    expect(names(selectedOfRows(info))).toEqual(['id', 'name', 'user']);
  });

  test('is found in time that grows with the text, also where every fragment spreads the next one twice', async () => {
    const levels = 12;
    const fragments = Array.from({ length: levels }, (_, level) =>
      level + 1 < levels
        ? `fragment F${level} on Page { ...F${level + 1} ...F${level + 1} }`
        : `fragment F${level} on Page { totalCount }`,
    );
    const info = await infoOf(`{ list { ...F0 } } ${fragments.join(' ')}`);
    let looks = 0;
    const counted = new Proxy(info.fragments, {
      get: (target, name) => {
        looks += 1;
        return target[String(name)];
      },
    });
    expect(names(selectedBelow({ ...info, fragments: counted }, []))).toEqual(['totalCount']);
    expect(looks).toBe(levels);
  });
});
