import { z } from 'zod';
import { installationKey, kinesisBuckets } from './engines.ts';
import { parseVariables } from './parse-variables.ts';

/** What the function behind a DynamoDB stream, and the replay of its dead letters, are told by their environment. */
export interface LambdaConfig {
  readonly kinesisStream: string;
  /** The same number as the gateway's: one bucket, one order. */
  readonly kinesisBuckets: number;
  /** The gateway's own, so that a user has one pseudonym whichever way an event came; 32 bytes. */
  readonly installationKey: Buffer;
  /** A mapping file (docs/import.md), for example from a layer; null for none. */
  readonly mappingFile: string | null;
  /** Attributes of an item that are no part of its event. */
  readonly ignoredAttributes: ReadonlySet<string>;
}

export const lambdaEnvironment = z.object({
  TRAILGATE_KINESIS_STREAM: z.string('is missing: the name of the stream that the gateway writes to'),
  TRAILGATE_KINESIS_BUCKETS: kinesisBuckets,
  TRAILGATE_INSTALLATION_KEY: z.string('is missing: the key in installation.key of the gateway').pipe(installationKey),
  TRAILGATE_MAPPING: z.string().optional(),
  TRAILGATE_DYNAMODB_IGNORE: z.string().default('ttl'),
});

/** @throws Error that names each variable that is wrong. */
export function readLambdaConfig(variables: Readonly<Record<string, string | undefined>> = process.env): LambdaConfig {
  const env = parseVariables(lambdaEnvironment, variables);
  return Object.freeze({
    kinesisStream: env.TRAILGATE_KINESIS_STREAM,
    kinesisBuckets: env.TRAILGATE_KINESIS_BUCKETS,
    installationKey: env.TRAILGATE_INSTALLATION_KEY,
    mappingFile: env.TRAILGATE_MAPPING ?? null,
    ignoredAttributes: new Set(env.TRAILGATE_DYNAMODB_IGNORE.split(',').map((name) => name.trim())),
  });
}
