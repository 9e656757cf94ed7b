import type { AuditEventInput, Outcome } from '../domain/audit-event.ts';
import { unreachable } from '../domain/errors.ts';
import type { Actor, Person, ServiceAccount, ServiceWork } from './organisation.ts';
import { ENVIRONMENTS, REGIONS } from './organisation.ts';
import type { Random } from './random.ts';
import type { Department, Resource, ResourceKind } from './resources.ts';
import { ACCESS_ROLE, APPLICATION, pickResource, REPORT, RESOURCE_KINDS, SERVICE_CONFIG } from './resources.ts';

/** What an actor does, before it is known when, in which session and under which id. */
export type Deed = Pick<AuditEventInput, 'eventType' | 'action' | 'metadata'> & {
  outcome: Outcome;
  resource: Resource;
};

/** An event of the demo. It is complete: no field is left to a default. */
export type Occurrence = AuditEventInput & { timestamp: string; outcome: Outcome };

/** Something that this person does at work. Never the export of a RESTRICTED resource: in the demo only an incident does that. */
export function deedOfPerson(person: Person, random: Random): Deed {
  const work = random.pickWeighted(WORK.filter(({ of }) => !of || of.includes(person.userDepartment)));
  const leaves = LEAVING.has(work.action);
  const resource = pickResource(work.on ?? random.pickWeighted(kindsFor(person.userDepartment, leaves)), random);
  return {
    eventType: work.eventType,
    action: work.action,
    outcome: 'SUCCESS',
    resource,
    metadata: metadataOf({ actor: person, action: work.action, resource }, random),
  };
}

/** One step of what a service account runs. */
export function deedOfService(account: ServiceAccount, random: Random): Deed {
  const [eventType, action, resource] = stepOf(account.does, random);
  const metadata = metadataOf({ actor: account, action, resource }, random);
  return { eventType, action, outcome: 'SUCCESS', resource, metadata };
}

export function login(actor: Actor, random: Random, outcome: Outcome = 'SUCCESS'): Deed {
  const metadata = {
    user_agent: actor.userAgent,
    access_method: 'WEB',
    request_id: requestId(random),
    mfa: outcome === 'SUCCESS',
    ...(outcome !== 'SUCCESS' && { reason: 'INVALID_PASSWORD' }),
  };
  return { eventType: 'LOGIN', action: 'LOGIN', outcome, resource: pickResource(APPLICATION, random), metadata };
}

export function logout(actor: Actor, random: Random): Deed {
  const metadata = { user_agent: actor.userAgent, access_method: 'WEB', request_id: requestId(random) };
  return {
    eventType: 'LOGOUT',
    action: 'LOGOUT',
    outcome: 'SUCCESS',
    resource: pickResource(APPLICATION, random),
    metadata,
  };
}

/** The same deed, refused or broken, with the reason. */
export function failed(outcome: 'DENIED' | 'FAILURE', deed: Deed): Deed {
  const reason = outcome === 'DENIED' ? 'MISSING_PERMISSION' : 'UPSTREAM_TIMEOUT';
  return { ...deed, outcome, metadata: { ...deed.metadata, reason } };
}

interface Circumstances {
  readonly eventId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly sessionId: string | null;
  /** Where the actor usually is not: a stranger's address. */
  readonly sourceIp?: string;
}

export function occurrence(actor: Actor, deed: Deed, random: Random, where: Circumstances): Occurrence {
  return {
    eventId: where.eventId,
    timestamp: new Date(where.at).toISOString(),
    eventType: deed.eventType,
    action: deed.action,
    userId: actor.userId,
    userRole: actor.userRole,
    userDepartment: actor.userDepartment,
    actorKind: actor.kind,
    resourceId: deed.resource.resourceId,
    resourceType: deed.resource.resourceType,
    outcome: deed.outcome,
    sensitivity: deed.resource.sensitivity,
    environment: environmentOf(actor, random),
    region: actor.kind === 'HUMAN' && random.chance(0.92) ? actor.home.region : random.pick(REGIONS).region,
    source: deed.resource.source,
    sourceIp: where.sourceIp ?? actor.sourceIp,
    sessionId: where.sessionId,
    metadata: deed.metadata ?? null,
  };
}

