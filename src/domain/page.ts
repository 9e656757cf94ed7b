import { badInput } from './errors.ts';

export const PAGE_LIMITS = { defaultPageSize: 50, maxPageSize: 5_000 } as const;

/** As the API takes them. */
export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

export interface PageRequest {
  readonly size: number;
  /** Backward pages are read from their end. */
  readonly backward: boolean;
  /** Sealed; where the page begins, read in its direction. */
  readonly cursor: string | null;
}

export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** @throws AppError BAD_USER_INPUT for sizes out of range and for `first` and `last` together. */
export function parsePageArgs({ first, after, last, before }: PageArgs): PageRequest {
  const backward = last != null || before != null;
  if (backward && (first != null || after != null)) {
    throw badInput('Give first and after, or last and before, not both.', [first != null ? 'first' : 'after']);
  }
  const [name, size] = backward ? (['last', last] as const) : (['first', first] as const);
  if (size != null && (size < 1 || size > PAGE_LIMITS.maxPageSize)) {
    throw badInput(
      `${name} is ${size}; it may be 1 to ${PAGE_LIMITS.maxPageSize} (settings.maxPageSize). Read further pages with a cursor.`,
      [name],
    );
  }
  return { size: size ?? PAGE_LIMITS.defaultPageSize, backward, cursor: (backward ? before : after) ?? null };
}
