import { NodeHttp2Handler } from '@smithy/node-http-handler';
import { createKinesisEventStream } from '../../../src/adapters/event-stream/kinesis-event-stream.ts';
import { describeEventStream } from '../../contracts/event-stream.ts';
import { createStream } from '../../rigs/kinesis-endpoint.ts';
import { type Ministack, startMinistack } from '../../rigs/ministack.ts';

let ministack: Ministack;
let opened = 0;
beforeAll(async () => {
  ministack = await startMinistack();
});
afterAll(() => ministack?.stop());

/** Over HTTP/2, which the SDK chooses for Kinesis and which the emulators of npm do not stand. */
const open = async (more: { readonly consumerName?: string } = {}) => {
  opened += 1;
  const streamName = `stream-${opened}`;
  await createStream(ministack.endpoint, streamName, 2);
  const stream = createKinesisEventStream({
    streamName,
    buckets: 4,
    clientConfig: { ...ministack.client, requestHandler: new NodeHttp2Handler() },
    pollMs: 20,
    ...more,
  });
  return { stream, remove: () => stream.close() };
};

/** It compares sequence numbers as text, so that any text is a place. */
const limits = { takesAnyPlace: true };
describeEventStream('MiniStack’s Kinesis, polled', open, limits);
describeEventStream('MiniStack’s Kinesis, by enhanced fan-out', () => open({ consumerName: 'trailgate' }), limits);
