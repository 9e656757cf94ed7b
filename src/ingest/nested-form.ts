import { kindOf, RefusalError } from './refusal.ts';

/** The requirement writes names with underscores. */
const FLAT_NAMES: Readonly<Record<string, string>> = {
  event_id: 'eventId',
  event_type: 'eventType',
  user_id: 'userId',
  user_role: 'userRole',
  user_department: 'userDepartment',
  actor_kind: 'actorKind',
  resource_id: 'resourceId',
  resource_type: 'resourceType',
  source_ip: 'sourceIp',
  session_id: 'sessionId',
};

/** And, in its first example, who and what as objects. */
const NESTED_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  user: { id: 'userId', role: 'userRole', department: 'userDepartment' },
  action: { type: 'action', resource: 'resourceId', resource_type: 'resourceType', sensitivity: 'sensitivity' },
};

/**
 * The document with the names of AuditEventInput, whichever of the requirement's two forms it came in.
 * @throws RefusalError for a name that is none of `fields` in either form.
 */
export function flatten(document: unknown, fields: ReadonlySet<string>): Record<string, unknown> {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new RefusalError([], `The event is a ${kindOf(document)}; send an object`);
  }
  const given = document as Record<string, unknown>;
  if (isFlat(given, fields)) return given;
  const flat: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const nested = own(NESTED_NAMES, name);
    if (nested && isObject(value)) {
      for (const [inner, innerValue] of Object.entries(value)) {
        const target = own(nested, inner);
        if (!target) throw new RefusalError([name, inner], 'is no field of an event; put it into metadata');
        set(flat, target, innerValue, [name, inner]);
      }
      continue;
    }
    const target = own(FLAT_NAMES, name) ?? name;
    if (!fields.has(target)) throw new RefusalError([name], 'is no field of an event; put it into metadata');
    set(flat, target, value, [name]);
  }
  return flat;
}

function isFlat(given: Record<string, unknown>, fields: ReadonlySet<string>): boolean {
  for (const name of Object.keys(given)) if (!fields.has(name)) return false;
  return !isObject(given.action);
}

/** A producer's key may be `__proto__` or `constructor`, which every object has. */
const own = <T>(names: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(names, name) ? names[name] : undefined;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function set(flat: Record<string, unknown>, name: string, value: unknown, path: readonly string[]): void {
  if (Object.hasOwn(flat, name)) throw new RefusalError(path, `gives ${name} a second time; send it once`);
  // Not by assignment: a key `__proto__` would set the prototype and pass as absent.
  Object.defineProperty(flat, name, { value, enumerable: true, configurable: true, writable: true });
}
