import type { Seal } from '../domain/seal.ts';
import { NODE_TYPES, type NodeType } from '../schema/node.ts';

/** A type and what names a row of it, sealed: the same id for the same row, always. */
export interface GlobalId {
  readonly type: NodeType;
  readonly key: readonly (string | number)[];
}

export const writeGlobalId = (seal: Seal, type: NodeType, ...key: readonly (string | number)[]): string =>
  seal.sealId(JSON.stringify([type, ...key]));

/** Null for what is no id of this installation. */
export function readGlobalId(seal: Seal, id: string): GlobalId | null {
  const text = seal.openId(id);
  if (text === null) return null;
  const [type, ...key] = JSON.parse(text) as [NodeType, ...(string | number)[]];
  return NODE_TYPES.includes(type) ? { type, key } : null;
}
