import { randomBytes } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { startDynalite } from './dynalite.ts';
import { type Fault, type ProxiedCall, startFaultProxy } from './fault-proxy.ts';
import { startKinesalite } from './kinesalite.ts';
import { createStream } from './kinesis-endpoint.ts';
import { type S3Rig, startS3rver } from './s3rver.ts';

/** Kinesis, DynamoDB and S3 as far as npm alone can start them: nobody delivers from the stream into objects. */
export interface AwsEngines {
  /** Settings of a gateway on them, with a DuckDB of its own. */
  readonly variables: Readonly<Record<string, string>>;
  /** From now on, of calls to Kinesis. */
  setFault(fault: (call: ProxiedCall) => Fault | null): void;
  readonly s3: S3Rig;
  readonly objects: { readonly client: S3Client; readonly bucket: string };
  stop(): Promise<void>;
}

const BUCKETS = 2;

export async function startAwsEngines(): Promise<AwsEngines> {
  const [kinesalite, dynalite, s3] = await Promise.all([startKinesalite(), startDynalite(), startS3rver()]);
  let fault: (call: ProxiedCall) => Fault | null = () => null;
  const proxy = await startFaultProxy({ target: kinesalite.url, fault: (call) => fault(call) });
  await createStream(kinesalite.url, 'events', BUCKETS);
  const bucket = await s3.createBucket();
  const table = await dynalite.createTable();
  const leave = enter({
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
    AWS_ENDPOINT_URL_KINESIS: proxy.url,
    AWS_ENDPOINT_URL_DYNAMODB: String(dynalite.clientConfig.endpoint),
    AWS_ENDPOINT_URL_S3: String(s3.clientConfig.endpoint),
  });
  return {
    variables: {
      TRAILGATE_MODE: 'aws',
      TRAILGATE_WAREHOUSE: 'duckdb',
      TRAILGATE_INSTALLATION_KEY: randomBytes(32).toString('hex'),
      TRAILGATE_KINESIS_STREAM: 'events',
      TRAILGATE_KINESIS_BUCKETS: String(BUCKETS),
      TRAILGATE_LANDING_BUCKET: bucket,
      TRAILGATE_CONTROL_TABLE: table,
      TRAILGATE_S3_BUCKET: bucket,
    },
    setFault: (next) => {
      fault = next;
    },
    s3,
    objects: { client: s3.client, bucket },
    stop: async () => {
      leave();
      await proxy.stop();
      await Promise.all([kinesalite.stop(), dynalite.stop(), s3.stop()]);
    },
  };
}

/** For the SDK's default chain. Answers what puts them back. */
function enter(variables: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
