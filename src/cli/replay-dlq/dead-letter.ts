import { z } from 'zod';

/** A batch that Lambda gave up: where its records stand in the table's stream, not the records themselves. */
export interface DeadLetter {
  readonly streamArn: string;
  readonly shardId: string;
  readonly firstSequence: string;
  readonly lastSequence: string;
  /** Records that were in it. */
  readonly records: number;
}

const sequence = z.string().regex(/^\d{1,40}$/, 'is no sequence number');

const message = z.object({
  DDBStreamBatchInfo: z.object({
    streamArn: z.string().regex(/^arn:[\w-]+:dynamodb:[\w-]+:\d+:table\/[^/]+\/stream\//, 'is no stream of a table'),
    shardId: z.string().min(1),
    startSequenceNumber: sequence,
    endSequenceNumber: sequence,
    batchSize: z.number().int().min(1).max(10_000),
  }),
});

/** What the on-failure destination of an event source mapping wrote, or why it is not that. */
export function parseDeadLetter(body: string): DeadLetter | { readonly fault: string } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { fault: 'it is no JSON' };
  }
  const parsed = message.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { fault: `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is wrong'}` };
  }
  const { DDBStreamBatchInfo: info } = parsed.data;
  return {
    streamArn: info.streamArn,
    shardId: info.shardId,
    firstSequence: info.startSequenceNumber,
    lastSequence: info.endSequenceNumber,
    records: info.batchSize,
  };
}
