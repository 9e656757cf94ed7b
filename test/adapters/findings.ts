import { runChecks } from '../../src/cli/doctor/run-checks.ts';
import type { Checkup, Finding } from '../../src/ports/checkup.ts';

/** What a checkup finds, by subject: `status: message`. Closed afterwards. */
export async function findingsOf(checkup: Checkup): Promise<Readonly<Record<string, string>>> {
  const found: Finding[] = [];
  for await (const findings of runChecks(checkup.checks, { timeoutMs: 8_000 })) found.push(...findings);
  await checkup.close();
  return bySubject(found);
}

export const bySubject = (findings: readonly Finding[]): Readonly<Record<string, string>> =>
  Object.fromEntries(findings.map(({ subject, status, message }) => [subject, `${status}: ${message}`]));
