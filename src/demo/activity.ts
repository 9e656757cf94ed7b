import type { AuditEventInput } from '../domain/audit-event.ts';
import { badInput } from '../domain/errors.ts';
import { generateIncidents, isInIncident } from './incidents.ts';
import type { Person, ServiceAccount } from './organisation.ts';
import { createOrganisation } from './organisation.ts';
import type { Random } from './random.ts';
import { createRandom, uuidOf } from './random.ts';
import type { Deed, Occurrence } from './work.ts';
import { deedOfPerson, deedOfService, failed, login, logout, occurrence } from './work.ts';
import { DAY_MS, dayOf, HOUR_MS, isWeekend, localMidnight, MINUTE_MS } from './working-hours.ts';

export interface MonthOptions {
  /** The same seed and `until` give the same events, ids included. */
  readonly seed: number;
  /** Milliseconds since 1970; every event lies before it. */
  readonly until: number;
  /** 7 to 31; the last seven hold the incidents. 30 when absent. */
  readonly days?: number;
}

/**
 * About 50,000 events of 52 people and 9 service accounts, oldest first: working hours of three time zones, nightly
 * batches, and the three INCIDENTS, whose counts never vary. What happens on a calendar day does not depend on `until`.
 * @throws AppError BAD_USER_INPUT when `days` is out of bounds.
 */
export function* generateMonth({ seed, until, days = 30 }: MonthOptions): Generator<AuditEventInput> {
  if (!Number.isInteger(days) || days < 7 || days > 31) {
    throw badInput(`days is ${days}; the demo covers 7 to 31 whole days`, ['days']);
  }
  const { people, services } = createOrganisation(seed);
  const from = until - days * DAY_MS;
  const told: { at: number; event: AuditEventInput }[] = [];
  const tell = (events: Iterable<Occurrence>): void => {
    for (const event of events) {
      const at = Date.parse(event.timestamp);
      if (at >= from && at < until) told.push({ at, event });
    }
  };

  // A day that is over in one zone has begun in another: one more on either side.
  for (let day = dayOf(from) - DAY_MS; day <= dayOf(until) + DAY_MS; day += DAY_MS) {
    for (const person of people) tell(dayOfPerson(seed, person, day));
    for (const account of services) tell(dayOfService(seed, account, day));
  }
  tell(generateIncidents(seed, until, [...people, ...services]));
  told.sort((a, b) => a.at - b.at);
  for (const { event } of told) yield event;
}

/** Failures of one account on one day: at most two, so that no month of them comes near an incident. */
const failuresOf = (userId: string, random: Random): number =>
  isInIncident(userId) ? 0 : random.pickWeighted(FAILURES_A_DAY).count;

const FAILURES_A_DAY = [
  { count: 0, weight: 35 },
  { count: 1, weight: 40 },
  { count: 2, weight: 25 },
];

function* dayOfPerson(seed: number, person: Person, day: number): Generator<Occurrence> {
  const random = createRandom(seed, person.userId, day);
  const weekend = isWeekend(day);
  if (random.chance(weekend ? 0.94 : 0.06)) return;

  let told = 0;
  const tell = (deed: Deed, at: number, sessionId: string): Occurrence =>
    occurrence(person, deed, random, { eventId: uuidOf(seed, person.userId, day, told++), at, sessionId });
  const amount = Math.max(2, Math.round(person.eventsPerDay * (weekend ? 0.2 : 0.6 + 0.8 * random.fraction())));
  const sessions = weekend || amount < 8 ? 1 : random.between(2, 3);
  let failures = failuresOf(person.userId, random);
  let start = localMidnight(day, person.home.timeZone) + 7.5 * HOUR_MS + 2 * HOUR_MS * random.fraction();

  for (let session = 1; session <= sessions; session++) {
    const sessionId = `ses-${random.hex()}`;
    const lengthMs = ((1 + random.fraction()) * 4 * HOUR_MS) / sessions;
    if (failures > 0 && random.chance(0.3)) {
      failures--;
      yield tell(login(person, random, 'FAILURE'), start - random.between(8, 40) * 1_000, sessionId);
    }
    yield tell(login(person, random), start, sessionId);
    for (const at of momentsOf(Math.ceil(amount / sessions), start + MINUTE_MS, start + lengthMs, random)) {
      const deed = deedOfPerson(person, random);
      const fails = failures > 0 && random.chance(0.2);
      if (fails) failures--;
      yield tell(fails ? failed(random.pick(['DENIED', 'DENIED', 'FAILURE']), deed) : deed, at, sessionId);
    }
    if (random.chance(0.7)) yield tell(logout(person, random), start + lengthMs + MINUTE_MS, sessionId);
    start += lengthMs + random.between(35, 75) * MINUTE_MS;
  }
}

function* dayOfService(seed: number, account: ServiceAccount, day: number): Generator<Occurrence> {
  if (account.does === 'DEPLOY' && isWeekend(day)) return;
  const random = createRandom(seed, account.userId, day);
  let told = 0;
  let failures = failuresOf(account.userId, random);
  for (const hour of account.runsAt) {
    const start = day + hour * HOUR_MS + 5_000 * random.fraction();
    const job = `job-${random.hex()}`;
    for (const at of momentsOf(account.eventsPerRun, start, start + 25 * MINUTE_MS, random)) {
      const deed = deedOfService(account, random);
      const fails = failures > 0 && random.chance(0.05);
      if (fails) failures--;
      const done = fails ? failed('FAILURE', deed) : deed;
      yield occurrence(account, { ...done, metadata: { ...done.metadata, job } }, random, {
        eventId: uuidOf(seed, account.userId, day, told++),
        at,
        sessionId: null,
      });
    }
  }
}

const momentsOf = (count: number, from: number, to: number, random: Random): number[] =>
  Array.from({ length: count }, () => Math.floor(from + (to - from) * random.fraction())).sort((a, b) => a - b);
