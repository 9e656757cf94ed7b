import { createHash } from 'node:crypto';
import { badInput } from '../domain/errors.ts';
import type { Seal } from '../domain/seal.ts';

/** What a cursor holds besides its place: which question it belongs to. */
interface Sealed<Place> {
  readonly q: string;
  readonly p: Place;
}

/** A short name of a question, so that a cursor is not taken for a place in the answer to another one. */
export const questionOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 12);

/** Places in one listing, sealed: they reveal nothing and cannot be made up. */
export function createCursors<Place>(seal: Seal, listing: string) {
  return {
    write: (question: string, place: Place): string =>
      seal.sealOnce(`cursor ${listing}`, JSON.stringify({ q: question, p: place } satisfies Sealed<Place>)),
    /** @throws AppError BAD_USER_INPUT for what is no cursor of this listing and question. */
    read: (question: string, cursor: string, argument: string): Place => {
      const text = seal.openOnce(`cursor ${listing}`, cursor);
      if (text === null) {
        throw badInput(`"${argument}" is no cursor of this listing. Take it from pageInfo or an edge, unchanged.`, [
          argument,
        ]);
      }
      // What opens was sealed here, in this form.
      const sealed = JSON.parse(text) as Sealed<Place>;
      if (sealed.q !== question) {
        throw badInput(
          `"${argument}" belongs to another question. Keep filter, order and the other arguments while paging.`,
          [argument],
        );
      }
      return sealed.p;
    },
  };
}
