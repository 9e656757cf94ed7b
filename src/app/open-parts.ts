import type { Logger } from 'pino';
import { type DataDirectory, openDataDirectory } from '../adapters/data-directory/data-directory.ts';
import type { Config } from '../config/config.ts';
import { keepsFiles } from '../config/engines.ts';
import { systemClock } from '../ports/clock.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { Landing } from '../ports/landing.ts';
import type { Metrics } from '../server/metrics.ts';
import { openControl } from './open-control.ts';
import { openLanding } from './open-landing.ts';
import { type OpenedStream, openStream } from './open-stream.ts';
import { type OpenedWarehouse, openWarehouse } from './open-warehouse.ts';

/** What stands behind the ports. */
export interface Parts extends OpenedStream, OpenedWarehouse {
  /** What is loaded where files land; null where the log is. */
  readonly landing: Landing | null;
  /** Whose turn it is to load stands there, where nodes share a warehouse; null where each has its own. */
  readonly control: ControlStore | null;
  readonly keys: Keys;
  /** Lets go of everything, the last opened first. */
  close(): Promise<void>;
}

export type Keys = Pick<DataDirectory, 'installationKey' | 'bootstrapKey' | 'bootstrapKeyIsNew' | 'isNew'>;

export interface OpenPartsOptions {
  readonly config: Config;
  /** The folder sql/ of the package. */
  readonly sqlDirectory: string;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Opens the engines that the configuration names; those of AWS and Snowflake are loaded only then. */
export async function openParts({ config, sqlDirectory, log, metrics }: OpenPartsOptions): Promise<Parts> {
  const opened: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
  };
  try {
    const directory = keepsFiles(config.engines)
      ? openDataDirectory(config.dataDirectory, {
          bootstrap: config.bootstrapKey,
          installation: config.installationKey,
        })
      : null;
    if (directory) opened.push(() => directory.release());
    const stream = await openStream({ config, directory, log, metrics });
    opened.push(() => stream.stream.close());
    const warehouse = await openWarehouse({ config, directory, sqlDirectory, log });
    opened.push(() => warehouse.warehouse.close());
    // A DuckDB is one node's own; a Snowflake is shared by all.
    const control = warehouse.stage ? await openControl({ config, directory }) : null;
    if (control) opened.push(() => control.close());
    const landing = stream.eventLog ? null : await openLanding({ config, clock: systemClock, ...warehouse });
    opened.push(() => landing?.close?.());
    return { ...stream, ...warehouse, control, landing, keys: directory ?? keysOf(config), close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

function keysOf({ installationKey, bootstrapKey }: Config): Keys {
  if (!installationKey || !bootstrapKey) throw new Error('Without a data directory both keys must be set.');
  return { installationKey, bootstrapKey, bootstrapKeyIsNew: false, isNew: false };
}
