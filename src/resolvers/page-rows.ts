import { AppError } from '../domain/errors.ts';
import { PAGE_LIMITS } from '../domain/page.ts';

/** Rows that all listings of one request may ask for: four of the largest pages. Sixty of them ended the process. */
const MOST_ROWS = 4 * PAGE_LIMITS.maxPageSize;

/** Counts the rows that the listings of one request ask for, aliases included. */
export interface PageRows {
  /** @throws AppError TOO_COSTLY when this listing's page and those before it are too many rows together. */
  take(size: number | null, argument: 'first' | 'last'): void;
}

export function createPageRows(): PageRows {
  const { defaultPageSize, maxPageSize } = PAGE_LIMITS;
  let asked = 0;
  return {
    take: (size, argument) => {
      const rows = size ?? defaultPageSize;
      // A size out of range is refused by its own listing, in its own words.
      if (rows < 1 || rows > maxPageSize) return;
      asked += rows;
      if (asked <= MOST_ROWS) return;
      throw new AppError(
        'TOO_COSTLY',
        `The listings of this request ask for more than ${MOST_ROWS} rows together. Ask for fewer, or in several requests.`,
        { inputPath: [argument] },
      );
    },
  };
}
