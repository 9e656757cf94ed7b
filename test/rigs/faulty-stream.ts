import {
  createKinesisEventStream,
  type KinesisEventStreamOptions,
} from '../../src/adapters/event-stream/kinesis-event-stream.ts';
import type { EventStream } from '../../src/ports/event-stream.ts';
import { type Fault, type ProxiedCall, startFaultProxy } from './fault-proxy.ts';
import { configFor, createStream } from './kinesis-endpoint.ts';

export interface FaultyStream {
  /** Goes through the proxy. */
  readonly stream: EventStream;
  /** Reads and writes the emulator as it is. */
  readonly plain: EventStream;
  readonly streamName: string;
  /** Every call that came to the proxy. */
  readonly calls: readonly ProxiedCall[];
  /** From now on. */
  setFault(fault: (call: ProxiedCall) => Fault | null): void;
  stop(): Promise<void>;
}

export type FaultyStreamOptions = Partial<KinesisEventStreamOptions> & {
  readonly shards?: number;
  readonly fault?: (call: ProxiedCall) => Fault | null;
  /** With the handlers that the adapter chooses when it is given none. */
  readonly ownHandlers?: boolean;
};

let made = 0;

/** A new stream on an emulator, seen through a proxy that makes it fail. */
export async function openFaultyStream(target: string, options: FaultyStreamOptions = {}): Promise<FaultyStream> {
  const { shards = 2, fault: firstFault = () => null, ownHandlers = false, ...rest } = options;
  let fault = firstFault;
  const calls: ProxiedCall[] = [];
  const proxy = await startFaultProxy({
    target,
    fault: (call) => {
      calls.push(call);
      return fault(call);
    },
  });
  made += 1;
  const streamName = rest.streamName ?? `faulty-${made}`;
  if (rest.streamName === undefined) await createStream(target, streamName, shards);
  const open = (url: string, more: Partial<KinesisEventStreamOptions>): EventStream =>
    createKinesisEventStream({ streamName, buckets: 4, pollMs: 20, clientConfig: configFor(url), ...more });
  const config = configFor(proxy.url);
  if (ownHandlers) delete config.requestHandler;
  const stream = open(proxy.url, { clientConfig: config, ...rest });
  const plain = open(target, rest.buckets === undefined ? {} : { buckets: rest.buckets });
  return {
    stream,
    plain,
    streamName,
    calls,
    setFault: (next) => {
      fault = next;
    },
    stop: async () => {
      await Promise.all([stream.close(), plain.close()]);
      await proxy.stop();
    },
  };
}
