import type { Logger } from 'pino';
import type { KinesisObserver } from '../adapters/event-stream/kinesis-observer.ts';
import type { Metrics } from '../server/metrics.ts';

/** What the stream's adapter tells of itself, as figures and lines of the log. */
export const bindKinesisMetrics = ({ stream }: Metrics, log: Logger): KinesisObserver => ({
  put: ({ records, bytes, retried, throttled, failed, seconds }) => {
    stream.putSeconds.observe(seconds);
    stream.records.inc({ outcome: 'sent' }, records);
    stream.records.inc({ outcome: 'sent_again' }, retried);
    stream.records.inc({ outcome: 'throttled' }, throttled);
    stream.records.inc({ outcome: 'failed' }, failed);
    stream.bytes.inc(bytes);
  },
  read: ({ shard, behindMs }) => {
    stream.behindSeconds.set({ shard }, behindMs / 1_000);
  },
  trouble: ({ doing, cause }) => {
    log.warn({ doing, err: cause }, 'the stream had trouble; it is tried again');
  },
});
