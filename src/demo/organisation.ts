import { createRandom } from './random.ts';
import type { Department } from './resources.ts';

export type RegionName = 'ap-southeast-1' | 'eu-central-1' | 'us-east-1';

export interface Region {
  readonly region: RegionName;
  readonly timeZone: string;
}

export const REGIONS = [
  { region: 'eu-central-1', timeZone: 'Europe/Berlin' },
  { region: 'us-east-1', timeZone: 'America/New_York' },
  { region: 'ap-southeast-1', timeZone: 'Asia/Singapore' },
] as const satisfies readonly Region[];

export const ENVIRONMENTS = ['production', 'staging', 'development'] as const;

interface Account {
  readonly userId: string;
  readonly userRole: string;
  readonly userDepartment: Department;
  readonly home: Region;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly weight: number;
}

export interface Person extends Account {
  readonly kind: 'HUMAN';
  /** On a working day, on average. */
  readonly eventsPerDay: number;
}

/** An account that works by the clock. */
export interface ServiceAccount extends Account {
  readonly kind: 'SERVICE';
  /** Whole hours, UTC. */
  readonly runsAt: readonly number[];
  readonly eventsPerRun: number;
  readonly does: ServiceWork;
}

export type ServiceWork = 'BACKUP' | 'DEPLOY' | 'LOAD' | 'READ' | 'REPORT' | 'UPDATE';
export type Actor = Person | ServiceAccount;

/** The demo's people and service accounts, the same for the same seed; a few people make most of the activity. */
export function createOrganisation(seed: number): { people: readonly Person[]; services: readonly ServiceAccount[] } {
  const random = createRandom(seed, 'organisation');
  const ranks = Array.from({ length: PEOPLE }, (_, index) => ({ rank: index + 1, order: random.fraction() }));
  ranks.sort((a, b) => a.order - b.order);
  const total = ranks.reduce((sum, { rank }) => sum + share(rank), 0);

  const people = ranks.map(({ rank }, index): Person => {
    const { department, roles } = random.pickWeighted(TEAMS);
    const weight = share(rank) / total;
    return {
      kind: 'HUMAN',
      userId: `usr-${String(index + 1).padStart(4, '0')}`,
      userRole: random.pick(roles),
      userDepartment: department,
      home: random.pickWeighted(HOMES),
      sourceIp: `198.51.100.${10 + index}`,
      userAgent: random.pick(BROWSERS),
      weight,
      eventsPerDay: weight * HUMAN_EVENTS_PER_DAY,
    };
  });
  return { people, services: SERVICES };
}

const PEOPLE = 52;
const HUMAN_EVENTS_PER_DAY = 1_350;

/** Zipf: the second does about half of what the first does, the tenth an eighth. */
const share = (rank: number): number => rank ** -0.9;

const HOMES = [
  { ...REGIONS[0], weight: 5 },
  { ...REGIONS[1], weight: 3 },
  { ...REGIONS[2], weight: 2 },
];

const TEAMS: readonly { department: Department; weight: number; roles: readonly string[] }[] = [
  { department: 'Engineering', weight: 12, roles: ['developer', 'developer', 'team-lead', 'analyst'] },
  { department: 'Support', weight: 10, roles: ['agent', 'agent', 'team-lead'] },
  { department: 'Sales', weight: 9, roles: ['account-manager', 'account-manager', 'analyst'] },
  { department: 'Finance', weight: 6, roles: ['accountant', 'controller'] },
  { department: 'Operations', weight: 6, roles: ['operator', 'administrator'] },
  { department: 'HR', weight: 4, roles: ['people-partner', 'recruiter'] },
  { department: 'Legal', weight: 3, roles: ['counsel'] },
  { department: 'Security', weight: 2, roles: ['administrator', 'analyst'] },
];

const BROWSERS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Firefox/127.0',
];

const HOURLY = Array.from({ length: 24 }, (_, hour) => hour);

const SERVICES: readonly ServiceAccount[] = [
  service('svc-etl', 2, { does: 'LOAD', runsAt: HOURLY, eventsPerRun: 10, weight: 10 }),
  service('svc-monitor', 3, { does: 'READ', runsAt: HOURLY, eventsPerRun: 4, weight: 4 }),
  service('svc-mailer', 4, { does: 'READ', runsAt: HOURLY, eventsPerRun: 4, weight: 4 }),
  service('svc-index', 5, { does: 'READ', runsAt: [2], eventsPerRun: 90, weight: 3 }),
  service('svc-billing', 6, { does: 'UPDATE', runsAt: [3], eventsPerRun: 80, weight: 3 }),
  service('svc-backup', 7, { does: 'BACKUP', runsAt: [1], eventsPerRun: 60, weight: 2 }),
  service('svc-reporting', 8, { does: 'REPORT', runsAt: [5], eventsPerRun: 40, weight: 2 }),
  service('svc-deploy', 9, { does: 'DEPLOY', runsAt: [8, 11, 14], eventsPerRun: 4, weight: 1 }),
  service('svc-report-sync', 10, { does: 'REPORT', runsAt: [0, 6, 12, 18], eventsPerRun: 3, weight: 1 }),
];

function service(
  userId: string,
  host: number,
  work: Pick<ServiceAccount, 'does' | 'runsAt' | 'eventsPerRun' | 'weight'>,
): ServiceAccount {
  return {
    kind: 'SERVICE',
    userId,
    userRole: 'service',
    userDepartment: 'Operations',
    home: REGIONS[0],
    sourceIp: `192.0.2.${host}`,
    userAgent: `${userId}/2.4`,
    ...work,
  };
}
