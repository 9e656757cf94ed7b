import type { AuditEventInput } from '../domain/audit-event.ts';
import { isInIncident } from './incidents.ts';
import type { Actor, Person } from './organisation.ts';
import { createOrganisation, REGIONS } from './organisation.ts';
import type { Random } from './random.ts';
import { createRandom, uuidOf } from './random.ts';
import type { Deed } from './work.ts';
import { deedOfPerson, deedOfService, failed, login, occurrence } from './work.ts';
import { HOUR_MS, isWorkingTime } from './working-hours.ts';

export interface Trickle {
  /** What has happened since the last call, oldest first, up to `now` (milliseconds since 1970). Call it every second or so. */
  next(now: number): AuditEventInput[];
}

/** Longest silence between two events, whatever the time of day. */
export const LONGEST_SILENCE_MS = 4_000;
/** After a longer pause (a laptop asleep) what was missed is left out. */
const LONGEST_CATCH_UP_MS = 60_000;

/**
 * The demo's organisation going on: one event a second at night, three in the busiest hours, from whoever is at work.
 * It never adds to the INCIDENTS. Ids come from the seed and the moment, so another run makes others.
 */
export function createTrickle({ seed }: { readonly seed: number }): Trickle {
  const { people, services } = createOrganisation(seed);
  let random: Random | undefined;
  let due = 0;
  let told = 0;

  const peopleAtWork = (at: number): Person[] => {
    const open = new Set(REGIONS.filter(({ timeZone }) => isWorkingTime(at, timeZone)).map(({ region }) => region));
    return people.filter(({ home }) => open.has(home.region));
  };
  const tell = (at: number, by: Random): AuditEventInput => {
    const atWork = peopleAtWork(at);
    const human = atWork.length > 0 && by.chance(0.3 + (0.6 * atWork.length) / people.length);
    const actor: Actor = by.pickWeighted<Actor>(human ? atWork : services);
    return occurrence(actor, outcomeOf(actor, deedOf(actor, by), by), by, {
      eventId: uuidOf(seed, 'trickle', at, told++),
      at,
      sessionId: human ? sessionOf(actor.userId, at) : null,
    });
  };
  const silenceMs = (at: number, by: Random): number => {
    const perSecond = 1.1 + (2.2 * peopleAtWork(at).length) / people.length;
    return Math.max(1, Math.min(LONGEST_SILENCE_MS, Math.round((-Math.log(1 - by.fraction()) / perSecond) * 1_000)));
  };

  return {
    next(now) {
      random ??= createRandom(seed, 'trickle', now);
      // A clock that was set back must not silence the trickle until it has caught up.
      if (due < now - LONGEST_CATCH_UP_MS || due > now + LONGEST_SILENCE_MS) due = now;
      const events: AuditEventInput[] = [];
      while (due <= now) {
        events.push(tell(due, random));
        due += silenceMs(due, random);
      }
      return events;
    },
  };
}

const deedOf = (actor: Actor, random: Random): Deed => {
  if (actor.kind === 'SERVICE') return deedOfService(actor, random);
  return random.chance(0.05) ? login(actor, random) : deedOfPerson(actor, random);
};

/** One in 200 fails: with thousands of events an hour, more would soon hide the incidents. */
function outcomeOf(actor: Actor, deed: Deed, random: Random): Deed {
  if (isInIncident(actor.userId) || !random.chance(0.005)) return deed;
  return failed(random.pick(['DENIED', 'FAILURE']), deed);
}

const sessionOf = (userId: string, at: number): string =>
  `ses-${uuidOf(userId, Math.floor(at / (4 * HOUR_MS))).slice(0, 8)}`;
