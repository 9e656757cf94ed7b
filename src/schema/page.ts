import { type ClassType, Field, ObjectType } from 'type-graphql';
import type { PageInfo as Page } from '../domain/page.ts';
import { SafeInt } from './scalars.ts';

@ObjectType({
  description: '`first` and `last`: 1 to settings.maxPageSize, settings.defaultPageSize when absent; more is an error.',
  simpleResolvers: true,
})
export class PageInfo {
  @Field(() => Boolean, { description: 'More follows after endCursor.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Something lies before startCursor.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Of the first edge; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Of the last edge; null on an empty page.' })
  endCursor!: string | null;
}

export interface Edge<Row> {
  readonly cursor: string;
  readonly node: Row;
}

export interface Connection<Row> {
  readonly edges: readonly Edge<Row>[];
  readonly nodes: readonly Row[];
  readonly pageInfo: PageInfo;
  readonly totalCount: number | null;
}

/** What a query answers, as a connection. Cursors are sealed only where they are read. */
export function toConnection<Row, Extra extends object>(
  page: {
    readonly rows: readonly Row[];
    readonly cursorOf: (row: Row, index: number) => string;
    readonly pageInfo: Page;
    readonly totalCount: number | null;
  },
  extra: Extra,
): Connection<Row> & Extra {
  const { rows, cursorOf } = page;
  const cursorAt = (index: number): string | null => {
    const row = rows[index];
    return row === undefined ? null : cursorOf(row, index);
  };
  return {
    ...extra,
    nodes: rows,
    get edges() {
      return rows.map((node, index) => ({
        node,
        get cursor() {
          return cursorOf(node, index);
        },
      }));
    },
    pageInfo: {
      ...page.pageInfo,
      get startCursor() {
        return cursorAt(0);
      },
      get endCursor() {
        return cursorAt(rows.length - 1);
      },
    },
    totalCount: page.totalCount,
  };
}

/** The Relay edge and connection types of a node type. Subclasses add what only they have. */
export function connectionTypes<Row extends object>(nodeType: ClassType<Row>, name: string) {
  @ObjectType(`${name}Edge`, { description: `One ${name} and its place in the listing.`, simpleResolvers: true })
  class EdgeType {
    @Field(() => String, { description: 'Opaque: give it as `after` or `before` of the same question.' })
    cursor!: string;

    @Field(() => nodeType, { description: 'The thing itself.' })
    node!: Row;
  }

  @ObjectType()
  abstract class ConnectionType {
    @Field(() => [EdgeType], { description: 'The page, with cursors.', simple: true })
    edges!: EdgeType[];

    @Field(() => [nodeType], { description: 'The page, without cursors.', simple: true })
    nodes!: Row[];

    @Field(() => PageInfo, { description: 'Where the page lies.', simple: true })
    pageInfo!: PageInfo;

    @Field(() => SafeInt, {
      nullable: true,
      description: 'Counted only when selected; null when that would cost too much.',
      simple: true,
    })
    totalCount!: number | null;
  }
  return { EdgeType, ConnectionType };
}
