import { Field, ID, InterfaceType } from 'type-graphql';

export const NODE_TYPES = ['AuditEvent', 'User', 'IngestError'] as const;
export type NodeType = (typeof NODE_TYPES)[number];

/** A row with the name of its type, so that `node` can tell what it found. */
export type TypedRow = object & { readonly nodeType: NodeType };

@InterfaceType({
  description: 'Something with a global id.',
  resolveType: (row: TypedRow) => row.nodeType,
})
export abstract class Node {
  @Field(() => ID, { description: 'Opaque and global, for caches and `node`.' })
  id!: string;
}
