import { readFileSync } from 'node:fs';
import { z } from 'zod';

export interface SnowflakeWarehouse {
  readonly engine: 'snowflake';
  readonly account: string;
  /** Instead of the account's own address. */
  readonly accessUrl: string | null;
  readonly user: string;
  readonly login:
    | { readonly phase: 'key'; readonly privateKey: string; readonly passphrase?: string }
    | { readonly phase: 'oauth'; readonly tokenFile: string };
  readonly names: SnowflakeNames;
}

/** What an installation calls its things in Snowflake. */
export type SnowflakeNames = Readonly<ReturnType<typeof snowflakeNames>>;

const text = z.string().min(1);

export const snowflakeVariables = {
  TRAILGATE_SNOWFLAKE_ACCOUNT: text.optional(),
  TRAILGATE_SNOWFLAKE_URL: z.url().optional(),
  TRAILGATE_SNOWFLAKE_USER: text.optional(),
  TRAILGATE_SNOWFLAKE_KEY_FILE: text.optional(),
  TRAILGATE_SNOWFLAKE_KEY_PASSPHRASE: text.optional(),
  TRAILGATE_SNOWFLAKE_TOKEN_FILE: text.optional(),
  TRAILGATE_SNOWFLAKE_DATABASE: text.default('AUDIT_DW'),
  TRAILGATE_SNOWFLAKE_MARTS_SCHEMA: text.default('MARTS'),
  TRAILGATE_SNOWFLAKE_LANDING_SCHEMA: text.default('LANDING'),
  TRAILGATE_SNOWFLAKE_COMPUTE: text.default('TRAILGATE_WH'),
  TRAILGATE_SNOWFLAKE_LOAD_COMPUTE: text.default('TRAILGATE_WH'),
  TRAILGATE_SNOWFLAKE_READER_ROLE: text.default('TRAILGATE_READER'),
  TRAILGATE_SNOWFLAKE_WRITER_ROLE: text.default('TRAILGATE_WRITER'),
  TRAILGATE_SNOWFLAKE_OWNER_ROLE: text.default('TRAILGATE_OWNER'),
  TRAILGATE_SNOWFLAKE_STORAGE_INTEGRATION: text.default('TRAILGATE_S3'),
} as const;

export type SnowflakeVariables = z.infer<z.ZodObject<typeof snowflakeVariables>>;

export const snowflakeNames = (env: SnowflakeVariables) => ({
  database: env.TRAILGATE_SNOWFLAKE_DATABASE,
  martsSchema: env.TRAILGATE_SNOWFLAKE_MARTS_SCHEMA,
  landingSchema: env.TRAILGATE_SNOWFLAKE_LANDING_SCHEMA,
  readWarehouse: env.TRAILGATE_SNOWFLAKE_COMPUTE,
  loadWarehouse: env.TRAILGATE_SNOWFLAKE_LOAD_COMPUTE,
  ownerRole: env.TRAILGATE_SNOWFLAKE_OWNER_ROLE,
  writerRole: env.TRAILGATE_SNOWFLAKE_WRITER_ROLE,
  readerRole: env.TRAILGATE_SNOWFLAKE_READER_ROLE,
  storageIntegration: env.TRAILGATE_SNOWFLAKE_STORAGE_INTEGRATION,
});

/** What a login needs; each that is missing becomes one of `faults`. */
export function readSnowflake(env: SnowflakeVariables, faults: string[]): SnowflakeWarehouse {
  const need = (name: 'TRAILGATE_SNOWFLAKE_ACCOUNT' | 'TRAILGATE_SNOWFLAKE_USER'): string => {
    const value = env[name];
    if (value === undefined) faults.push(`${name}: is needed for Snowflake`);
    return value ?? '';
  };
  return {
    engine: 'snowflake',
    account: need('TRAILGATE_SNOWFLAKE_ACCOUNT'),
    accessUrl: env.TRAILGATE_SNOWFLAKE_URL ?? null,
    user: need('TRAILGATE_SNOWFLAKE_USER'),
    login: readLogin(env, faults),
    names: snowflakeNames(env),
  };
}

function readLogin(env: SnowflakeVariables, faults: string[]): SnowflakeWarehouse['login'] {
  const { TRAILGATE_SNOWFLAKE_KEY_FILE: keyFile, TRAILGATE_SNOWFLAKE_TOKEN_FILE: tokenFile } = env;
  const passphrase = env.TRAILGATE_SNOWFLAKE_KEY_PASSPHRASE;
  if (keyFile) {
    return { phase: 'key', privateKey: readKey(keyFile, faults), ...(passphrase !== undefined && { passphrase }) };
  }
  if (!tokenFile) {
    faults.push('TRAILGATE_SNOWFLAKE_KEY_FILE: or TRAILGATE_SNOWFLAKE_TOKEN_FILE is needed for Snowflake');
  }
  return { phase: 'oauth', tokenFile: tokenFile ?? '' };
}

function readKey(path: string, faults: string[]): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    faults.push('TRAILGATE_SNOWFLAKE_KEY_FILE: the file cannot be read');
    return '';
  }
}
