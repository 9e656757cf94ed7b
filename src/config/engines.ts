import { z } from 'zod';
import { wrongConfiguration } from './parse-variables.ts';
import { readSnowflake, type SnowflakeWarehouse, snowflakeVariables } from './snowflake.ts';

/** Which engine stands behind each port, and how it is reached. */
export interface Engines {
  readonly stream:
    | { readonly engine: 'lmdb' }
    | {
        readonly engine: 'kinesis';
        readonly streamName: string;
        readonly buckets: number;
        /** Enhanced fan-out under this name; null: polling. */
        readonly consumerName: string | null;
      };
  readonly warehouse: { readonly engine: 'duckdb' } | SnowflakeWarehouse;
  readonly control: { readonly engine: 'lmdb' } | { readonly engine: 'dynamodb'; readonly tableName: string };
  readonly blobs:
    | { readonly engine: 'directory' }
    | { readonly engine: 's3'; readonly bucket: string; readonly kmsKeyId: string | null };
  /** What Firehose delivers into; only behind Kinesis. */
  readonly landing: { readonly bucket: string; readonly prefix: string } | null;
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
  ...snowflakeVariables,
  TRAILGATE_CONTROL_TABLE: text.optional(),
  TRAILGATE_S3_BUCKET: text.optional(),
  TRAILGATE_S3_KMS_KEY: text.optional(),
} as const;

type EngineVariables = z.infer<z.ZodObject<typeof engineVariables>> & {
  readonly TRAILGATE_BOOTSTRAP_KEY?: string | undefined;
  readonly TRAILGATE_INSTALLATION_KEY?: Buffer | undefined;
};

/** @throws Error that names each variable that an engine in use lacks. */
export function readEngines(env: EngineVariables): Engines {
  const isAws = env.TRAILGATE_MODE === 'aws';
  const faults: string[] = [];
  const need = (name: keyof EngineVariables, why: string): string => {
    const value = env[name];
    if (typeof value === 'string') return value;
    faults.push(`${name}: is needed for ${why}`);
    return '';
  };
  const streamEngine = env.TRAILGATE_STREAM ?? (isAws ? 'kinesis' : 'lmdb');
  const warehouse = warehouseEngine(env);
  if (streamEngine === 'lmdb' && warehouse === 'snowflake') {
    faults.push('TRAILGATE_STREAM: Snowflake is loaded from what Firehose delivers; it needs kinesis');
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
    warehouse: warehouse === 'duckdb' ? { engine: 'duckdb' } : readSnowflake(env, faults),
    control:
      (env.TRAILGATE_CONTROL ?? (isAws ? 'dynamodb' : 'lmdb')) === 'lmdb'
        ? { engine: 'lmdb' }
        : { engine: 'dynamodb', tableName: need('TRAILGATE_CONTROL_TABLE', 'DynamoDB') },
    blobs:
      (env.TRAILGATE_BLOBS ?? (isAws ? 's3' : 'directory')) === 'directory'
        ? { engine: 'directory' }
        : { engine: 's3', bucket: need('TRAILGATE_S3_BUCKET', 'S3'), kmsKeyId: env.TRAILGATE_S3_KMS_KEY ?? null },
    landing:
      streamEngine === 'kinesis' && warehouse === 'duckdb'
        ? {
            bucket: need('TRAILGATE_LANDING_BUCKET', 'loading what Firehose delivers'),
            prefix: env.TRAILGATE_LANDING_PREFIX,
          }
        : null,
  };
  if (streamEngine === 'kinesis' && !env.TRAILGATE_INSTALLATION_KEY) {
    faults.push('TRAILGATE_INSTALLATION_KEY: is needed where several nodes share a stream');
  }
  if (isAws && !env.TRAILGATE_BOOTSTRAP_KEY) {
    faults.push('TRAILGATE_BOOTSTRAP_KEY: is needed where nodes keep no files');
  }
  if (faults.length > 0) throw wrongConfiguration(faults);
  return engines;
}

export const warehouseEngine = ({
  TRAILGATE_WAREHOUSE: named,
  TRAILGATE_MODE: mode,
}: Pick<EngineVariables, 'TRAILGATE_WAREHOUSE' | 'TRAILGATE_MODE'>): Engines['warehouse']['engine'] =>
  named ?? (mode === 'aws' ? 'snowflake' : 'duckdb');

/** True where a node keeps its keys, log or tables in its data directory. */
export const keepsFiles = ({ stream, warehouse, control }: Engines): boolean =>
  stream.engine === 'lmdb' || warehouse.engine === 'duckdb' || control.engine === 'lmdb';
