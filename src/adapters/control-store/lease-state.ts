import type { Lease } from '../../ports/control-store.ts';

/** A lease as it is kept, also when nobody has it: the next token must be higher than every one before. */
export interface LeaseState {
  /** Null after it was given back. */
  readonly holder: string | null;
  readonly token: number;
  readonly expiresAt: number;
}

export interface LeaseRequest {
  readonly holder: string;
  readonly now: number;
  readonly ttlMs: number;
  /** How far the clock of the former holder may be behind ours. */
  readonly marginMs: number;
}

/** What the lease becomes; null while another has it. A holder that finds it its own after all keeps its token. */
export function nextLease(
  found: LeaseState | null,
  { holder, now, ttlMs, marginMs }: LeaseRequest,
): (LeaseState & Pick<Lease, 'holder'>) | null {
  const expiresAt = now + ttlMs;
  if (!found) return { holder, token: 1, expiresAt };
  if (found.holder === holder) return { holder, token: found.token, expiresAt };
  const isFree = found.holder === null || now >= found.expiresAt + marginMs;
  return isFree ? { holder, token: found.token + 1, expiresAt } : null;
}
