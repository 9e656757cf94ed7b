import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import { createS3BlobStore, type S3Encryption } from '../../src/adapters/blob-store/s3-blob-store.ts';
import { createS3Client } from '../../src/adapters/blob-store/s3-client.ts';
import { describeBlobStore } from '../contracts/blob-store.ts';
import { describeLive, optional, RUN } from './settings.ts';

describeLive('S3', ['TRAILGATE_LIVE_S3_BUCKET'], ({ TRAILGATE_LIVE_S3_BUCKET: bucket }) => {
  let client: S3Client;
  let opened = 0;
  beforeAll(() => {
    client = createS3Client();
  });
  afterAll(() => client.destroy());

  const keyId = optional('TRAILGATE_LIVE_S3_KMS_KEY', '');
  const encryption: S3Encryption = keyId === '' ? { kind: 'SSE_S3' } : { kind: 'SSE_KMS', keyId };

  describeBlobStore('S3', async () => {
    opened += 1;
    const prefix = `trailgate-${RUN}/${opened}/`;
    const blobs = createS3BlobStore({ client, bucket, prefix, encryption });
    return {
      blobs,
      leftovers: async () => {
        const { Uploads: uploads = [] } = await client.send(
          new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }),
        );
        return uploads.map(({ Key: key }) => key ?? '');
      },
      links: true,
      keyBytes: 1_024 - Buffer.byteLength(prefix),
      remove: async () => {
        for (const { key } of await blobs.list('')) await blobs.remove(key);
      },
    };
  });
});
