import { GATEWAY_SOURCE } from '../domain/audit-event.ts';
import { type LineDraft, writeLine } from '../domain/envelope.ts';
import { type LedgerState, writeLedgerBody } from '../domain/ledger.ts';
import type { NumberRange } from '../domain/number-ranges.ts';
import type { PackedRecord } from '../ports/event-stream.ts';
import type { BucketRequest } from './bucket-request.ts';
import { EMPTY_SPAN, type LedgerSpan } from './ledger-span.ts';

/** What waits for its bucket's next record. */
export type BucketItem =
  | { readonly phase: 'line'; readonly draft: LineDraft; readonly bytes: number; readonly request: BucketRequest }
  | { readonly phase: 'ledger'; readonly state: LedgerState; readonly bytes: number; readonly request: BucketRequest };

export interface RecordStart {
  readonly bucket: number;
  readonly node: string;
  readonly epoch: number;
  readonly afterSeq: number;
  readonly receivedAt: number;
  readonly span: LedgerSpan;
  /** What this bucket's next ledger line tells. */
  readonly refused: readonly NumberRange[];
}

export interface PackedItems {
  readonly record: PackedRecord;
  /** Once it is durable. */
  readonly span: LedgerSpan;
  readonly tellsRefused: boolean;
}

/** Numbers and writes the items as one record. At least one. */
export function packItems(items: readonly BucketItem[], start: RecordStart): PackedItems {
  const { bucket, node, epoch, afterSeq, receivedAt, refused } = start;
  const receivedText = new Date(receivedAt).toISOString();
  const lines: string[] = [];
  let seq = afterSeq;
  let { firstSeq: spanFirst, lastSeq: spanLast, count: spanCount } = start.span;
  let tellsRefused = false;
  for (const item of items) {
    seq += 1;
    if (item.phase === 'line') {
      lines.push(writeLine(item.draft, { node, epoch, seq }, receivedText));
      spanFirst ??= seq;
      spanLast = seq;
      spanCount += 1;
      continue;
    }
    const span = { firstSeq: spanFirst, lastSeq: spanLast, count: spanCount };
    const body = writeLedgerBody({ bucket, ...span, refused, state: item.state });
    const draft = { kind: 'LEDGER', origin: 'GATEWAY', ingestedBy: GATEWAY_SOURCE, trace: null, body } as const;
    lines.push(writeLine(draft, { node, epoch, seq }, receivedText));
    tellsRefused = true;
    ({ firstSeq: spanFirst, lastSeq: spanLast, count: spanCount } = EMPTY_SPAN);
  }
  return {
    record: { bucket, firstSeq: afterSeq + 1, lastSeq: seq, receivedAt, lines: Buffer.from(lines.join('')) },
    span: { firstSeq: spanFirst, lastSeq: spanLast, count: spanCount },
    tellsRefused,
  };
}
