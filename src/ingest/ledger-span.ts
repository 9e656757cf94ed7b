/** What went into a bucket since its last ledger line. */
export interface LedgerSpan {
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  readonly count: number;
}

export const EMPTY_SPAN: LedgerSpan = { firstSeq: null, lastSeq: null, count: 0 };
