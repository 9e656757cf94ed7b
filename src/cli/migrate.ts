import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { Command } from 'commander';
import {
  migrateSnowflake,
  prepareSnowflakeAccount,
  snowflakeRefreshTask,
  snowflakeScript,
} from '../app/migrate-snowflake.ts';
import { readConfig } from '../config/config.ts';
import { readSnowflakeDeployment } from '../config/snowflake-deployment.ts';

export interface MigrateOptions {
  readonly packageDirectory: string;
  /** The settings; the process's environment when absent. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  readonly out?: Writable;
  readonly err?: Writable;
  readonly setExitCode?: (code: number) => void;
}

interface Flags {
  readonly dryRun?: boolean;
  readonly account?: boolean;
  readonly refreshTask?: boolean;
  readonly accountRole: string;
  readonly landingUrl?: string;
  readonly storageRole?: string;
}

/** `trailgate migrate`: brings Snowflake up to this version's schema. Exit code 1 when it cannot. */
export function migrateCommand(options: MigrateOptions): Command {
  const {
    err = process.stderr,
    setExitCode = (code) => {
      process.exitCode = code;
    },
  } = options;
  return new Command('migrate')
    .description('bring Snowflake up to the schema of this version (docs/snowflake.md)')
    .option('--dry-run', 'print every statement for an empty account; connect to nothing')
    .option('--account', 'make roles, compute, database and access to the bucket, as an administrator of the account')
    .option('--refresh-task', 'print the task that refreshes the marts within Snowflake, and do nothing else')
    .option('--account-role <role>', 'the administrator’s role', 'ACCOUNTADMIN')
    .option('--landing-url <url>', 'where Firehose delivers: s3://bucket/events/')
    .option('--storage-role <arn>', 'the role in AWS that Snowflake assumes to read there')
    .action(async (flags: Flags) => {
      try {
        await run(flags, options);
      } catch (error) {
        err.write(`error: ${(error as Error).message}\n`);
        setExitCode(1);
      }
    });
}

async function run(flags: Flags, { packageDirectory, variables, out = process.stdout }: MigrateOptions): Promise<void> {
  const { warehouse, names, timeZone } = readSnowflakeDeployment(variables);
  if (warehouse === 'duckdb') {
    out.write(
      'The warehouse is DuckDB, whose schema "trailgate serve" brings up to date when it starts. Nothing to do.\n',
    );
    return;
  }
  const { landingUrl, storageRole, account, accountRole, dryRun, refreshTask } = flags;
  if (!landingUrl || !storageRole) {
    throw new Error('--landing-url and --storage-role are needed: Snowpipe reads there what Firehose delivered.');
  }
  const migrations = {
    sqlDirectory: join(packageDirectory, 'sql'),
    names,
    landing: { url: landingUrl, roleArn: storageRole },
  };
  if (refreshTask) {
    out.write(await snowflakeRefreshTask(migrations, timeZone));
    return;
  }
  if (dryRun) {
    out.write(await snowflakeScript(migrations));
    return;
  }
  const { engines } = readConfig(variables);
  if (engines.warehouse.engine !== 'snowflake') throw new Error('The warehouse is not Snowflake.');
  const applied = account
    ? await prepareSnowflakeAccount(migrations, engines.warehouse, accountRole)
    : await migrateSnowflake(migrations, engines.warehouse);
  out.write(applied.length > 0 ? applied.map((name) => `applied ${name}\n`).join('') : 'Everything has run already.\n');
}
