/** Waiting, so that tests can hold it. Its time only goes on, whatever is done to the clock. */
export interface Timers {
  /** Milliseconds since some moment. */
  now(): number;
  /** Runs `work` once; the answer calls it off. */
  after(ms: number, work: () => void): () => void;
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
