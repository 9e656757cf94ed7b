import type { Logger } from 'pino';
import type { KinesisObserver } from '../adapters/event-stream/kinesis-observer.ts';
import type { Metrics } from '../server/metrics.ts';

/** Of each thing that is done: an outage is tried again many times a second. */
const SAID_EVERY_MS = 10_000;

/** What the stream's adapter tells of itself, as figures and lines of the log. */
export function bindKinesisMetrics(
  { stream }: Metrics,
  log: Logger,
  steadyNow: () => number = () => performance.now(),
): KinesisObserver {
  const said = new Map<string, { at: number; unsaid: number }>();
  return {
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
      const last = said.get(doing);
      if (last && steadyNow() - last.at < SAID_EVERY_MS) {
        last.unsaid += 1;
        return;
      }
      said.set(doing, { at: steadyNow(), unsaid: 0 });
      const unsaid = last && last.unsaid > 0 ? { unsaid: last.unsaid } : {};
      log.warn({ doing, err: cause, ...unsaid }, 'the stream had trouble; it is tried again');
    },
  };
}
