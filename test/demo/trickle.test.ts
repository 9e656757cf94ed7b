import { isInIncident } from '../../src/demo/incidents.ts';
import { createTrickle, LONGEST_SILENCE_MS } from '../../src/demo/trickle.ts';
import type { AuditEventInput } from '../../src/domain/audit-event.ts';

const BUSY = Date.parse('2026-11-24T15:00:00Z');
const SUNDAY_NIGHT = Date.parse('2026-11-22T20:00:00Z');
const HOUR_S = 3_600;

/** What a trickle tells when it is asked every second from `start` on. */
function listen(seconds: number, start: number, seed = 3): AuditEventInput[] {
  const trickle = createTrickle({ seed });
  return Array.from({ length: seconds }, (_, second) => trickle.next(start + second * 1_000)).flat();
}
const timesOf = (events: readonly AuditEventInput[]): number[] =>
  events.map(({ timestamp }) => Date.parse(String(timestamp)));

describe('the trickle', () => {
  test('tells one event a second at night and two to three in the busiest hours', () => {
    expect(listen(HOUR_S, SUNDAY_NIGHT).length / HOUR_S).toBeCloseTo(1.1, 0);
    expect(listen(HOUR_S, BUSY).length / HOUR_S).toBeGreaterThan(2);
    expect(listen(HOUR_S, BUSY).length / HOUR_S).toBeLessThan(3.2);
  });

  test.each([
    ['at night', SUNDAY_NIGHT],
    ['by day', BUSY],
  ])('is never silent for more than four seconds %s, and in order', (_, start) => {
    const times = timesOf(listen(HOUR_S, start));
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
    expect(times[0]).toBe(start);
    expect(Math.min(...gaps)).toBeGreaterThan(0);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(LONGEST_SILENCE_MS);
  });

  test('never tells of what has not happened yet', () => {
    const trickle = createTrickle({ seed: 3 });
    for (let now = BUSY; now < BUSY + 600_000; now += 1_000) {
      expect(timesOf(trickle.next(now)).every((at) => at <= now)).toBe(true);
    }
  });

  test('leaves services alone on a Sunday night, and has people by day', () => {
    expect(listen(HOUR_S, SUNDAY_NIGHT).every(({ actorKind }) => actorKind === 'SERVICE')).toBe(true);
    const people = listen(HOUR_S, BUSY).filter(({ actorKind }) => actorKind === 'HUMAN');
    expect(new Set(people.map(({ userId }) => userId)).size).toBeGreaterThan(25);
  });

  test('adds nothing to the incidents, and few failures to the others', () => {
    const day = listen(4 * HOUR_S, BUSY - 2 * HOUR_S * 1_000);
    const failures = day.filter(({ outcome }) => outcome !== 'SUCCESS');
    expect(failures.filter(({ userId }) => isInIncident(userId))).toEqual([]);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.length / day.length).toBeLessThan(0.01);
    const taken = day.filter(({ action, sensitivity }) => action === 'EXPORT' && sensitivity === 'RESTRICTED');
    expect(taken).toEqual([]);
  });

  test('gives every event an id of its own, in a second run as well', () => {
    const events = [...listen(HOUR_S, BUSY), ...listen(HOUR_S, BUSY + HOUR_S * 1_000)];
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
  });

  test('is the same for the same seed and moments', () => {
    expect(listen(60, BUSY)).toEqual(listen(60, BUSY));
    expect(listen(60, BUSY, 4)).not.toEqual(listen(60, BUSY));
  });

  test('skips what a long pause missed, and goes on at once when the clock is set back', () => {
    const trickle = createTrickle({ seed: 3 });
    trickle.next(BUSY);
    const hourLater = BUSY + HOUR_S * 1_000;
    expect(timesOf(trickle.next(hourLater))).toEqual([hourLater]);
    expect(timesOf(trickle.next(BUSY))).toEqual([BUSY]);
  });
});
