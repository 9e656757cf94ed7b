/**
 * What an organisation knows about its events and the records do not say: which account is production, whose it is,
 * which resources are sensitive. The same file serves the import command and the gateway's accept.
 */
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type AuditEventInput, LIMITS, SENSITIVITIES, type Sensitivity } from './audit-event.ts';
import { badInput } from './errors.ts';

/** What a mapping may fill in. */
export interface MappedFields {
  environment?: string;
  userDepartment?: string;
  sensitivity?: Sensitivity;
}

/** What a mapping looks at. */
export type MappableEvent = Pick<
  AuditEventInput,
  'environment' | 'userDepartment' | 'sensitivity' | 'resourceId' | 'metadata'
>;

export interface Mapping {
  /** Where in `metadata` the account stands, one key a step. */
  readonly accountPath: readonly string[];
  readonly accounts: ReadonlyMap<string, AccountFacts>;
  /** In the order of the file: the first that matches counts. */
  readonly resources: readonly ResourceRule[];
}

export interface AccountFacts {
  readonly environment?: string | undefined;
  readonly department?: string | undefined;
}

export interface ResourceRule {
  readonly matches: (resourceId: string) => boolean;
  readonly sensitivity: Sensitivity;
}

const DEFAULT_ACCOUNT_PATH = 'recipientAccountId';

const text = z.string().min(1, 'must not be empty').max(LIMITS.maxFieldLength);
const shape = z.strictObject({
  accountPath: z
    .string()
    .regex(/^[^.]+(\.[^.]+)*$/, 'must be keys joined by dots, for example userIdentity.accountId')
    .default(DEFAULT_ACCOUNT_PATH),
  accounts: z
    .record(
      z.string(),
      z
        .strictObject({ environment: text.optional(), department: text.optional() })
        .refine((facts) => facts.environment ?? facts.department, 'needs an environment or a department'),
    )
    .default({}),
  resources: z.array(z.strictObject({ pattern: text, sensitivity: z.enum(SENSITIVITIES) })).default([]),
});

/**
 * Reads a mapping file (YAML, so JSON too). Every value is taken as text, so that an account number needs no quotes
 * to keep its leading zero.
 * @throws AppError BAD_USER_INPUT with the line and the key that is wrong; `name` is how the message calls the file.
 */
export function parseMapping(yaml: string, name = 'mapping file'): Mapping {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { schema: 'failsafe', lineCounter: lines });
  const [broken] = document.errors;
  if (broken) throw badInput(`${name}: not readable as YAML: ${broken.message.trimEnd()}`);
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === '')) {
    throw badInput(`${name}: is empty; it needs \`accounts\`, \`resources\` or both`);
  }
  if (!isMap(document.contents)) throw badInput(`${name}: must hold the keys \`accounts\` and \`resources\``);

  const parsed = shape.safeParse(document.toJS());
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => {
      const node: unknown = document.getIn(path, true);
      const offset = hasRange(node) ? node.range[0] : 0;
      return `line ${lines.linePos(offset).line}: ${path.map(String).join('.') || 'the file'}: ${message}`;
    });
    throw badInput([`${name}: cannot be used`, ...faults].join('\n  '));
  }
  const { accountPath, accounts, resources } = parsed.data;
  return {
    accountPath: accountPath.split('.'),
    accounts: new Map(Object.entries(accounts)),
    resources: resources.map(({ pattern, sensitivity }) => ({ matches: compilePattern(pattern), sensitivity })),
  };
}

/**
 * The fields that the mapping knows and the event lacks (absent or null); it never changes one that the producer sent.
 * The account is the text or number at `accountPath` of the event's metadata, `recipientAccountId` when the file names
 * no path: an event keeps its account nowhere else. The resource is `resourceId`; upper and lower case differ.
 */
export function applyMapping(mapping: Mapping, event: MappableEvent): MappedFields {
  const fields: MappedFields = {};
  const facts = isAbsent(event.environment) || isAbsent(event.userDepartment) ? factsOf(mapping, event) : undefined;
  if (facts?.environment !== undefined && isAbsent(event.environment)) fields.environment = facts.environment;
  if (facts?.department !== undefined && isAbsent(event.userDepartment)) fields.userDepartment = facts.department;

  const { resourceId } = event;
  if (typeof resourceId !== 'string' || !isAbsent(event.sensitivity)) return fields;
  const rule = mapping.resources.find(({ matches }) => matches(resourceId));
  if (rule) fields.sensitivity = rule.sensitivity;
  return fields;
}

function factsOf({ accounts, accountPath }: Mapping, { metadata }: MappableEvent): AccountFacts | undefined {
  if (accounts.size === 0) return undefined;
  let value: unknown = metadata;
  for (const key of accountPath) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' || typeof value === 'number' ? accounts.get(String(value)) : undefined;
}

/** `*` stands for any text, also none; everything else for itself. Linear in the length of the id: no backtracking. */
function compilePattern(pattern: string): (id: string) => boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return (id) => id === pattern;
  const middle = rest.filter((part) => part !== '');
  return (id) => {
    if (id.length < head.length + tail.length || !id.startsWith(head) || !id.endsWith(tail)) return false;
    const end = id.length - tail.length;
    let from = head.length;
    for (const part of middle) {
      const at = id.indexOf(part, from);
      if (at === -1 || at + part.length > end) return false;
      from = at + part.length;
    }
    return true;
  };
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

const hasRange = (node: unknown): node is { range: readonly number[] & { 0: number } } =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
