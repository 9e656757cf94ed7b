import type { Appender } from './appender.ts';
import type { Ledger } from './ledger.ts';

/** Of one invocation of a function: what it opens it closes, so that nobody waits for numbers of one that sleeps. */
export interface InvocationAppender extends Pick<Appender, 'append'> {
  /** Says that no more will come. */
  close(): Promise<void>;
}

/** Each invocation opens the ledger, appends and closes it. One after another; numbers go on. */
export function createInvocationLedgers(ledger: Ledger) {
  let latest = 0;
  /** Resolves once the stream knows of it; gives up at `until` (milliseconds since 1970). */
  return async ({ until }: { readonly until: number }): Promise<InvocationAppender> => {
    latest += 1;
    const mine = latest;
    await ledger.open({ until });
    return {
      append: (drafts) => ledger.append(drafts, { until }),
      close: async () => {
        // One that opened too late leaves the ledger to the one that came after it.
        if (mine === latest) await ledger.close();
      },
    };
  };
}
