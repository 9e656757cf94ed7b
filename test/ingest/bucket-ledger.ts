import type { LedgerEntry } from '../../src/domain/ledger.ts';
import { createBucketAppender } from '../../src/ingest/bucket-appender.ts';
import { createLedger } from '../../src/ingest/ledger.ts';
import type { PackedRecord } from '../../src/ports/event-stream.ts';
import { createHeldBuckets } from './held-buckets.ts';
import { linesOf } from './held-stream.ts';
import { createManualTimers } from './manual-timers.ts';

/** A ledger over buckets that answer when they are told to. */
export function startBucketLedger(buckets = 2) {
  const held = createHeldBuckets(buckets);
  const time = createManualTimers();
  const appender = createBucketAppender({
    stream: held.stream,
    clock: time.clock,
    timers: time.timers,
    node: 'node-a',
  });
  const failures: unknown[] = [];
  const ledger = createLedger({
    appender,
    clock: time.clock,
    timers: time.timers,
    isNeeded: true,
    onFailure: (error) => failures.push(error),
  });
  /** Lets everything that is sent within `ms` be durable, or what `refuse` says. */
  const settle = async (ms = 300, refuse: (record: PackedRecord) => boolean = () => false): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 10) {
      await time.pass(10);
      while (held.held().length > 0) {
        await held.end(refuse((held.held()[0] as { record: PackedRecord }).record) ? 'refused' : 'durable');
      }
    }
  };
  return { held, time, ledger, failures, settle };
}

interface ToldLedger extends Omit<LedgerEntry, 'refused'> {
  readonly refused: readonly (number | readonly number[])[];
}

export const ledgersOf = (records: readonly PackedRecord[]): { seq: number; ledger: ToldLedger }[] =>
  records
    .flatMap(linesOf)
    .flatMap((line) => ('ledger' in line ? [line as unknown as { seq: number; ledger: ToldLedger }] : []));
/** As "OPEN 0": what each says, and of which bucket. */
export const statesOf = (records: readonly PackedRecord[]): string[] =>
  ledgersOf(records).map(({ ledger }) => `${ledger.state} ${ledger.bucket}`);
