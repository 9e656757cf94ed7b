/** What one invocation did. Counted so that retries of a batch add up: what will come again is a failure, nothing else. */
export interface InvocationCounts {
  readonly records: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Removals by the time to live. */
  readonly skippedByTtl: number;
  /** Records from the first that is not durable on. */
  readonly failures: number;
  readonly durationMs: number;
}

export interface InvocationReport extends InvocationCounts {
  readonly table: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What went wrong or is set up wrongly, for whoever reads the log. */
  readonly notes: readonly string[];
}

const COUNTS = ['records', 'accepted', 'rejected', 'skippedByTtl', 'failures'] as const;

/** One line of the log that CloudWatch reads metrics from (embedded metric format), newline-terminated. */
export function metricsLine({ table, requestId, at, notes, durationMs, ...counts }: InvocationReport): string {
  const metrics = [
    ...COUNTS.map((name) => ({ Name: name, Unit: 'Count' })),
    { Name: 'durationMs', Unit: 'Milliseconds' },
  ];
  return `${JSON.stringify({
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [{ Namespace: 'Trailgate/DynamoDB', Dimensions: [['table']], Metrics: metrics }],
    },
    table,
    requestId,
    ...counts,
    durationMs,
    ...(notes.length > 0 && { notes }),
  })}\n`;
}
