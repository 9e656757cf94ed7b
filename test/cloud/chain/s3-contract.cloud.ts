import { CreateBucketCommand, ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import { createS3BlobStore } from '../../../src/adapters/blob-store/s3-blob-store.ts';
import { createS3Client } from '../../../src/adapters/blob-store/s3-client.ts';
import { describeBlobStore } from '../../contracts/blob-store.ts';
import { type Ministack, startMinistack } from '../../rigs/ministack.ts';

let ministack: Ministack;
let client: S3Client;
let opened = 0;
beforeAll(async () => {
  ministack = await startMinistack();
  client = createS3Client({ ...ministack.client, forcePathStyle: true });
});
afterAll(async () => {
  client?.destroy();
  await ministack?.stop();
});

describeBlobStore('MiniStack’s S3', async () => {
  opened += 1;
  const bucket = `bucket-${opened}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    blobs: createS3BlobStore({ client, bucket, encryption: { kind: 'SSE_S3' } }),
    leftovers: async () => {
      const { Uploads: uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return uploads.map(({ Key: key }) => key ?? '');
    },
    links: true,
    remove: async () => undefined,
  };
});
