import { type Fault, type FaultProxyOptions, THROTTLED } from '../rigs/fault-proxy.ts';

const INTERNAL = 'InternalFailure';
const UNAVAILABLE = 'ServiceUnavailable';

/** Of PutRecords calls; together less than 1. */
const SHARES = {
  throttledCall: 0.14,
  throttledRecords: 0.25,
  partialFailure: 0.05,
  serverError: 0.03,
  reset: 0.02,
  lostAnswer: 0.02,
  slow: 0.005,
};
/** Of the records of a call that fails in part. */
const THROTTLED_RECORDS = 0.55;
const FAILED_RECORDS = 0.3;
/** Longer than the adapter waits for an answer, so that some arrive after they were sent again. */
const SLOWEST_MS = 4_500;

/** What Kinesis does to the gateway, by seeded chance, and counts of it. */
export function createFaultPlan(random: () => number) {
  const figures = {
    /** Without those of an outage. */
    calls: 0,
    records: 0,
    throttledCalls: 0,
    throttledRecords: 0,
    partialFailures: 0,
    failedRecords: 0,
    serverErrors: 0,
    resets: 0,
    lostAnswers: 0,
    slowAnswers: 0,
    outageCalls: 0,
  };
  let isOn = false;
  let outageUntil = 0;

  const partial = (records: number, share: number, code: string): { fault: Fault; failed: number } => {
    const fails = Array.from({ length: records }, () => random() < share);
    if (!fails.includes(true)) fails[Math.floor(random() * records)] = true;
    return {
      fault: { kind: 'partial', fails: (index) => fails[index] === true, code },
      failed: fails.filter(Boolean).length,
    };
  };

  const draws: readonly (readonly [number, (records: number) => Fault])[] = [
    [
      SHARES.throttledCall,
      (records) => {
        figures.throttledCalls += 1;
        figures.throttledRecords += records;
        return { kind: 'refuse', type: THROTTLED };
      },
    ],
    [
      SHARES.throttledRecords,
      (records) => {
        const { fault, failed } = partial(records, THROTTLED_RECORDS, THROTTLED);
        figures.throttledRecords += failed;
        return fault;
      },
    ],
    [
      SHARES.partialFailure,
      (records) => {
        const { fault, failed } = partial(records, FAILED_RECORDS, INTERNAL);
        figures.partialFailures += 1;
        figures.failedRecords += failed;
        return fault;
      },
    ],
    [
      SHARES.serverError,
      () => {
        figures.serverErrors += 1;
        return random() < 0.5
          ? { kind: 'refuse', type: INTERNAL, status: 500 }
          : { kind: 'refuse', type: UNAVAILABLE, status: 503 };
      },
    ],
    [
      SHARES.reset,
      () => {
        figures.resets += 1;
        return { kind: 'reset' };
      },
    ],
    [
      SHARES.lostAnswer,
      () => {
        figures.lostAnswers += 1;
        return { kind: 'lost' };
      },
    ],
    [
      SHARES.slow,
      () => {
        figures.slowAnswers += 1;
        return { kind: 'slow', ms: SLOWEST_MS * random() };
      },
    ],
  ];

  const fault: NonNullable<FaultProxyOptions['fault']> = ({ operation, input }) => {
    if (operation !== 'PutRecords') return null;
    const records = (input.Records as readonly unknown[]).length;
    if (performance.now() < outageUntil) {
      figures.outageCalls += 1;
      return { kind: 'refuse', type: UNAVAILABLE, status: 503 };
    }
    figures.calls += 1;
    figures.records += records;
    if (!isOn) return null;
    let drawn = random();
    for (const [share, draw] of draws) {
      if (drawn < share) return draw(records);
      drawn -= share;
    }
    return null;
  };

  return {
    fault,
    figures,
    turn: (on: boolean): void => {
      isOn = on;
    },
    /** Every call is refused for so long. */
    breakDown: (ms: number): void => {
      outageUntil = performance.now() + ms;
    },
  };
}
