import type { Sensitivity } from '../domain/audit-event.ts';
import type { Random } from './random.ts';

export type Department = 'Engineering' | 'Finance' | 'HR' | 'Legal' | 'Operations' | 'Sales' | 'Security' | 'Support';

export interface Resource {
  readonly resourceId: string;
  readonly resourceType: string;
  readonly sensitivity: Sensitivity;
  /** The system that holds it and reports what is done to it. */
  readonly source: string;
}

export interface ResourceKind {
  readonly type: string;
  /** `<source>/<noun>/<number>` is the id. */
  readonly noun: string;
  readonly source: string;
  readonly sensitivity: Sensitivity;
  readonly count: number;
  readonly weight: number;
  /** Who works with it; everyone where absent. */
  readonly departments?: readonly Department[];
}

export const RESOURCE_KINDS: readonly ResourceKind[] = [
  kind('CUSTOMER_RECORD', 'crm/customer', 'HIGH', 2_400, 9, ['Sales', 'Support']),
  kind('OPPORTUNITY', 'crm/opportunity', 'MEDIUM', 600, 5, ['Sales']),
  kind('TICKET', 'helpdesk/ticket', 'LOW', 5_000, 9, ['Support', 'Engineering']),
  kind('INVOICE', 'erp/invoice', 'MEDIUM', 3_000, 7, ['Finance', 'Sales']),
  kind('LEDGER', 'erp/ledger', 'RESTRICTED', 48, 3, ['Finance']),
  kind('PAYROLL', 'people/payroll', 'RESTRICTED', 120, 2, ['HR', 'Finance']),
  kind('EMPLOYEE_FILE', 'people/employee', 'HIGH', 240, 6, ['HR']),
  kind('CONTRACT', 'files/contract', 'HIGH', 500, 5, ['Legal', 'Sales']),
  kind('CASE_FILE', 'files/case', 'RESTRICTED', 90, 4, ['Legal']),
  kind('REPOSITORY', 'code/repository', 'MEDIUM', 80, 8, ['Engineering', 'Security']),
  kind('TABLE', 'warehouse/table', 'HIGH', 150, 5, ['Engineering', 'Finance', 'Operations']),
  kind('SECRET', 'vault/secret', 'RESTRICTED', 200, 2, ['Security', 'Operations']),
  kind('HOST', 'fleet/host', 'MEDIUM', 64, 7, ['Operations', 'Security']),
  kind('DASHBOARD', 'warehouse/dashboard', 'LOW', 60, 3),
  kind('PAGE', 'wiki/page', 'LOW', 900, 3),
];

export const APPLICATION = kind('APPLICATION', 'identity/application', 'LOW', 12, 1);
export const ACCESS_ROLE = kind('ACCESS_ROLE', 'identity/role', 'HIGH', 30, 1);
export const SERVICE_CONFIG = kind('SERVICE_CONFIG', 'fleet/config', 'MEDIUM', 70, 1);
export const REPORT = kind('REPORT', 'warehouse/report', 'MEDIUM', 40, 1);

/** One of its kind: few are used often, most hardly ever. */
export function pickResource(of: ResourceKind, random: Random): Resource {
  const number = 1 + Math.floor(of.count * random.fraction() ** 3);
  return {
    resourceId: `${of.source}/${of.noun}/${String(number).padStart(5, '0')}`,
    resourceType: of.type,
    sensitivity: of.sensitivity,
    source: of.source,
  };
}

function kind(
  type: string,
  prefix: `${string}/${string}`,
  sensitivity: Sensitivity,
  count: number,
  weight: number,
  departments?: readonly Department[],
): ResourceKind {
  const [source = '', noun = ''] = prefix.split('/');
  return { type, noun, source, sensitivity, count, weight, ...(departments && { departments }) };
}
