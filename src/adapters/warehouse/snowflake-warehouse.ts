import type { Warehouse } from '../../ports/warehouse.ts';
import { loadSnowflakeDriver } from './snowflake-driver.ts';
import { createCredentials, type SnowflakeLogin } from './snowflake-login.ts';
import { openSession, type SessionPlace } from './snowflake-open-session.ts';
import { createSessionPool } from './snowflake-pool.ts';
import { createReads } from './snowflake-reads.ts';
import { createWrites } from './snowflake-writes.ts';

export interface SnowflakeOptions extends SessionPlace {
  readonly login: SnowflakeLogin;
  readonly roles: { readonly reader: string; readonly writer: string };
  /** Compute of writes; that of reads when absent. */
  readonly writeComputeWarehouse?: string;
  /** Sessions that read at the same time; more readers wait. */
  readonly readers: number;
  /** For opening a session; 30 s when absent. */
  readonly connectTimeoutMs?: number;
  /** For each statement of a write; ten minutes when absent. */
  readonly writeTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 30_000;
const WRITE_TIMEOUT_MS = 600_000;

/**
 * Loads the driver and connects to nothing yet: sessions are opened when they are needed.
 * @throws Error when the private key cannot be read.
 */
export async function createSnowflakeWarehouse(options: SnowflakeOptions): Promise<Warehouse> {
  const { login, roles, readers, connectTimeoutMs = CONNECT_TIMEOUT_MS, writeTimeoutMs = WRITE_TIMEOUT_MS } = options;
  const credentials = createCredentials(login);
  const driver = await loadSnowflakeDriver();
  const openAs = (role: string, computeWarehouse: string) => () =>
    openSession({
      driver,
      credentials,
      place: { ...options, computeWarehouse },
      role,
      timeoutMs: connectTimeoutMs,
      statementTimeoutMs: writeTimeoutMs,
    });
  const pool = createSessionPool({ open: openAs(roles.reader, options.computeWarehouse), most: readers });
  const writes = createWrites({
    open: openAs(roles.writer, options.writeComputeWarehouse ?? options.computeWarehouse),
    timeoutMs: writeTimeoutMs,
  });
  let closing: Promise<void> | null = null;
  return {
    read: createReads(pool),
    write: writes.write,
    close: () => {
      closing ??= Promise.all([pool.close(), writes.close()]).then(() => undefined);
      return closing;
    },
  };
}
