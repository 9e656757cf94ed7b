import { AppError } from '../../domain/errors.ts';
import { about, type Check, type Finding } from '../../ports/checkup.ts';

export interface RunOptions {
  /** What one check may take. */
  readonly timeoutMs: number;
}

/** Runs all at once, whatever becomes of any; their findings in the order of the checks, as soon as that allows. */
export async function* runChecks(checks: readonly Check[], options: RunOptions): AsyncGenerator<readonly Finding[]> {
  for (const findings of checks.map((check) => runOne(check, options))) yield await findings;
}

async function runOne(check: Check, { timeoutMs }: RunOptions): Promise<readonly Finding[]> {
  const { fail } = about(check.subject);
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => {
      resolve([fail(`no answer within ${timeoutMs / 1_000} s. ${SILENCE}`)]);
      stop.abort();
    }, timeoutMs);
  });
  const found = Promise.resolve()
    .then(() => check.run(stop.signal))
    .catch((error: unknown) => [fail(explain(error))]);
  return Promise.race([late, found]).finally(() => clearTimeout(timer));
}

const SILENCE = 'Check network, firewall, name resolution and the endpoint that is set.';

/** An error of ours says what to do; of any other at least its own words are told. */
function explain(error: unknown): string {
  if (error instanceof AppError) return error.message;
  if (!(error instanceof Error)) return String(error);
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
}
