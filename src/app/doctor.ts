import { readFileSync } from 'node:fs';
import { dataDirectoryChecks } from '../adapters/data-directory/data-directory-checks.ts';
import { hostChecks } from '../adapters/host/host-checks.ts';
import type { Config } from '../config/config.ts';
import { keepsFiles } from '../config/engines.ts';
import type { SnowflakeWarehouse } from '../config/snowflake.ts';
import { parseMapping } from '../domain/mapping-file.ts';
import { about, type Checkup } from '../ports/checkup.ts';
import { systemClock } from '../ports/clock.ts';
import { awsEngineChecks } from './doctor/aws.ts';
import { embeddedChecks } from './doctor/embedded.ts';
import { snowflakeAccount } from './snowflake-account.ts';

export interface DoctorOptions {
  /** The folder sql/ of the package. */
  readonly sqlDirectory: string;
  /** Also tries what leaves something behind for a moment. */
  readonly write: boolean;
}

/** Everything that can be asked of the engines that the configuration names; the others are not loaded. */
export async function openDoctor(config: Config, { sqlDirectory, write }: DoctorOptions): Promise<Checkup> {
  const { stream, warehouse } = config.engines;
  const checkups: Checkup[] = [
    hostChecks({ duckdbMemoryMiB: warehouse.engine === 'duckdb' ? config.duckdbMemoryMiB : null }),
    ...(config.mappingFile ? [mappingChecks(config.mappingFile)] : []),
    ...(keepsFiles(config.engines)
      ? [
          dataDirectoryChecks({
            path: config.dataDirectory,
            logMaxBytes: stream.engine === 'lmdb' ? config.logMaxBytes : null,
            installationKey: config.installationKey,
          }),
          embeddedChecks(config, sqlDirectory),
        ]
      : []),
    ...(await awsEngineChecks(config, write)),
    ...(warehouse.engine === 'snowflake' ? [await onSnowflake(warehouse, config, sqlDirectory)] : []),
  ];
  return {
    checks: checkups.flatMap(({ checks }) => checks),
    close: async () => {
      await Promise.allSettled(checkups.map((checkup) => checkup.close()));
    },
  };
}

const mappingChecks = (path: string): Checkup => ({
  checks: [
    {
      subject: 'mapping file',
      run: async () => {
        parseMapping(readFileSync(path, 'utf8'), path);
        return [about('mapping file').ok(`${path} can be read`)];
      },
    },
  ],
  close: async () => undefined,
});

async function onSnowflake(engine: SnowflakeWarehouse, { timeZone }: Config, sqlDirectory: string): Promise<Checkup> {
  const { snowflakeChecks } = await import('../adapters/warehouse/snowflake-checks.ts');
  return snowflakeChecks({
    ...snowflakeAccount(engine),
    names: engine.names,
    sqlDirectory,
    timeZone,
    now: systemClock.now,
  });
}
