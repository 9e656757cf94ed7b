/** What `trailgate doctor` asks of an engine. Questions change nothing, but for those that say so. */
export interface Checkup {
  readonly checks: readonly Check[];
  /** Lets go of what the checks opened. */
  close(): Promise<void>;
}

export interface Check {
  /** What is looked at, in a word or two; stands before what is said when `run` throws or takes too long. */
  readonly subject: string;
  /**
   * Ends when `signal` aborts, or is left behind.
   * @throws AppError whose message says what is wrong and what to do.
   */
  run(signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface Finding {
  readonly subject: string;
  /** `skip`: was not looked at, and the message says why. */
  readonly status: 'ok' | 'warn' | 'fail' | 'skip';
  /** One line: what is there, what is wrong about it, what to do. */
  readonly message: string;
}

/** Findings about one subject. */
export const about = (subject: string) => ({
  ok: (message: string): Finding => ({ subject, status: 'ok', message }),
  warn: (message: string): Finding => ({ subject, status: 'warn', message }),
  fail: (message: string): Finding => ({ subject, status: 'fail', message }),
  skip: (message: string): Finding => ({ subject, status: 'skip', message }),
});
