// A process of its own: kinesalite behind a proxy that makes it fail, s3rver, and a stand-in for Firehose between them.
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createKinesisEventStream } from '../../src/adapters/event-stream/kinesis-event-stream.ts';
import { startFaultProxy } from '../rigs/fault-proxy.ts';
import { startKinesalite } from '../rigs/kinesalite.ts';
import { configFor, createStream } from '../rigs/kinesis-endpoint.ts';
import { startS3rver } from '../rigs/s3rver.ts';
import { createRandom } from '../rigs/seeded-random.ts';
import { startDelivery } from './kinesis-delivery.ts';
import { createFaultPlan } from './kinesis-fault-plan.ts';
import { answerParent } from './kinesis-rig-answers.ts';
import { createStreamOrder } from './kinesis-stream-order.ts';

const { seed, shards, buckets, prefix, unordered } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly seed: number;
  readonly shards: number;
  readonly buckets: number;
  readonly prefix: string;
  /** Users that send more than one bucket takes. */
  readonly unordered: readonly string[];
};
const streamName = 'audit-events';
const FORGET_REQUESTS_MS = 10_000;
/** A read of a shard costs the emulator more than a write. */
const POLL_MS = 500;

const path = mkdtempSync(join(tmpdir(), 'trailgate-kinesalite-'));
const kinesalite = await startKinesalite({ path });
await createStream(kinesalite.url, streamName, shards);
const plan = createFaultPlan(createRandom(seed));
const proxy = await startFaultProxy({ target: kinesalite.url, fault: plan.fault });
const s3 = await startS3rver();
const bucket = await s3.createBucket();
const forgetting = setInterval(() => {
  (s3.requests as IncomingMessage[]).length = 0;
}, FORGET_REQUESTS_MS);

const stream = createKinesisEventStream({
  streamName,
  buckets,
  pollMs: POLL_MS,
  clientConfig: configFor(kinesalite.url),
});
const order = createStreamOrder((userId) => !unordered.includes(userId));
const delivery = startDelivery({
  stream,
  put: (key, body) => s3.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body })),
  onLines: order.add,
  random: createRandom(seed + 1),
  prefix,
});

process.on('exit', () => rmSync(path, { recursive: true, force: true }));
answerParent(
  { kinesisUrl: proxy.url, s3Url: s3.clientConfig.endpoint, streamName, bucket },
  {
    turn: (on: boolean) => plan.turn(on),
    breakDown: (ms: number) => plan.breakDown(ms),
    figures: () => ({
      faults: plan.figures,
      stream: order.figures,
      delivery: delivery.figures,
      wrong: [...order.faults, ...[delivery.failure()].filter((text) => text !== null)],
    }),
    stop: async () => {
      clearInterval(forgetting);
      await delivery.stop();
      await stream.close();
      await proxy.stop();
      await kinesalite.stop();
      await s3.stop();
    },
  },
);
