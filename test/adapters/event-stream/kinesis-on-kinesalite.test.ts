import { createKinesisEventStream } from '../../../src/adapters/event-stream/kinesis-event-stream.ts';
import { describeEventStream } from '../../contracts/event-stream.ts';
import { startKinesalite } from '../../rigs/kinesalite.ts';
import { configFor, createStream, type KinesisEndpoint } from '../../rigs/kinesis-endpoint.ts';

let emulator: KinesisEndpoint;
let made = 0;
beforeAll(async () => {
  emulator = await startKinesalite();
});
afterAll(() => emulator.stop());

describeEventStream('KinesisEventStream over kinesalite', async () => {
  made += 1;
  const streamName = `stream-${made}`;
  await createStream(emulator.url, streamName, 2);
  const clientConfig = configFor(emulator.url);
  const stream = createKinesisEventStream({ streamName, buckets: 4, clientConfig, pollMs: 20 });
  return { stream, remove: () => stream.close() };
});
