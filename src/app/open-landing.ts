import type { Config } from '../config/config.ts';
import type { Clock } from '../ports/clock.ts';
import type { Landing } from '../ports/landing.ts';
import type { OpenedWarehouse } from './open-warehouse.ts';

interface OpenLandingOptions extends OpenedWarehouse {
  readonly config: Config;
  readonly clock: Clock;
}

/** What Snowpipe has landed in the warehouse itself, or else the objects that Firehose delivers. */
export async function openLanding({ config, warehouse, stage, clock }: OpenLandingOptions): Promise<Landing> {
  if (stage) {
    const { createSnowflakeLanding } = await import('../adapters/landing/snowflake-landing.ts');
    return createSnowflakeLanding({ warehouse, ...stage });
  }
  const { landing } = config.engines;
  if (!landing) throw new Error('there is no bucket to load from');
  const { createBlobLanding } = await import('../adapters/landing/blob-landing.ts');
  const { createS3BlobStore } = await import('../adapters/blob-store/s3-blob-store.ts');
  const { createS3Client } = await import('../adapters/blob-store/s3-client.ts');
  // Only read: what is encrypted there is so by Firehose.
  const blobs = createS3BlobStore({ client: createS3Client(), bucket: landing.bucket, encryption: { kind: 'SSE_S3' } });
  return createBlobLanding({ blobs, warehouse, prefix: landing.prefix, clock });
}
