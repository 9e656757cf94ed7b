import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  type KinesisClientConfig,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** An emulator, or something in front of one. */
export interface KinesisEndpoint {
  readonly url: string;
  stop(): Promise<void>;
}

/** What the SDK needs for an endpoint of ours: HTTP/1.1, and credentials that nobody looks at. */
export const configFor = (endpoint: string): KinesisClientConfig => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  requestHandler: new NodeHttpHandler(),
});

const ACTIVE_MS = 10_000;

/** Resolves when the stream takes records. */
export async function createStream(url: string, streamName: string, shards: number): Promise<void> {
  const client = new KinesisClient(configFor(url));
  await client.send(new CreateStreamCommand({ StreamName: streamName, ShardCount: shards }));
  await untilActive(client, streamName);
  client.destroy();
}

/** After a stream was made or resharded. */
export async function untilActive(client: KinesisClient, StreamName: string): Promise<void> {
  for (const giveUpAt = Date.now() + ACTIVE_MS; Date.now() < giveUpAt; await sleep(20)) {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    if (StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return;
  }
  throw new Error(`${StreamName} is not active after ${ACTIVE_MS} ms`);
}
