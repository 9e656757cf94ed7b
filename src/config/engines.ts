import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Which engine stands behind each port, and how it is reached. */
export interface Engines {
  readonly stream: LmdbStream | KinesisStream;
  readonly warehouse: DuckdbWarehouse | SnowflakeWarehouse;
  readonly control: LmdbControl | DynamodbControl;
  readonly blobs: DirectoryBlobs | S3Blobs;
  /** What Firehose delivers into; only behind Kinesis. */
  readonly landing: { readonly bucket: string; readonly prefix: string } | null;
}

export interface LmdbStream {
  readonly engine: 'lmdb';
}
export interface KinesisStream {
  readonly engine: 'kinesis';
  readonly streamName: string;
  readonly buckets: number;
  /** Enhanced fan-out under this name; null: polling. */
  readonly consumerName: string | null;
}
export interface DuckdbWarehouse {
  readonly engine: 'duckdb';
}
export interface SnowflakeWarehouse {
  readonly engine: 'snowflake';
  readonly account: string;
  /** Instead of the account's own address. */
  readonly accessUrl: string | null;
  readonly user: string;
  readonly login:
    | { readonly phase: 'key'; readonly privateKey: string }
    | { readonly phase: 'oauth'; readonly tokenFile: string };
  readonly names: SnowflakeNames;
}
/** What an installation calls its things in Snowflake. */
export interface SnowflakeNames {
  readonly database: string;
  readonly martsSchema: string;
  readonly landingSchema: string;
  readonly readWarehouse: string;
  readonly loadWarehouse: string;
  readonly ownerRole: string;
  readonly writerRole: string;
  readonly readerRole: string;
  readonly storageIntegration: string;
}
export interface LmdbControl {
  readonly engine: 'lmdb';
}
export interface DynamodbControl {
  readonly engine: 'dynamodb';
  readonly tableName: string;
}
export interface DirectoryBlobs {
  readonly engine: 'directory';
}
export interface S3Blobs {
  readonly engine: 's3';
  readonly bucket: string;
  readonly kmsKeyId: string | null;
}

const text = z.string().min(1);
const KEY_BYTES = 32;

/** Ids, cursors and pseudonyms hang on it: every node of an installation, and the Lambda, have the same. */
export const installationKey = z.string().transform((given, context) => {
  const isHex = /^[0-9a-fA-F]*$/.test(given) && given.length >= KEY_BYTES * 2;
  const key = Buffer.from(given, isHex ? 'hex' : 'base64');
  if (key.length === KEY_BYTES && (isHex || /^[\w+/-]+={0,2}$/.test(given))) return key;
  context.addIssue({ code: 'custom', message: 'must be 32 bytes, as 64 hexadecimal digits or in base64' });
  return z.NEVER;
});

const bucketFault = 'must be a whole number from 1 to 1,000';
/** What users are spread over; the same number in every node and the Lambda. */
export const kinesisBuckets = z.coerce
  .number(bucketFault)
  .int(bucketFault)
  .min(1, bucketFault)
  .max(1_000, bucketFault)
  .default(16);

export const engineVariables = {
  TRAILGATE_MODE: z.enum(['embedded', 'aws']).default('embedded'),
  TRAILGATE_STREAM: z.enum(['lmdb', 'kinesis']).optional(),
  TRAILGATE_WAREHOUSE: z.enum(['duckdb', 'snowflake']).optional(),
  TRAILGATE_CONTROL: z.enum(['lmdb', 'dynamodb']).optional(),
  TRAILGATE_BLOBS: z.enum(['directory', 's3']).optional(),
  TRAILGATE_KINESIS_STREAM: text.optional(),
  TRAILGATE_KINESIS_BUCKETS: kinesisBuckets,
  TRAILGATE_KINESIS_CONSUMER: text.optional(),
  TRAILGATE_LANDING_BUCKET: text.optional(),
  TRAILGATE_LANDING_PREFIX: text.default('events/'),
  TRAILGATE_SNOWFLAKE_ACCOUNT: text.optional(),
  TRAILGATE_SNOWFLAKE_URL: z.url().optional(),
  TRAILGATE_SNOWFLAKE_USER: text.optional(),
  TRAILGATE_SNOWFLAKE_KEY_FILE: text.optional(),
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
  TRAILGATE_CONTROL_TABLE: text.optional(),
  TRAILGATE_S3_BUCKET: text.optional(),
  TRAILGATE_S3_KMS_KEY: text.optional(),
} as const;

