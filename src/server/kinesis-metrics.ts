import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';

interface Put {
  readonly records: number;
  readonly bytes: number;
  readonly retried: number;
  readonly throttled: number;
  readonly failed: number;
  readonly seconds: number;
}

/** What the stream's adapter tells of itself, as figures and lines of the log. */
export const bindKinesisMetrics = ({ stream }: Metrics, log: Logger) => ({
  put: ({ records, bytes, retried, throttled, failed, seconds }: Put): void => {
    stream.putSeconds.observe(seconds);
    stream.records.inc({ outcome: 'sent' }, records);
    stream.records.inc({ outcome: 'sent_again' }, retried);
    stream.records.inc({ outcome: 'throttled' }, throttled);
    stream.records.inc({ outcome: 'failed' }, failed);
    stream.bytes.inc(bytes);
  },
  read: ({ shard, behindMs }: { readonly shard: string; readonly behindMs: number }): void => {
    stream.behindSeconds.set({ shard }, behindMs / 1_000);
  },
  trouble: ({ doing, cause }: { readonly doing: string; readonly cause: unknown }): void => {
    log.warn({ doing, err: cause }, 'the stream had trouble; it is tried again');
  },
});
