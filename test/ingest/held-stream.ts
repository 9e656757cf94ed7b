import type { LineDraft } from '../../src/domain/envelope.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { EventLog, StreamHead } from '../../src/ports/event-log.ts';
import type { PackedRecord } from '../../src/ports/event-stream.ts';

export interface HeldStream extends EventLog {
  /** Everything that was appended, in order. */
  readonly log: readonly PackedRecord[];
  /** Appends that wait to be let through or refused; the appender never has two. */
  readonly held: number;
  /** Ends the oldest append that waits, as durable or as refused, and lets what follows from it happen. */
  end(outcome: 'durable' | 'refused'): Promise<void>;
}

/** A log in memory whose commits take as long as the test wants. */
export function createHeldStream(start: Partial<StreamHead> = {}): HeldStream {
  const log: PackedRecord[] = [];
  const waiting: { readonly records: readonly PackedRecord[]; readonly end: (error: Error | null) => void }[] = [];
  let head: StreamHead = { node: 'node-test', epoch: 3, seq: 0, receivedAt: 0, ...start };

  return {
    log,
    get held() {
      return waiting.length;
    },
    end: async (outcome) => {
      const append = waiting.shift();
      if (!append) throw new Error('nothing waits');
      if (outcome === 'durable') {
        log.push(...append.records);
        const last = append.records.at(-1);
        if (last) head = { ...head, seq: last.lastSeq, receivedAt: last.receivedAt };
      }
      append.end(
        outcome === 'durable'
          ? null
          : new AppError('STREAM_UNAVAILABLE', 'No room. Try again later.', { retryable: true }),
      );
      await turn();
    },
    buckets: 1,
    shards: async () => [],
    tail: async function* () {},
    head: async () => head,
    append: (records) =>
      new Promise((resolve, reject) => {
        waiting.push({ records, end: (error) => (error ? reject(error) : resolve()) });
      }),
    oldestSeq: async () => log[0]?.firstSeq ?? null,
    formerEpochs: async () => [],
    read: async (afterSeq) => log.filter(({ firstSeq }) => firstSeq > afterSeq),
    trim: async () => 0,
    usage: async () => ({ bytes: 0, limitBytes: Number.MAX_SAFE_INTEGER, trimAboveBytes: Number.MAX_SAFE_INTEGER }),
    startEpoch: async () => head,
    close: async () => undefined,
  };
}

/** Lets everything happen that waits for nothing but its turn. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A line whose body has about so many bytes. */
export const aDraft = (name: string, bytes = 0, fill = 'x', orderKey: string | null = null): LineDraft => ({
  orderKey,
  kind: 'EVENT',
  origin: 'API',
  ingestedBy: 'svc-test',
  trace: null,
  body: `"event":{"name":"${name}","fill":"${fill.repeat(Math.ceil(bytes / Buffer.byteLength(fill)))}"}`,
});

export interface Line {
  readonly node: string;
  readonly epoch: number;
  readonly seq: number;
  readonly receivedAt: string;
  readonly event: { readonly name: string };
}

export const linesOf = ({ lines }: PackedRecord): Line[] =>
  lines
    .toString()
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Line);
