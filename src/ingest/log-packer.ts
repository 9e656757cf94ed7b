import { GATEWAY_SOURCE } from '../domain/audit-event.ts';
import { type LineDraft, writeLine } from '../domain/envelope.ts';
import { type LedgerState, writeLedgerBody } from '../domain/ledger.ts';
import type { PackedRecord } from '../ports/event-stream.ts';
import type { LogAppended } from './appender.ts';
import { EMPTY_SPAN, type LedgerSpan } from './ledger-span.ts';
import { ENVELOPE_BYTES, MAX_RECORD_BYTES } from './line-size.ts';

export interface PackerStart {
  readonly node: string;
  readonly epoch: number;
  readonly afterSeq: number;
  readonly startedAt: number;
  readonly span: LedgerSpan;
}

/** Writes lines into records; each record is a millisecond later than the one before it, so that its time names it. */
export function createLogPacker({ node, epoch, afterSeq, startedAt, span: spanBefore }: PackerStart) {
  const packed: PackedRecord[] = [];
  let lines: string[] = [];
  let length = 0;
  let firstSeq = afterSeq + 1;
  let seq = afterSeq;
  let receivedAt = startedAt;
  let receivedText = new Date(receivedAt).toISOString();
  let { firstSeq: spanFirst, count: spanCount } = spanBefore;

  const close = (): void => {
    if (lines.length === 0) return;
    packed.push({ bucket: 0, firstSeq, lastSeq: seq, receivedAt, lines: Buffer.from(lines.join('')) });
    lines = [];
    length = 0;
    firstSeq = seq + 1;
    receivedAt += 1;
    receivedText = new Date(receivedAt).toISOString();
  };

  const add = (draft: Omit<LineDraft, 'orderKey'>): void => {
    const bytes = Buffer.byteLength(draft.body) + Buffer.byteLength(draft.ingestedBy) + ENVELOPE_BYTES;
    if (length > 0 && length + bytes > MAX_RECORD_BYTES) close();
    seq += 1;
    lines.push(writeLine(draft, { node, epoch, seq }, receivedText));
    length += bytes;
  };

  const span = (): LedgerSpan =>
    spanCount === 0 ? EMPTY_SPAN : { firstSeq: spanFirst, lastSeq: seq, count: spanCount };

  return {
    addAll: (drafts: readonly LineDraft[]): LogAppended => {
      const first = seq + 1;
      for (const draft of drafts) add(draft);
      if (drafts.length > 0) {
        spanFirst ??= first;
        spanCount += drafts.length;
      }
      return { firstSeq: first, receivedAt };
    },
    addLedger: (state: LedgerState): LogAppended => {
      // Nothing is ever refused with a number: a refused commit gives its numbers to the next.
      const body = writeLedgerBody({ bucket: 0, ...span(), refused: [], state });
      add({ kind: 'LEDGER', origin: 'GATEWAY', ingestedBy: GATEWAY_SOURCE, trace: null, body });
      spanFirst = null;
      spanCount = 0;
      return { firstSeq: seq, receivedAt };
    },
    records: (): readonly PackedRecord[] => {
      close();
      return packed;
    },
    lastSeq: (): number => seq,
    lastReceivedAt: (): number => packed.at(-1)?.receivedAt ?? startedAt,
    span,
  };
}
