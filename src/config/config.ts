import { resolve } from 'node:path';
import { z } from 'zod';
import { type Engines, engineVariables, installationKey, readEngines } from './engines.ts';
import { parseVariables } from './parse-variables.ts';

/** Everything that may be set from outside: the only reader of process.env. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  /** Null: one is made at first start. */
  readonly bootstrapKey: string | null;
  /** Null: that of the data directory, made at first start. 32 bytes. */
  readonly installationKey: Buffer | null;
  readonly engines: Engines;
  /** IANA name; for off-hours. */
  readonly timeZone: string;
  readonly logHours: number;
  readonly logMaxBytes: number;
  /** A mapping file (docs/import.md) to fill in fields at accept; null for none. */
  readonly mappingFile: string | null;
  readonly queryTimeoutMs: number;
  readonly duckdbThreads: number;
  readonly duckdbMemoryMiB: number;
  readonly logLevel: string;
  readonly isProduction: boolean;
  /** Introspection and the GraphQL page. */
  readonly introspection: boolean;
}

const zone = z.string().refine((name) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}, 'is no IANA time zone, for example Europe/Berlin');

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const whole = (min: number, max: number) => {
  const fault = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number(fault).int(fault).min(min, fault).max(max, fault);
};
const gibibytes = (max: number) => {
  const fault = `must be a number above 0, up to ${max}`;
  return z.coerce.number(fault).positive(fault).max(max, fault);
};

export const environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: whole(0, 65_535).default(4000),
  NODE_ENV: z.string().default('development'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  TRAILGATE_DATA_DIR: z.string().min(1).default('./data'),
  TRAILGATE_BOOTSTRAP_KEY: z.string().min(16, 'needs 16 characters or more').optional(),
  TRAILGATE_TIME_ZONE: zone.default('UTC'),
  TRAILGATE_LOG_HOURS: whole(1, 24 * 365).default(24),
  TRAILGATE_LOG_MAX_GIB: gibibytes(100_000).default(20),
  TRAILGATE_MAPPING: z.string().min(1).optional(),
  TRAILGATE_QUERY_TIMEOUT_MS: whole(100, 600_000).default(30_000),
  TRAILGATE_DUCKDB_THREADS: whole(1, 256).default(2),
  TRAILGATE_DUCKDB_MEMORY_MIB: whole(256, 1_048_576).default(1_024),
  TRAILGATE_INTROSPECTION: flag.optional(),
  TRAILGATE_INSTALLATION_KEY: installationKey.optional(),
  ...engineVariables,
});

/** @throws Error that names each variable that is wrong. */
export function readConfig(variables: Readonly<Record<string, string | undefined>> = process.env): Config {
  const env = parseVariables(environment, variables);
  const isProduction = env.NODE_ENV === 'production';
  return Object.freeze({
    host: env.HOST,
    port: env.PORT,
    dataDirectory: resolve(env.TRAILGATE_DATA_DIR),
    bootstrapKey: env.TRAILGATE_BOOTSTRAP_KEY ?? null,
    installationKey: env.TRAILGATE_INSTALLATION_KEY ?? null,
    engines: readEngines(env),
    timeZone: env.TRAILGATE_TIME_ZONE,
    logHours: env.TRAILGATE_LOG_HOURS,
    logMaxBytes: Math.floor(env.TRAILGATE_LOG_MAX_GIB * 2 ** 30),
    mappingFile: env.TRAILGATE_MAPPING ?? null,
    queryTimeoutMs: env.TRAILGATE_QUERY_TIMEOUT_MS,
    duckdbThreads: env.TRAILGATE_DUCKDB_THREADS,
    duckdbMemoryMiB: env.TRAILGATE_DUCKDB_MEMORY_MIB,
    logLevel: env.LOG_LEVEL,
    isProduction,
    introspection: env.TRAILGATE_INTROSPECTION ?? !isProduction,
  });
}
