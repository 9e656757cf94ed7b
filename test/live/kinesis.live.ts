import { createKinesisEventStream } from '../../src/adapters/event-stream/kinesis-event-stream.ts';
import { describeEventStream } from '../contracts/event-stream.ts';
import { fence } from './fenced-stream.ts';
import { describeLive, optional } from './settings.ts';

const buckets = Number(optional('TRAILGATE_LIVE_KINESIS_BUCKETS', '4'));

const open = async (streamName: string, consumerName?: string) => {
  const stream = createKinesisEventStream({ streamName, buckets, ...(consumerName !== undefined && { consumerName }) });
  try {
    return { stream: await fence(stream), remove: () => stream.close() };
  } catch (error) {
    await stream.close();
    throw error;
  }
};

describeLive('Kinesis, polled', ['TRAILGATE_LIVE_KINESIS_STREAM'], ({ TRAILGATE_LIVE_KINESIS_STREAM: streamName }) => {
  describeEventStream('Kinesis, polled,', () => open(streamName));

  test('the oldest record that it holds is read', async () => {
    const { stream, remove } = await open(streamName);
    await remove();
    const [shard] = await stream.shards();
    const reading = createKinesisEventStream({ streamName, buckets });
    const stop = new AbortController();
    let found = 0;
    for await (const { records } of reading.tail(shard?.id as string, { phase: 'oldest' }, stop.signal)) {
      found += records.length;
      if (found > 0) stop.abort();
    }
    await reading.close();
    expect(found).toBeGreaterThan(0);
  });
});

describeLive(
  'Kinesis, by enhanced fan-out',
  ['TRAILGATE_LIVE_KINESIS_STREAM', 'TRAILGATE_LIVE_KINESIS_CONSUMER'],
  ({ TRAILGATE_LIVE_KINESIS_STREAM: streamName, TRAILGATE_LIVE_KINESIS_CONSUMER: consumerName }) => {
    describeEventStream('Kinesis, by enhanced fan-out,', () => open(streamName, consumerName));
  },
);