export type EngineVariables = z.infer<z.ZodObject<typeof engineVariables>> & {
  readonly TRAILGATE_BOOTSTRAP_KEY?: string | undefined;
  readonly TRAILGATE_INSTALLATION_KEY?: Buffer | undefined;
};

/** @throws Error that names each variable that an engine in use lacks. */
export function readEngines(env: EngineVariables): Engines {
  const isAws = env.TRAILGATE_MODE === 'aws';
  const missing: string[] = [];
  const need = (name: keyof EngineVariables, why: string): string => {
    const value = env[name];
    if (typeof value === 'string') return value;
    missing.push(`  ${name}: is needed for ${why}`);
    return '';
  };
  const streamEngine = env.TRAILGATE_STREAM ?? (isAws ? 'kinesis' : 'lmdb');
  const warehouseEngine = env.TRAILGATE_WAREHOUSE ?? (isAws ? 'snowflake' : 'duckdb');
  if (streamEngine === 'lmdb' && warehouseEngine === 'snowflake') {
    missing.push('  TRAILGATE_STREAM: Snowflake is loaded from what Firehose delivers; it needs kinesis');
  }
  const engines: Engines = {
    stream:
      streamEngine === 'lmdb'
        ? { engine: 'lmdb' }
        : {
            engine: 'kinesis',
            streamName: need('TRAILGATE_KINESIS_STREAM', 'Kinesis'),
            buckets: env.TRAILGATE_KINESIS_BUCKETS,
            consumerName: env.TRAILGATE_KINESIS_CONSUMER ?? null,
          },
    warehouse: warehouseEngine === 'duckdb' ? { engine: 'duckdb' } : readSnowflake(env, need, missing),
    control:
      (env.TRAILGATE_CONTROL ?? (isAws ? 'dynamodb' : 'lmdb')) === 'lmdb'
        ? { engine: 'lmdb' }
        : { engine: 'dynamodb', tableName: need('TRAILGATE_CONTROL_TABLE', 'DynamoDB') },
    blobs:
      (env.TRAILGATE_BLOBS ?? (isAws ? 's3' : 'directory')) === 'directory'
        ? { engine: 'directory' }
        : { engine: 's3', bucket: need('TRAILGATE_S3_BUCKET', 'S3'), kmsKeyId: env.TRAILGATE_S3_KMS_KEY ?? null },
    landing:
      streamEngine === 'kinesis' && warehouseEngine === 'duckdb'
        ? {
            bucket: need('TRAILGATE_LANDING_BUCKET', 'loading what Firehose delivers'),
            prefix: env.TRAILGATE_LANDING_PREFIX,
          }
        : null,
  };
  if (streamEngine === 'kinesis' && !env.TRAILGATE_INSTALLATION_KEY) {
    missing.push('  TRAILGATE_INSTALLATION_KEY: is needed where several nodes share a stream');
  }
  if (isAws && !env.TRAILGATE_BOOTSTRAP_KEY) {
    missing.push('  TRAILGATE_BOOTSTRAP_KEY: is needed where nodes keep no files');
  }
  if (missing.length > 0) throw new Error(`The configuration is wrong:\n${missing.join('\n')}`);
  return engines;
}

/** What sql/snowflake makes and the gateway uses. */
export const snowflakeNames = (env: EngineVariables): SnowflakeNames => ({
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

function readSnowflake(
  env: EngineVariables,
  need: (name: keyof EngineVariables, why: string) => string,
  missing: string[],
): SnowflakeWarehouse {
  const { TRAILGATE_SNOWFLAKE_KEY_FILE: keyFile, TRAILGATE_SNOWFLAKE_TOKEN_FILE: tokenFile } = env;
  if (!keyFile && !tokenFile) {
    missing.push('  TRAILGATE_SNOWFLAKE_KEY_FILE: or TRAILGATE_SNOWFLAKE_TOKEN_FILE is needed for Snowflake');
  }
  return {
    engine: 'snowflake',
    account: need('TRAILGATE_SNOWFLAKE_ACCOUNT', 'Snowflake'),
    accessUrl: env.TRAILGATE_SNOWFLAKE_URL ?? null,
    user: need('TRAILGATE_SNOWFLAKE_USER', 'Snowflake'),
    login: keyFile
      ? { phase: 'key', privateKey: readSecret('TRAILGATE_SNOWFLAKE_KEY_FILE', keyFile, missing) }
      : { phase: 'oauth', tokenFile: tokenFile ?? '' },
    names: snowflakeNames(env),
  };
}

function readSecret(variable: string, path: string | undefined, missing: string[]): string {
  if (!path) return '';
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    missing.push(`  ${variable}: the file cannot be read`);
    return '';
  }
}
