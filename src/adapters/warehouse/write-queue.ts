import { WRITE_URGENCIES, type WriteUrgency } from '../../ports/warehouse.ts';

interface Waiting {
  readonly rank: number;
  readonly start: () => void;
}

/** One at a time, the most urgent first, in order of arrival within one urgency. */
export function createWriteQueue(): { run<T>(urgency: WriteUrgency, work: () => Promise<T>): Promise<T> } {
  const waiting: Waiting[] = [];
  let busy = false;

  const startNext = (): void => {
    const next = waiting.shift();
    if (!next) {
      busy = false;
      return;
    }
    next.start();
  };

  const turn = (urgency: WriteUrgency): Promise<void> => {
    if (!busy) {
      busy = true;
      return Promise.resolve();
    }
    const rank = WRITE_URGENCIES.indexOf(urgency);
    return new Promise((resolve) => {
      const at = waiting.findIndex((other) => other.rank > rank);
      waiting.splice(at === -1 ? waiting.length : at, 0, { rank, start: resolve });
    });
  };

  return {
    run: async (urgency, work) => {
      await turn(urgency);
      try {
        return await work();
      } finally {
        startNext();
      }
    },
  };
}
