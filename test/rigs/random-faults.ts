import { type Fault, type FaultProxyOptions, THROTTLED } from './fault-proxy.ts';

/** How often each happens to a PutRecords call; of `records`, to each record of one. Together at most 1. */
export interface FaultShares {
  readonly throttled?: number;
  readonly partial?: number;
  readonly records?: number;
  readonly failed?: number;
  readonly reset?: number;
  readonly lost?: number;
  readonly slow?: number;
  readonly slowMs?: number;
}

/** Faults by chance; `random` is seeded where a run is to be repeated. Reads are left alone. */
export function createRandomFaults(shares: FaultShares, random: () => number): NonNullable<FaultProxyOptions['fault']> {
  const { throttled = 0, partial = 0, records = 0.3, failed = 0, reset = 0, lost = 0, slow = 0, slowMs = 100 } = shares;
  const kinds: readonly (readonly [number, () => Fault])[] = [
    [throttled, () => ({ kind: 'refuse', type: THROTTLED })],
    [partial, () => mixed(records, random)],
    [failed, () => ({ kind: 'refuse', type: 'InternalFailure', status: 500 })],
    [reset, () => ({ kind: 'reset' })],
    [lost, () => ({ kind: 'lost' })],
    [slow, () => ({ kind: 'slow', ms: slowMs * random() })],
  ];
  return ({ operation }) => {
    if (operation !== 'PutRecords') return null;
    let drawn = random();
    for (const [share, fault] of kinds) {
      if (drawn < share) return fault();
      drawn -= share;
    }
    return null;
  };
}

/** Decided once for each record: the proxy asks more than once. */
function mixed(share: number, random: () => number): Fault {
  const decided = new Map<number, boolean>();
  const fails = (index: number): boolean => {
    const known = decided.get(index) ?? random() < share;
    decided.set(index, known);
    return known;
  };
  return { kind: 'partial', fails, code: random() < 0.5 ? THROTTLED : 'InternalFailure' };
}
