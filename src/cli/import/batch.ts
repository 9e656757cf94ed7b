import { type AuditEventInput, LIMITS } from '../../domain/audit-event.ts';

/** Where a record came from, for people who look for it. */
export interface Origin {
  readonly file: string;
  /** From 1; null when the file is one document. */
  readonly line: number | null;
  /** Where in the document, for example `Records[17]`; empty when the line is the record. */
  readonly at: string;
}

/** An event as it is sent: its JSON is made once, for its size and for the request. */
export interface PreparedEvent {
  readonly origin: Origin;
  readonly event: AuditEventInput;
  readonly json: string;
  readonly bytes: number;
}

/** What the gateway, or a dry run, said about one event of a batch. */
export interface BatchRejection {
  readonly index: number;
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[];
}

/** Sends a batch until every event of it is accepted or refused for good. Throws when that cannot be had. */
export type SendBatch = (events: readonly PreparedEvent[], signal: AbortSignal) => Promise<readonly BatchRejection[]>;

/** Writes the event's JSON and counts its bytes. */
export function prepare(event: AuditEventInput, origin: Origin): PreparedEvent {
  const json = JSON.stringify(event);
  return { origin, event, json, bytes: Buffer.byteLength(json) };
}

const MUTATION =
  'mutation Import($events:[AuditEventDocument!]!){ingestEvents(events:$events)' +
  '{accepted rejected rejections{index code message path retryable}}}';
const BEFORE = `{"query":${JSON.stringify(MUTATION)},"operationName":"Import","variables":{"events":[`;
const AFTER = ']}}';

/** Bytes of events, with their commas, that one request can carry. */
export const MAX_BATCH_BYTES = LIMITS.maxRequestBytes - Buffer.byteLength(BEFORE) - Buffer.byteLength(AFTER);

/** The GraphQL request that sends these events. */
export const requestBody = (events: readonly PreparedEvent[]): string =>
  BEFORE + events.map(({ json }) => json).join(',') + AFTER;

/** Fills batches up to a number of events and MAX_BATCH_BYTES, whichever comes first. */
export class Batcher {
  readonly #maxEvents: number;
  #events: PreparedEvent[] = [];
  #bytes = 0;

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  /** The batch that became full, if one did. Events beyond MAX_BATCH_BYTES must not come here. */
  add(event: PreparedEvent): readonly PreparedEvent[] | undefined {
    const full = this.#bytes + event.bytes + 1 > MAX_BATCH_BYTES ? this.flush() : undefined;
    this.#events.push(event);
    this.#bytes += event.bytes + 1;
    return full ?? (this.#events.length >= this.#maxEvents ? this.flush() : undefined);
  }

  /** What is left; undefined when nothing is. */
  flush(): readonly PreparedEvent[] | undefined {
    if (this.#events.length === 0) return undefined;
    const events = this.#events;
    this.#events = [];
    this.#bytes = 0;
    return events;
  }
}