export function metadataOf(
  { actor, action, resource }: { actor: Actor; action: string; resource: Resource },
  random: Random,
): Record<string, unknown> {
  return {
    user_agent: actor.userAgent,
    access_method: actor.kind === 'SERVICE' ? 'API' : random.pick(['WEB', 'WEB', 'WEB', 'API', 'SQL']),
    data_classification: CLASSIFICATIONS[resource.sensitivity],
    request_id: requestId(random),
    ...(READING.has(action) && { rows: Math.ceil(2_000 * random.fraction() ** 6) }),
    ...(LEAVING.has(action) && { format: random.pick(['csv', 'xlsx', 'pdf']) }),
  };
}

interface Work {
  readonly eventType: string;
  readonly action: string;
  readonly weight: number;
  /** Whose work it is; everyone's where absent. */
  readonly of?: readonly Department[];
  /** What it is done to; something of the department's where absent. */
  readonly on?: ResourceKind;
}

const WORK: readonly Work[] = [
  { eventType: 'DATA_ACCESS', action: 'READ', weight: 46 },
  { eventType: 'DATA_ACCESS', action: 'QUERY', weight: 20 },
  { eventType: 'DATA_CHANGE', action: 'UPDATE', weight: 14 },
  { eventType: 'DATA_CHANGE', action: 'CREATE', weight: 6 },
  { eventType: 'DATA_CHANGE', action: 'DELETE', weight: 1 },
  { eventType: 'DATA_ACCESS', action: 'DOWNLOAD', weight: 2 },
  { eventType: 'DATA_ACCESS', action: 'EXPORT', weight: 1.5 },
  { eventType: 'DATA_ACCESS', action: 'SHARE', weight: 0.5 },
  { eventType: 'REPORT', action: 'GENERATE_REPORT', weight: 2, on: REPORT },
  { eventType: 'CONFIG_CHANGE', action: 'UPDATE', weight: 4, of: ['Engineering', 'Operations'], on: SERVICE_CONFIG },
  { eventType: 'PERMISSION_CHANGE', action: 'GRANT', weight: 3, of: ['Operations', 'Security'], on: ACCESS_ROLE },
  { eventType: 'PERMISSION_CHANGE', action: 'REVOKE', weight: 2, of: ['Operations', 'Security'], on: ACCESS_ROLE },
];

const READING = new Set(['READ', 'QUERY', 'EXPORT', 'DOWNLOAD']);
const LEAVING = new Set(['DOWNLOAD', 'EXPORT', 'SHARE']);

const CLASSIFICATIONS = {
  LOW: 'public',
  MEDIUM: 'internal',
  HIGH: 'confidential',
  RESTRICTED: 'secret',
  UNKNOWN: 'unclassified',
} as const;

const kindsFor = (department: Department, leaves: boolean): readonly ResourceKind[] =>
  RESOURCE_KINDS.filter(
    ({ departments, sensitivity }) =>
      (departments?.includes(department) ?? true) && !(leaves && sensitivity === 'RESTRICTED'),
  );

function stepOf(does: ServiceWork, random: Random): [eventType: string, action: string, resource: Resource] {
  const anything = (): Resource => pickResource(random.pickWeighted(RESOURCE_KINDS), random);
  switch (does) {
    case 'BACKUP':
      return ['BACKUP', 'READ', anything()];
    case 'DEPLOY':
      return ['DEPLOYMENT', 'UPDATE', pickResource(SERVICE_CONFIG, random)];
    case 'LOAD':
      return random.chance(0.6) ? ['DATA_ACCESS', 'QUERY', anything()] : ['DATA_CHANGE', 'CREATE', anything()];
    case 'READ':
      return ['DATA_ACCESS', 'READ', anything()];
    case 'REPORT':
      return ['REPORT', 'GENERATE_REPORT', pickResource(REPORT, random)];
    case 'UPDATE':
      return ['DATA_CHANGE', 'UPDATE', anything()];
    default:
      return unreachable(does);
  }
}

function environmentOf(actor: Actor, random: Random): string {
  const builds = actor.userDepartment === 'Engineering' || actor.userDepartment === 'Operations';
  return builds && random.chance(0.35) ? random.pick(ENVIRONMENTS) : ENVIRONMENTS[0];
}

const requestId = (random: Random): string => `req-${random.hex()}${random.hex()}`;
