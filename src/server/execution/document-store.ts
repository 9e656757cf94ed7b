import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

export type DocumentStore = NonNullable<ApolloServerOptionsWithGateway<BaseContext>['documentStore']>;

/** Characters of a text that is kept, parsed or compiled; longer ones are read anew each time. */
export const MAX_KEPT_TEXT = 20_000;
/** Characters of all texts that are kept parsed; each costs about a hundred bytes as such. */
const MAX_KEPT_TEXTS = 1_000_000;

/**
 * Documents that were parsed and validated. A document holds on to its text, comments and all, so it is the text that is
 * counted: Apollo Server's own store counts the nodes, so that it grew by 4 MB with each text of one field and 4 MB of comments.
 */
export function createDocumentStore(): DocumentStore {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: MAX_KEPT_TEXTS,
    maxEntrySize: MAX_KEPT_TEXT,
    sizeCalculation: (document, key) => textLengthOf(document) + key.length,
  });
  return {
    get: async (key) => documents.get(key),
    set: async (key, document) => void documents.set(key, document),
    delete: async (key) => documents.delete(key),
  };
}

/** Characters of the text that a document was parsed from. */
export const textLengthOf = ({ loc }: DocumentNode): number => loc?.source.body.length ?? 0;
