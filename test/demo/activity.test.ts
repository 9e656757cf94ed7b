import { isIP } from 'node:net';
import { generateMonth } from '../../src/demo/activity.ts';
import { INCIDENTS } from '../../src/demo/incidents.ts';
import { activityTypeOf } from '../../src/domain/activity-type.ts';
import type { AuditEventInput } from '../../src/domain/audit-event.ts';
import { ACTOR_KINDS, GATEWAY_SOURCE, LIMITS, OUTCOMES, SENSITIVITIES } from '../../src/domain/audit-event.ts';

const DAY_MS = 86_400_000;
const TUESDAY = Date.parse('2026-03-17T13:20:00Z');

const monthUntil = (until: number, seed = 7): AuditEventInput[] => [...generateMonth({ seed, until })];
const failed = ({ outcome }: AuditEventInput): boolean => outcome === 'FAILURE' || outcome === 'DENIED';
const exported = (event: AuditEventInput): boolean =>
  activityTypeOf(event.eventType, event.action) === 'DATA_EXPORT' && event.sensitivity === 'RESTRICTED';

/** [value, count], most frequent first. */
function countsBy(events: readonly AuditEventInput[], value: (event: AuditEventInput) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const event of events) counts.set(value(event), (counts.get(value(event)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

describe('a month of the demo', () => {
  const month = monthUntil(TUESDAY);

  test('is the same for the same seed and end, and another for another seed', () => {
    const text = JSON.stringify(month); // comparing 50,000 objects one by one takes seconds
    expect(JSON.stringify(monthUntil(TUESDAY)) === text).toBe(true);
    expect(JSON.stringify(monthUntil(TUESDAY, 8)) === text).toBe(false);
  });

  test('holds the same events on a calendar day whatever its end, incidents apart', () => {
    const onDay = (events: readonly AuditEventInput[]): AuditEventInput[] =>
      events.filter(({ timestamp }) => String(timestamp).startsWith('2026-03-05'));
    expect(onDay(monthUntil(TUESDAY + 3 * DAY_MS))).toEqual(onDay(month));
    expect(onDay(month).length).toBeGreaterThan(1_000);
  });

  test('is 40,000 to 60,000 events, oldest first, all within its 30 days', () => {
    expect(month.length).toBeGreaterThan(40_000);
    expect(month.length).toBeLessThan(60_000);
    const times = month.map(({ timestamp }) => Date.parse(String(timestamp)));
    expect(times.every((at, index) => at >= (times[index - 1] ?? TUESDAY - 30 * DAY_MS) && at < TUESDAY)).toBe(true);
  });

  test('gives every event an id of its own, shaped as a UUID', () => {
    expect(new Set(month.map(({ eventId }) => eventId)).size).toBe(month.length);
    expect(
      month.every(({ eventId }) =>
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(eventId ?? ''),
      ),
    ).toBe(true);
  });

  test('is skewed: ten of about sixty accounts make half of it, and every account makes some', () => {
    const users = countsBy(month, ({ userId }) => userId);
    expect(users.length).toBe(61);
    const topTen = users.slice(0, 10).reduce((sum, [, count]) => sum + count, 0);
    expect(topTen / month.length).toBeGreaterThan(0.5);
    const resources = countsBy(month, ({ resourceId }) => resourceId ?? '');
    expect(resources[0]?.[1]).toBeGreaterThan(20 * (resources[Math.floor(resources.length / 2)]?.[1] ?? 0));
  });

  test('has people at work on weekdays by day, and services at night', () => {
    const people = month.filter(
      ({ userId, actorKind }) => actorKind === 'HUMAN' && userId !== INCIDENTS.massExport.userId,
    );
    const weekend = people.filter(({ timestamp }) => [0, 6].includes(new Date(timestamp).getUTCDay()));
    expect(weekend.length / people.length).toBeLessThan(0.1);
    const backups = month.filter(({ userId }) => userId === 'svc-backup');
    expect(backups.length).toBe(30 * 60);
    expect(new Set(backups.map(({ timestamp }) => String(timestamp).slice(11, 13)))).toEqual(new Set(['01']));
  });

  test('shows every kind of activity, three environments, three regions, several departments, every sensitivity', () => {
    expect(countsBy(month, ({ eventType, action }) => activityTypeOf(eventType, action)).map(([type]) => type)).toEqual(
      expect.arrayContaining([
        'CONFIG_CHANGE',
        'DATA_ACCESS',
        'DATA_EXPORT',
        'DATA_MODIFICATION',
        'LOGIN',
        'PERMISSION_CHANGE',
        'REPORT_GENERATION',
      ]),
    );
    expect(countsBy(month, ({ environment }) => environment ?? '')).toHaveLength(3);
    expect(countsBy(month, ({ region }) => region ?? '')).toHaveLength(3);
    expect(countsBy(month, ({ userDepartment }) => userDepartment ?? '').length).toBeGreaterThanOrEqual(5);
    expect(countsBy(month, ({ sensitivity }) => sensitivity ?? '')).toHaveLength(4);
  });

  test('keeps every event within the limits of accept, with 3 to 7 keys of metadata', () => {
    const faultsOf = (event: AuditEventInput): string[] => {
      const { metadata, ...fields } = event;
      const texts = Object.values(fields).filter((value) => typeof value === 'string');
      const keys = Object.keys(metadata ?? {}).length;
      const holds = {
        lengths: texts.every(({ length }) => length > 0 && length <= LIMITS.maxFieldLength),
        bytes: Buffer.byteLength(JSON.stringify(event)) <= LIMITS.maxEventBytes,
        metadata: keys >= 3 && keys <= 7,
        actorKind: ACTOR_KINDS.some((kind) => kind === event.actorKind),
        outcome: OUTCOMES.some((outcome) => outcome === event.outcome),
        sensitivity: SENSITIVITIES.some((sensitivity) => sensitivity === event.sensitivity),
        source: event.source !== GATEWAY_SOURCE,
        timestamp: new Date(event.timestamp).toISOString() === event.timestamp,
      };
      return Object.entries(holds).flatMap(([name, held]) => (held ? [] : [`${name} of ${JSON.stringify(event)}`]));
    };
    expect(month.flatMap(faultsOf)).toEqual([]);
  });

  test('comes from addresses that are reserved for documentation', () => {
    const strangers = month.filter(
      ({ sourceIp }) => isIP(sourceIp ?? '') !== 4 || !/^(192\.0\.2|198\.51\.100|203\.0\.113)\./.test(sourceIp ?? ''),
    );
    expect(strangers).toEqual([]);
  });

  test('refuses a length that leaves no room for the incidents', () => {
    expect(() => [...generateMonth({ seed: 7, until: TUESDAY, days: 6 })]).toThrow('7 to 31 whole days');
    expect([...generateMonth({ seed: 7, until: TUESDAY, days: 7 })].filter(exported)).toHaveLength(790);
  });
});

describe.each([
  ['a Tuesday', '2026-03-17T13:20:00Z'],
  ['a Saturday at midnight', '2026-08-01T00:00:00Z'],
  ['a Sunday, one millisecond before midnight', '2026-11-22T23:59:59.999Z'],
  ['a leap day', '2028-02-29T06:00:00Z'],
  ['new year', '2027-01-01T00:00:00.001Z'],
  ['the day the clocks change', '2026-03-29T01:30:00Z'],
])('a month that ends on %s', (_, end) => {
  const month = monthUntil(Date.parse(end));
  const failures = countsBy(month.filter(failed), ({ userId }) => userId);

  test('is headed in failures by the accounts of the incidents, far above everyone else', () => {
    expect(failures.slice(0, 3)).toEqual([
      ['usr-0042', 240],
      ['svc-report-sync', 180],
      ['usr-0017', 150],
    ]);
    expect(failures[3]?.[1]).toBeLessThanOrEqual(62);
  });

  test('fails in about two of a hundred events besides', () => {
    const others = failures.slice(3).reduce((sum, [, count]) => sum + count, 0);
    expect(others / month.length).toBeGreaterThan(0.01);
    expect(others / month.length).toBeLessThan(0.03);
  });

  test('has one address guess the password of one user 240 times, and then get in', () => {
    const tries = month.filter(({ sourceIp, action }) => sourceIp === '203.0.113.77' && action === 'LOGIN');
    expect(tries.map(({ outcome }) => outcome)).toEqual([...Array(240).fill('FAILURE'), 'SUCCESS']);
    expect(new Set(tries.map(({ userId }) => userId))).toEqual(new Set(['usr-0042']));
    expect(month.filter(({ sourceIp }) => sourceIp === '203.0.113.77')).toHaveLength(
      241 + INCIDENTS.passwordGuessing.reads,
    );
  });

  test('has one user export 640 RESTRICTED resources before 150 more are denied, and nobody else export any', () => {
    const exports = month.filter(exported);
    expect(exports.map(({ outcome }) => outcome)).toEqual([
      ...Array(640).fill('SUCCESS'),
      ...Array(150).fill('DENIED'),
    ]);
    expect(new Set(exports.map(({ userId }) => userId))).toEqual(new Set(['usr-0017']));
  });

  test('has a service account denied 180 RESTRICTED reads', () => {
    const probes = month.filter(({ userId, outcome }) => userId === 'svc-report-sync' && outcome !== 'SUCCESS');
    expect(countsBy(probes, ({ outcome, action, sensitivity }) => `${outcome} ${action} ${sensitivity}`)).toEqual([
      ['DENIED READ RESTRICTED', 180],
    ]);
  });
});
