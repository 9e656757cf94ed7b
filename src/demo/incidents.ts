import type { Actor } from './organisation.ts';
import type { Random } from './random.ts';
import { createRandom, uuidOf } from './random.ts';
import type { Resource, ResourceKind } from './resources.ts';
import { pickResource, RESOURCE_KINDS } from './resources.ts';
import type { Deed, Occurrence } from './work.ts';
import { failed, login, metadataOf, occurrence } from './work.ts';
import { DAY_MS, dayOf, HOUR_MS, localMidnight, MINUTE_MS } from './working-hours.ts';

/**
 * What happens in every month of the demo, in the last week before its end. These accounts fail in nothing else, and
 * nobody else fails nearly as often, so the three head every list of failures with these counts.
 */
export const INCIDENTS = {
  /** One address tries passwords for 40 minutes, gets in, and looks around. */
  passwordGuessing: { userId: 'usr-0042', sourceIp: '203.0.113.77', failures: 240, reads: 12 },
  /** A service account tries to read what it was never given. */
  probing: { userId: 'svc-report-sync', denied: 180 },
  /** Someone takes RESTRICTED files away at night, until exports are blocked; the only exports of such in the demo. */
  massExport: { userId: 'usr-0017', exports: 640, denied: 150 },
} as const;

const INVOLVED: ReadonlySet<string> = new Set(Object.values(INCIDENTS).map(({ userId }) => userId));

/** True for accounts that fail only where an incident says so. */
export const isInIncident = (userId: string): boolean => INVOLVED.has(userId);

/** The events of every incident, in no order. All lie in the seven days before `until`. */
export function* generateIncidents(seed: number, until: number, actors: readonly Actor[]): Generator<Occurrence> {
  const actor = (userId: string): Actor => {
    const found = actors.find((one) => one.userId === userId);
    if (!found) throw new Error(`no account ${userId} in the demo's organisation`);
    return found;
  };
  yield* guessPasswords(seed, until, actor(INCIDENTS.passwordGuessing.userId));
  yield* exportByNight(seed, until, actor(INCIDENTS.massExport.userId));
  yield* probe(seed, until, actor(INCIDENTS.probing.userId));
}

function guessPasswords(seed: number, until: number, actor: Actor): Occurrence[] {
  const { failures, reads, sourceIp } = INCIDENTS.passwordGuessing;
  const stranger = { ...actor, userAgent: 'python-requests/2.31' };
  const tell = teller({ name: 'password-guessing', seed, actor: stranger, sourceIp });
  const start = dayOf(until) - 2 * DAY_MS + 2 * HOUR_MS;
  return [
    ...tell({ count: failures, from: start, to: start + 40 * MINUTE_MS }, (random) =>
      login(stranger, random, 'FAILURE'),
    ),
    ...tell(
      { count: 1, from: start + 41 * MINUTE_MS, to: start + 42 * MINUTE_MS, sessionId: 'ses-guessed' },
      (random) => login(stranger, random),
    ),
    ...tell({ count: reads, from: start + 43 * MINUTE_MS, to: start + HOUR_MS, sessionId: 'ses-guessed' }, (random) =>
      deed(stranger, 'READ', random, pickResource(kindOf('EMPLOYEE_FILE'), random)),
    ),
  ];
}

function exportByNight(seed: number, until: number, actor: Actor): Occurrence[] {
  const { exports, denied } = INCIDENTS.massExport;
  const tell = teller({ name: 'mass-export', seed, actor });
  const start = localMidnight(dayOf(until) - 4 * DAY_MS, actor.home.timeZone) + 2 * HOUR_MS;
  const sessionId = 'ses-by-night';
  const take = (random: Random): Deed =>
    deed(actor, 'EXPORT', random, pickResource(random.pickWeighted(RESTRICTED), random));
  return [
    ...tell({ count: exports, from: start, to: start + 50 * MINUTE_MS, sessionId }, take),
    ...tell({ count: denied, from: start + 50 * MINUTE_MS, to: start + HOUR_MS, sessionId }, (random) =>
      failed('DENIED', take(random)),
    ),
  ];
}

function probe(seed: number, until: number, actor: Actor): Occurrence[] {
  const tell = teller({ name: 'probing', seed, actor });
  const start = dayOf(until) - 3 * DAY_MS + 4 * HOUR_MS;
  return tell({ count: INCIDENTS.probing.denied, from: start, to: start + 90 * MINUTE_MS }, (random) =>
    failed('DENIED', deed(actor, 'READ', random, pickResource(random.pickWeighted(RESTRICTED), random))),
  );
}

const RESTRICTED = RESOURCE_KINDS.filter(({ sensitivity }) => sensitivity === 'RESTRICTED');

function kindOf(type: string): ResourceKind {
  const found = RESOURCE_KINDS.find((kind) => kind.type === type);
  if (!found) throw new Error(`no resources of type ${type} in the demo`);
  return found;
}

const deed = (actor: Actor, action: string, random: Random, resource: Resource): Deed => ({
  eventType: 'DATA_ACCESS',
  action,
  outcome: 'SUCCESS',
  resource,
  metadata: metadataOf({ actor, action, resource }, random),
});

interface Episode {
  readonly count: number;
  readonly from: number;
  readonly to: number;
  readonly sessionId?: string;
}

/** Spreads so many deeds evenly over the time given, in order. */
function teller({ name, seed, actor, sourceIp }: { name: string; seed: number; actor: Actor; sourceIp?: string }) {
  const random = createRandom(seed, name);
  let told = 0;
  return ({ count, from, to, sessionId }: Episode, next: (random: Random) => Deed) =>
    Array.from({ length: count }, (_, index) =>
      occurrence(actor, next(random), random, {
        eventId: uuidOf(seed, name, from, told++),
        at: Math.floor(from + ((index + random.fraction()) / count) * (to - from)),
        sessionId: sessionId ? `${sessionId}-${dayOf(from) / DAY_MS}` : null,
        ...(sourceIp && { sourceIp }),
      }),
    );
}
