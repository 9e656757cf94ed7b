import { join } from 'node:path';
import { Command } from 'commander';
import { type Config, readConfig } from '../config/config.ts';
import { about, type Checkup, type Finding } from '../ports/checkup.ts';
import { createFindingsJson, createFindingsView, hasFailed, type Terminal } from './doctor/print-findings.ts';
import { runChecks } from './doctor/run-checks.ts';

export interface DoctorOptions {
  readonly packageDirectory: string;
  /** The settings; the process's environment when absent. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  readonly out?: Terminal;
  /** Also ends what a check that was left behind still holds open. */
  readonly exit?: (code: number) => void;
  readonly timeoutMs?: number;
}

interface Flags {
  readonly json?: boolean;
  readonly write?: boolean;
}

const TIMEOUT_MS = 10_000;

/** `trailgate doctor`: asks every engine that the settings name, and says what is wrong and what to do. */
export function doctorCommand(options: DoctorOptions): Command {
  return new Command('doctor')
    .description('check every connection, permission and limit of the engines that are set, and say what to do')
    .option('--write', 'also try what leaves something for a moment: ledger lines, an object, a lease')
    .option('--json', 'one JSON document')
    .action((flags: Flags) => run(flags, options));
}

/** Exit code 1 when anything fails. */
async function run({ json = false, write = false }: Flags, options: DoctorOptions): Promise<void> {
  const { out = process.stdout, exit = (code) => process.exit(code), timeoutMs = TIMEOUT_MS } = options;
  const doctor = await open(options, write).catch(misconfigured);
  const view = json
    ? createFindingsJson(out)
    : createFindingsView(
        out,
        doctor.checks.map(({ subject }) => subject),
      );
  let failed = false;
  for await (const findings of runChecks(doctor.checks, { timeoutMs })) {
    failed ||= findings.some(hasFailed);
    view.add(findings);
  }
  view.end();
  await Promise.race([doctor.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
  await new Promise<void>((resolve) => out.write('', () => resolve()));
  exit(failed ? 1 : 0);
}

/** Whoever asked has the answer already. */
const CLOSE_MS = 3_000;

async function open({ packageDirectory, variables }: DoctorOptions, write: boolean): Promise<Checkup> {
  const config: Config = readConfig(variables);
  const { openDoctor } = await import('../app/doctor.ts');
  return openDoctor(config, { sqlDirectory: join(packageDirectory, 'sql'), write });
}

/** Without settings that hold together there is nothing to ask; each fault of theirs is a finding. */
function misconfigured(error: Error): Checkup {
  const { fail } = about('settings');
  const lines = error.message.split('\n');
  const faults = lines.length > 1 ? lines.slice(1).map((line) => line.trim()) : lines;
  const findings: Finding[] = faults.map((fault) => fail(fault));
  return { checks: [{ subject: 'settings', run: async () => findings }], close: async () => undefined };
}
