import { type Caller, EVERY_ROW } from '../domain/caller.ts';
import { AppError } from '../domain/errors.ts';
import type { Mapping } from '../domain/mapping-file.ts';
import { type Accept, createAccept } from '../ingest/accept.ts';
import { type MappedRecord, mapStreamRecord, type RecordMapping } from '../ingest/dynamodb-record.ts';
import type { InvocationAppender } from '../ingest/invocation-ledgers.ts';
import type { Clock } from '../ports/clock.ts';
import { recordsOf, type StreamBatch, sequenceOf, tableNameOf, viewTypeNotes } from './dynamodb-batch.ts';
import { metricsLine } from './dynamodb-lambda-metrics.ts';

export interface InvocationContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** With ReportBatchItemFailures Lambda goes on behind the records before this one, and delivers the others again. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export type DynamodbHandler = (batch: StreamBatch, context: InvocationContext) => Promise<BatchResponse>;

export interface DynamodbHandlerDeps extends RecordMapping {
  /** Resolves once the stream knows of it; gives up at `until` (milliseconds since 1970). */
  readonly openAppender: (options: { readonly until: number }) => Promise<InvocationAppender>;
  readonly clock: Clock;
  readonly mapping: Mapping | null;
  readonly pseudonymOf: (userId: string) => string;
  /** Takes whole lines. */
  readonly write: (line: string) => void;
}

type Outcome =
  | { readonly phase: 'accepted' | 'rejected' | 'expired' }
  | { readonly phase: 'failed'; readonly error: unknown };

/**
 * Takes a batch of stream records in their order and answers with the first that is not durable. A record that is bad
 * becomes a REJECTED line and holds nobody up; only a stream that takes nothing, or a fault of ours, makes a batch come
 * again, and what comes again is the same events. Bounded by the time the invocation has left.
 */
export function createDynamodbHandler(deps: DynamodbHandlerDeps): DynamodbHandler {
  const { clock, write } = deps;
  return async (batch, context) => {
    const records = recordsOf(batch);
    const startedAt = clock.now();
    const remainingMs = context.getRemainingTimeInMillis();
    const table = tableNameOf(records);
    const notes = new Set(viewTypeNotes(records));
    const mapped = records.map((record) => attempt(() => mapStreamRecord(record, deps)));

    const outcomes = await settle(mapped, { ...deps, remainingMs, startedAt, table, context, notes });

    const firstFailed = outcomes.findIndex(({ phase }) => phase === 'failed');
    const done = firstFailed === -1 ? outcomes : outcomes.slice(0, firstFailed);
    const count = (phase: Outcome['phase']): number => done.filter((outcome) => outcome.phase === phase).length;
    const failed = outcomes[firstFailed];
    if (failed?.phase === 'failed') notes.add(`${sequenceOf(records[firstFailed])}: ${textOf(failed.error)}`);
    write(
      metricsLine({
        table,
        requestId: context.awsRequestId,
        at: clock.now(),
        records: records.length,
        accepted: count('accepted'),
        rejected: count('rejected'),
        skippedByTtl: count('expired'),
        failures: records.length - done.length,
        durationMs: clock.now() - startedAt,
        notes: [...notes],
      }),
    );
    return {
      batchItemFailures: firstFailed === -1 ? [] : [{ itemIdentifier: sequenceOf(records[firstFailed]) }],
    };
  };
}

interface Settling extends DynamodbHandlerDeps {
  readonly remainingMs: number;
  readonly startedAt: number;
  readonly table: string;
  readonly context: InvocationContext;
  readonly notes: Set<string>;
}

/** Time kept back for closing and answering: without an answer all of the batch would come again. */
const reserveMs = (remainingMs: number): number => Math.min(5_000, remainingMs / 4);

async function settle(mapped: readonly Attempt[], deps: Settling): Promise<readonly Outcome[]> {
  const { openAppender, clock, mapping, pseudonymOf, remainingMs, startedAt, table, context, notes } = deps;
  const outcomes: Outcome[] = mapped.map(startingOutcome);
  if (mapped.every((record) => record.phase === 'expired')) return outcomes;

  const until = startedAt + remainingMs - reserveMs(remainingMs);
  const opening = openAppender({ until });
  const appender = await within(until - clock.now(), opening).catch((error: unknown) => error);
  if (!isAppender(appender)) {
    // One that opens after all is not left open.
    opening.then((late) => late.close()).catch(() => undefined);
    return outcomes.map((outcome) => (outcome.phase === 'expired' ? outcome : { phase: 'failed', error: appender }));
  }
  const accept = createAccept({ appender, clock, mapping, pseudonymOf });
  const caller: Caller = { subject: `dynamodb:${table}`, roles: ['INGESTOR'], scope: EVERY_ROW, masks: new Set() };
  // One call a record, all in one turn: the appender packs them as one request's, and each learns its own fate.
  const all = mapped.map(async (record, index) => {
    if (record.phase !== 'event' && record.phase !== 'refused') return;
    outcomes[index] = await acceptOne(accept, caller, record, context.awsRequestId);
  });
  await within(until - clock.now(), Promise.all(all)).catch(() => undefined);
  const closingMs = startedAt + remainingMs - reserveMs(remainingMs) / 5 - clock.now();
  await within(closingMs, appender.close()).catch((error: unknown) => {
    notes.add(`The closing line was not written, so that the watermark waits a minute for this one: ${textOf(error)}`);
  });
  return outcomes;
}

type Attempt = MappedRecord | { readonly phase: 'failed'; readonly error: unknown };

/** A fault of ours fails its record alone: it is in the dead letters once retries are used up, and can be replayed. */
function attempt(map: () => MappedRecord): Attempt {
  try {
    return map();
  } catch (error) {
    return { phase: 'failed', error };
  }
}

function startingOutcome(record: Attempt): Outcome {
  if (record.phase === 'expired' || record.phase === 'failed') return record;
  return { phase: 'failed', error: new AppError('STREAM_UNAVAILABLE', OUT_OF_TIME, { retryable: true }) };
}

const OUT_OF_TIME = 'The stream had not taken it when the time of the invocation was over.';

async function acceptOne(
  accept: Accept,
  caller: Caller,
  record: Extract<MappedRecord, { document: unknown }>,
  trace: string,
): Promise<Outcome> {
  try {
    const refusal = record.phase === 'refused' ? { refusal: record.refusal } : {};
    const { rejected } = await accept(caller, [record.document], trace, { origin: 'DYNAMODB', ...refusal });
    return { phase: rejected > 0 ? 'rejected' : 'accepted' };
  } catch (error) {
    return { phase: 'failed', error };
  }
}

/** @throws AppError when it takes longer; what it does then goes on unwatched. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new AppError('STREAM_UNAVAILABLE', OUT_OF_TIME, { retryable: true })),
      Math.max(ms, 0),
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const isAppender = (value: unknown): value is InvocationAppender =>
  typeof value === 'object' && value !== null && 'append' in value;

const textOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
