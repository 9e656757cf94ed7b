import fc from 'fast-check';
import { type LeaseState, nextLease } from '../../../src/adapters/control-store/lease-state.ts';

test('holders whose clocks differ by no more than the margin never both believe that they have it', () => {
  const marginMs = 50;
  const step = fc.record({
    holder: fc.constantFrom('one', 'two', 'three'),
    waitMs: fc.integer({ min: 0, max: 200 }),
    ttlMs: fc.integer({ min: 1, max: 300 }),
  });
  // How far each clock is ahead of the true time.
  const clocks = fc.record({
    one: fc.integer({ min: 0, max: marginMs }),
    two: fc.integer({ min: 0, max: marginMs }),
    three: fc.integer({ min: 0, max: marginMs }),
  });
  fc.assert(
    fc.property(clocks, fc.array(step, { minLength: 2, maxLength: 60 }), (ahead, steps) => {
      let at = 1_000;
      let state: LeaseState | null = null;
      const believes = new Map<string, { until: number; token: number }>();
      for (const { holder, waitMs, ttlMs } of steps) {
        at += waitMs;
        const next = nextLease(state, { holder, now: at + ahead[holder as 'one'], ttlMs, marginMs });
        if (!next) continue;
        for (const [other, { until, token }] of believes) {
          if (other === holder) continue;
          expect(at + ahead[other as 'one']).toBeGreaterThanOrEqual(until);
          expect(next.token).toBeGreaterThan(token);
        }
        believes.set(holder, { until: next.expiresAt, token: next.token });
        state = next;
      }
    }),
  );
});
