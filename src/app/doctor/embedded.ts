import { join } from 'node:path';
import { type Claim, claimDirectory } from '../../adapters/data-directory/claim-directory.ts';
import type { Config } from '../../config/config.ts';
import { about, type Check, type Checkup, type Finding } from '../../ports/checkup.ts';
import { askServer } from './running-server.ts';

/**
 * The engines of the data directory. They have one owner (docs/architecture.md): where that is a running server, it is
 * asked instead, and its files are left alone.
 */
export function embeddedChecks(config: Config, sqlDirectory: string): Checkup {
  const { dataDirectory, engines } = config;
  let claim: Claim | null = null;
  const claimed = (): Claim => {
    claim ??= claimDirectory(dataDirectory);
    return claim;
  };
  /** Where the directory is ours, or not there yet. */
  const opening = (subject: string, look: () => Promise<readonly Finding[]>): Check => ({
    subject,
    run: async () => {
      const { skip } = about(subject);
      const found = claimed();
      if (found.phase === 'owned') return [skip(`was not opened: process ${found.pid} has it`)];
      if (found.phase === 'unusable') return [skip(`was not opened: ${found.why}`)];
      return look();
    },
  });

  return {
    checks: [
      {
        subject: 'server',
        run: async (signal) => {
          const found = claimed();
          const { ok, skip } = about('server');
          if (found.phase === 'owned') return [await askServer(config, found.pid, signal)];
          return [found.phase === 'unusable' ? skip(`was not looked for: ${found.why}`) : ok('none runs on this data')];
        },
      },
      ...(engines.stream.engine === 'lmdb'
        ? [
            opening('embedded log', async () => {
              const { checkLmdbLog } = await import('../../adapters/event-stream/lmdb-checks.ts');
              return checkLmdbLog({
                path: join(dataDirectory, 'log'),
                limitBytes: config.logMaxBytes,
                now: Date.now(),
              });
            }),
          ]
        : []),
      ...(engines.warehouse.engine === 'duckdb'
        ? [
            opening('DuckDB', async () => {
              const { checkDuckdb } = await import('../../adapters/warehouse/duckdb-checks.ts');
              return checkDuckdb({
                path: join(dataDirectory, 'warehouse.duckdb'),
                sqlDirectory,
                timeZone: config.timeZone,
              });
            }),
          ]
        : []),
    ],
    close: async () => {
      if (claim?.phase === 'ours') claim.release();
    },
  };
}
