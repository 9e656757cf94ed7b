/**
 * The envelope: one JSON line an event, the same bytes in the embedded log, in Kinesis and on S3.
 * A reader skips kinds it does not know and stops at a `v` it does not know.
 */
export const ENVELOPE_VERSION = 1;

export type EnvelopeKind = 'EVENT' | 'REJECTED' | 'ALERT' | 'LEDGER';
/** Set by the code that appends; never read from a producer. */
export type Origin = 'API' | 'GATEWAY' | 'DYNAMODB';

/** Where a line stands: `seq` is gapless within (node, epoch), from 1. */
export interface Coordinates {
  readonly node: string;
  readonly epoch: number;
  readonly seq: number;
}

/** Why an event was refused, as the REJECTED line keeps it. */
export interface Rejection {
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[];
  readonly eventId: string | null;
  readonly source: string | null;
  /** The document as JSON text; null where it was no object, or over LIMITS.maxKeptDocumentBytes. */
  readonly document: string | null;
}

/** Everything of a line but its coordinates and time, which are given when it is appended. */
export interface LineDraft {
  /**
   * What is kept in order by it: the user of an event. Null where order means nothing, so that the line may go into any
   * bucket.
   */
  readonly orderKey: string | null;
  readonly kind: EnvelopeKind;
  readonly origin: Origin;
  readonly ingestedBy: string;
  readonly trace: string | null;
  /** The rest of the object as JSON text: `"sha256":"…","event":{…}`, `"rejection":{…}` or `"ledger":{…}`. */
  readonly body: string;
}

/** Newline-terminated, as Firehose needs it. */
export function writeLine(draft: Omit<LineDraft, 'orderKey'>, at: Coordinates, receivedAt: string): string {
  return (
    `{"v":${ENVELOPE_VERSION},"kind":"${draft.kind}","origin":"${draft.origin}","node":"${at.node}",` +
    `"epoch":${at.epoch},"seq":${at.seq},"receivedAt":"${receivedAt}","ingestedBy":${JSON.stringify(draft.ingestedBy)},` +
    `"trace":${draft.trace === null ? 'null' : JSON.stringify(draft.trace)},${draft.body}}\n`
  );
}
