import fc from 'fast-check';
import { ACTIVITY_TYPES } from '../../src/domain/activity-type.ts';
import { ACTOR_KINDS, type NormalisedEvent, OUTCOMES, SENSITIVITIES } from '../../src/domain/audit-event.ts';
import type { Origin } from '../../src/domain/envelope.ts';
import { anEvent, type Delivery } from './delivery.ts';
import { expectedMarts } from './marts-model.ts';
import { openWarehouseWithMarts, sorted, type Tables, type WarehouseWithMarts } from './warehouse-with-marts.ts';

const MINUTE_MS = 60_000;
const MIDNIGHT = Date.UTC(2024, 2, 20);
const RECEIVED_FROM = Date.UTC(2024, 2, 25);

/** On and around the edges where sessions, hours, days and office hours change. */
const timestamps = fc
  .record({
    day: fc.constantFrom(0, 0, 0, 0, 0, 1, -40),
    halfHours: fc.constantFrom(-1, -1, 0, 0, 1, 1, 2, 2, 3, 14, 38),
    offsetMs: fc.constantFrom(-1, 0, 0, 0, 1, 1, 999),
  })
  .map(({ day, halfHours, offsetMs }) => MIDNIGHT + day * 86_400_000 + halfHours * 30 * MINUTE_MS + offsetMs);

const contents = fc.record({
  userId: fc.constantFrom('usr-1', 'usr-1', 'usr-1', 'usr-2'),
  userRole: fc.constantFrom('ANALYST', 'ADMIN', null),
  userDepartment: fc.constantFrom('FINANCE', null),
  activityType: fc.constantFrom(...ACTIVITY_TYPES.slice(0, 3)),
  actorKind: fc.constantFrom('HUMAN' as const, 'HUMAN' as const, 'HUMAN' as const, 'HUMAN' as const, ...ACTOR_KINDS),
  resourceId: fc.constantFrom('res-1', 'res-2', null),
  resourceType: fc.constantFrom('BUCKET', null),
  outcome: fc.constantFrom(...OUTCOMES),
  sensitivity: fc.constantFrom(...SENSITIVITIES),
  environment: fc.constantFrom('prod', null),
  region: fc.constantFrom('eu-central-1', null),
  source: fc.constantFrom('app', 'app', 'app', 'app', 'app', 'vpn', 'trailgate'),
  metadata: fc.constantFrom(null, '{"reason":"review"}', '[1,{"a":null}]'),
});

// Their order by UTF-8 bytes is not their order by UTF-16 units.
const eventIds = fc.constantFrom('evt-1', 'evt-2', 'evt-é', 'evt-\u{1F512}', 'evt-\uFF5E');

const placing = { node: fc.constantFrom('node-a', 'node-b'), epoch: fc.constantFrom(1, 1, 2) };

/** From an earlier event to one like it: at the edge of a session, before and behind. */
const gaps = fc.constantFrom(
  0,
  1,
  ...[30, -30, 60].flatMap((minutes) => [-1, 0, 1].map((ms) => minutes * MINUTE_MS + ms)),
);

/** Each step delivers one copy; all but `new` speak of an earlier delivery, named by a number. */
const steps = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('new' as const), eventIds, timestamps, contents, ...placing }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('follow' as const), of: fc.nat(), eventIds, gaps, ...placing }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const), of: fc.nat(), ...placing }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replay' as const), of: fc.nat() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('conflict' as const),
      of: fc.nat(),
      contents,
      whole: fc.boolean(),
      field: fc.nat(),
      ...placing,
    }),
  },
);
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

const histories = fc.array(
  fc.record({
    step: steps,
    /** node-b's clock is behind by this much, so that its copies may have come before what is loaded already. */
    lagMs: fc.constantFrom(0, 5, 12, 40, 100_000),
    forged: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    /** What happens behind the delivery. */
    afterwards: fc.constantFrom('wait', 'wait', 'wait', 'load', 'refresh'),
  }),
  { minLength: 1, maxLength: 30, size: 'max' },
);
type History = typeof histories extends fc.Arbitrary<infer T> ? T : never;

function deliveriesOf(history: History): Delivery[] {
  const made: Delivery[] = [];
  const place = (
    step: { node: string; epoch: number },
    lagMs: number,
    event: NormalisedEvent,
    forged: boolean,
  ): Delivery => ({
    event,
    origin: (event.source === 'trailgate' && !forged ? 'GATEWAY' : 'API') satisfies Origin,
    node: step.node,
    epoch: step.epoch,
    // Against the order of nodes, so that a tie in time is settled by the node alone.
    seq: made.length + (step.node === 'node-b' ? 1 : 1_000),
    receivedAt: RECEIVED_FROM + made.length * 5 - (step.node === 'node-b' ? lagMs : 0),
    ingestedBy: 'svc-import',
  });
  for (const { step, lagMs, forged } of history) {
    const earlier = step.kind === 'new' ? undefined : made[step.of % made.length];
    if (step.kind === 'new') {
      const event = anEvent({ ...step.contents, eventId: step.eventIds, timestamp: step.timestamps });
      made.push(place(step, lagMs, event, forged));
    } else if (earlier)
      made.push(step.kind === 'replay' ? earlier : place(step, lagMs, changed(earlier.event, step), forged));
  }
  return made;
}

/** The event as it was, or another event like it, or with one field of another content, or with all of them. */
function changed(event: NormalisedEvent, step: Exclude<Step, { kind: 'new' | 'replay' }>): NormalisedEvent {
  if (step.kind === 'again') return event;
  if (step.kind === 'follow') return { ...event, eventId: step.eventIds, timestamp: event.timestamp + step.gaps };
  const fields = Object.entries(step.contents);
  const some = step.whole ? fields : [fields[step.field % fields.length] as [string, unknown]];
  const next = { ...event, ...Object.fromEntries(some) };
  return { ...next, userPseudonym: anEvent({ userId: next.userId }).userPseudonym };
}

const utcHour = (at: number): number => new Date(at).getUTCHours();

function expectEqual(found: Tables, expected: Tables, label: string): void {
  for (const name of Object.keys(expected) as (keyof Tables)[]) {
    expect({ table: name, label, rows: sorted(found[name]) }).toEqual({
      table: name,
      label,
      rows: sorted(expected[name]),
    });
  }
}

describe('the refresh of the marts', () => {
  let marts: WarehouseWithMarts;
  beforeAll(async () => {
    marts = await openWarehouseWithMarts();
  });
  afterAll(() => marts.close());

  const numRuns = Number(process.env.TRAILGATE_PROPERTY_RUNS ?? 20);

  test(
    'equals a full recompute, and the definitions, over any history in any batches',
    async () => {
      const history = fc.asyncProperty(histories, async (steps) => {
        await marts.empty();
        const deliveries = deliveriesOf(steps);
        let loaded = 0;
        for (let made = 1; made <= deliveries.length; made += 1) {
          const afterwards = made === deliveries.length ? 'refresh' : steps[made - 1]?.afterwards;
          if (afterwards === 'wait') continue;
          await marts.load(deliveries.slice(loaded, made));
          loaded = made;
          if (afterwards === 'load') continue;
          await marts.refresh().refresh();
          expectEqual(await marts.tables(), expectedMarts(deliveries.slice(0, made), utcHour), 'incremental');
        }
        await marts.refresh().recompute();
        expectEqual(await marts.tables(), expectedMarts(deliveries, utcHour), 'recomputed');
      });
      // A failure prints its seed and path.
      await fc.assert(history, { numRuns });
    },
    numRuns * 5_000 + 20_000,
  );
});
