import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

/** What an offset moves out of these years has no RFC 3339 in UTC. */
const FIRST_MOMENT = Date.parse('0000-01-01T00:00:00Z');
const LAST_MOMENT = Date.parse('9999-12-31T23:59:59.999Z');

/** Milliseconds since 1970 on our side, RFC 3339 in UTC on the caller's. */
export const DateTime = new GraphQLScalarType<number, string>({
  name: 'DateTime',
  description: 'A moment, RFC 3339, kept to the millisecond; answers are in UTC, for example 2024-03-20T14:30:00.000Z.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => new Date(value as number).toISOString(),
  parseValue: parseMoment,
  parseLiteral: (node) => parseMoment(textOf(node)),
});

function parseMoment(value: unknown): number {
  if (typeof value !== 'string' || !RFC_3339.test(value)) {
    throw new GraphQLError(
      `DateTime must be RFC 3339 with a zone, for example 2024-03-20T14:30:00Z; got ${shown(value)}.`,
    );
  }
  const [day, time] = [value.slice(0, 10), value.slice(11, 19)];
  const at = Date.parse(value.toUpperCase().replace(/(\.\d{3})\d+/, '$1'));
  const exists = new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) && time < '24:00:00';
  const answerable = at >= FIRST_MOMENT && at <= LAST_MOMENT;
  if (Number.isNaN(at) || !exists || !answerable) throw new GraphQLError(`DateTime ${shown(value)} does not exist.`);
  return at;
}

export const SafeInt = new GraphQLScalarType<number, number>({
  name: 'SafeInt',
  description: 'Whole number up to 2^53 - 1, a JSON number: counts outgrow Int.',
  serialize: (value) => checkSafe(Number(value)),
  parseValue: (value) => checkSafe(value),
  parseLiteral: (node) => checkSafe(node.kind === Kind.INT ? Number(node.value) : Number.NaN),
});

function checkSafe(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new GraphQLError(`SafeInt must be a whole number within 2^53 - 1; got ${shown(value)}.`);
  }
  return value;
}

/** JSON text on our side, an object on the caller's. */
export const JSONObject = new GraphQLScalarType<unknown, unknown>({
  name: 'JSONObject',
  description: 'A JSON object.',
  serialize: (value) => (typeof value === 'string' ? JSON.parse(value) : value),
  parseValue: (value) => checkObject(value),
  parseLiteral: (node, variables) => checkObject(plainValue(node, variables)),
});

function checkObject(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GraphQLError(`JSONObject must be an object; got ${shown(value)}.`);
  }
  return value;
}

/** Boxed: type-graphql walks into an argument that is a list, and a list deep enough overflows its stack. */
export interface SentDocument {
  readonly document: unknown;
}

/** Whatever came is let through: ingest checks each document by itself, so that a bad one never fails its batch. */
export const AuditEventDocument = new GraphQLScalarType<SentDocument, unknown>({
  name: 'AuditEventDocument',
  description:
    'One event: a JSON object with the fields of AuditEventInput. Each is read and checked on its own, so that a bad one never fails its batch.',
  serialize: (value) => value,
  parseValue: (document) => ({ document }),
  parseLiteral: (node, variables) => ({ document: plainValue(node, variables) }),
});

/** The JSON value of a literal; keys are set as own properties, `__proto__` too. */
function plainValue(node: ValueNode, variables?: Record<string, unknown> | null): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map((value) => plainValue(value, variables));
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, plainValue(value, variables)]));
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    default:
      return node.value;
  }
}

function textOf(node: ValueNode): string {
  if (node.kind === Kind.STRING) return node.value;
  throw new GraphQLError('DateTime must be text.');
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 60) ?? typeof value;
