import type { Logger } from 'pino';
import type { DataDirectory } from '../adapters/data-directory/data-directory.ts';
import { createLmdbEventLog } from '../adapters/event-stream/lmdb-event-log.ts';
import type { Config } from '../config/config.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { EventStream } from '../ports/event-stream.ts';
import type { Metrics } from '../server/metrics.ts';
import { bindKinesisMetrics } from './kinesis-metrics.ts';
import { needDirectory } from './need-directory.ts';

export interface OpenedStream {
  readonly stream: EventStream;
  /** The same where it is the embedded log. */
  readonly eventLog: EventLog | null;
}

interface OpenStreamOptions {
  readonly config: Config;
  readonly directory: DataDirectory | null;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export async function openStream({ config, directory, log, metrics }: OpenStreamOptions): Promise<OpenedStream> {
  const { stream: engine } = config.engines;
  if (engine.engine === 'lmdb') {
    const eventLog = createLmdbEventLog({ path: needDirectory(directory).logPath, limitBytes: config.logMaxBytes });
    return { stream: eventLog, eventLog };
  }
  const { createKinesisEventStream } = await import('../adapters/event-stream/kinesis-event-stream.ts');
  const stream = createKinesisEventStream({
    streamName: engine.streamName,
    buckets: engine.buckets,
    ...(engine.consumerName !== null && { consumerName: engine.consumerName }),
    observer: bindKinesisMetrics(metrics, log),
  });
  return { stream, eventLog: null };
}
