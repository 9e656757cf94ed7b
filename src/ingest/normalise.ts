import { activityTypeOf } from '../domain/activity-type.ts';
import { ACTOR_KINDS, GATEWAY_SOURCE, LIMITS, OUTCOMES, SENSITIVITIES } from '../domain/audit-event.ts';
import { applyMapping, type MappableEvent, type Mapping } from '../domain/mapping-file.ts';
import { textFault, UncanonicalError, writeCanonicalJson } from './canonical-json.ts';
import { parseEventTime } from './event-time.ts';
import { flatten } from './nested-form.ts';
import { kindOf, type Refusal, RefusalError } from './refusal.ts';

export interface NormaliseContext {
  readonly now: number;
  /** Fills in fields that the producer left out. What it fills in is not part of the content. */
  readonly mapping: Mapping | null;
  readonly defaultSource: string;
  readonly makeEventId: () => string;
  readonly pseudonymOf: (userId: string) => string;
  /** Sources this key may report for; null is any but `trailgate`. */
  readonly sources: readonly string[] | null;
  /** True for the gateway's own events. */
  readonly isGateway: boolean;
}

export interface Normalised {
  readonly eventId: string;
  /** The fields as the producer sent them, normalised: what (eventId, timestamp) is compared by. */
  readonly sent: string;
  /** The whole event as JSON text. */
  readonly json: string;
}

const REQUIRED = ['eventType', 'action', 'userId'] as const;
const TEXTS = [
  'eventId',
  'eventType',
  'action',
  'userId',
  'userRole',
  'userDepartment',
  'resourceId',
  'resourceType',
  'environment',
  'region',
  'source',
  'sourceIp',
  'sessionId',
] as const;
const ENUMS = { actorKind: ACTOR_KINDS, outcome: OUTCOMES, sensitivity: SENSITIVITIES } as const;
const FIELDS: ReadonlySet<string> = new Set([...TEXTS, ...Object.keys(ENUMS), 'timestamp', 'metadata']);
const FILLED = ['environment', 'userDepartment', 'sensitivity', 'sourceIp'] as const;
type Filled = Partial<Record<(typeof FILLED)[number], string>>;

/** Checks one document and writes it in the one form that everything behind accept knows. Never throws for bad input. */
export function normalise(document: unknown, context: NormaliseContext): Normalised | Refusal {
  try {
    return write(flatten(document), context);
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal;
    throw error;
  }
}

export const isRefusal = (result: Normalised | Refusal): result is Refusal => 'code' in result;

function write(document: Record<string, unknown>, context: NormaliseContext): Normalised {
  const sent = readSent(document, context.now);
  const metadata = readMetadata(document.metadata);
  const source = sent.source ?? context.defaultSource;
  checkSource(source, context);
  let text = '';
  for (const [name, value] of Object.entries(sent))
    text += `${text === '' ? '' : ','}"${name}":${JSON.stringify(value)}`;
  if (metadata !== null) text += `,"metadata":${metadata}`;

  const eventId = sent.eventId ?? context.makeEventId();
  const derived: Record<string, string> = {
    ...(sent.eventId === undefined && { eventId }),
    activityType: activityTypeOf(sent.eventType as string, sent.action as string),
    userPseudonym: context.pseudonymOf(sent.userId as string),
    ...fillIn(sent, document.metadata, context),
    ...(sent.actorKind === undefined && { actorKind: 'HUMAN' }),
    ...(sent.outcome === undefined && { outcome: 'UNKNOWN' }),
    ...(sent.source === undefined && { source }),
  };
  if (sent.sensitivity === undefined) derived.sensitivity ??= 'UNKNOWN';
  let rest = '';
  for (const [name, value] of Object.entries(derived)) rest += `,"${name}":${JSON.stringify(value)}`;
  const json = `{${text}${rest}}`;
  checkSize(json);
  return { eventId, sent: text, json };
}

/** The fields beside metadata that were given, in one order, as text. An empty text counts as absent. */
function readSent(document: Record<string, unknown>, now: number): Record<string, string | undefined> {
  for (const name of Object.keys(document)) {
    if (!FIELDS.has(name)) throw new RefusalError([name], 'is no field of an event; put it into metadata');
  }
  const sent: Record<string, string | undefined> = {};
  const time = document.timestamp;
  if (time === undefined || time === null) throw new RefusalError(['timestamp'], 'is missing: when did it happen?');
  const parsed = parseEventTime(time, now);
  if ('fault' in parsed) throw new RefusalError(['timestamp'], parsed.fault);
  sent.timestamp = new Date(parsed.at).toISOString();
  for (const name of TEXTS) {
    const value = document[name];
    if (value !== undefined && value !== null && value !== '') sent[name] = readText(name, value);
  }
  for (const name of REQUIRED) {
    if (sent[name] === undefined) throw new RefusalError([name], 'is missing; every event needs it');
  }
  for (const [name, words] of Object.entries(ENUMS)) {
    const value = document[name];
    if (value === undefined || value === null) continue;
    if (!(words as readonly unknown[]).includes(value)) {
      throw new RefusalError([name], `is none of ${words.join(', ')}`);
    }
    sent[name] = value as string;
  }
  return sent;
}

function readText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new RefusalError([name], `is a ${kindOf(value)}; send text`);
  if (value.length > LIMITS.maxFieldLength) {
    throw new RefusalError(
      [name],
      `has ${value.length} characters; the limit is ${LIMITS.maxFieldLength}: shorten it and put the whole into metadata`,
    );
  }
  const fault = textFault(value);
  if (fault) throw new RefusalError([name], fault);
  return value;
}

function readMetadata(metadata: unknown): string | null {
  if (metadata === undefined || metadata === null) return null;
  if (typeof metadata !== 'object' || Array.isArray(metadata)) {
    throw new RefusalError(['metadata'], `is a ${kindOf(metadata)}; send an object`);
  }
  try {
    return writeCanonicalJson(metadata);
  } catch (error) {
    if (error instanceof UncanonicalError) throw new RefusalError(['metadata', ...error.path], error.message);
    throw error;
  }
}

function fillIn(sent: Record<string, string | undefined>, metadata: unknown, { mapping }: NormaliseContext): Filled {
  const filled: Filled = {};
  const object = (metadata ?? {}) as Record<string, unknown>;
  const fromMapping: Filled = mapping ? applyMapping(mapping, { ...sent, metadata: object } as MappableEvent) : {};
  const fromMetadata = readWellKnown(object);
  for (const name of FILLED) {
    const value = fromMapping[name] ?? fromMetadata[name];
    if (sent[name] === undefined && value !== undefined) filled[name] = value;
  }
  return filled;
}

/** The requirement's own examples carry these two in metadata. */
function readWellKnown({ ip_address: ip, data_classification: classification }: Record<string, unknown>): Filled {
  const sensitivity = typeof classification === 'string' ? classification.toUpperCase() : '';
  return {
    ...(typeof ip === 'string' && ip !== '' && ip.length <= LIMITS.maxFieldLength && { sourceIp: ip }),
    ...((SENSITIVITIES as readonly string[]).includes(sensitivity) && { sensitivity }),
  };
}

function checkSource(source: string, { sources, isGateway }: NormaliseContext): void {
  if (source === GATEWAY_SOURCE && !isGateway) {
    throw new RefusalError(
      ['source'],
      `"${GATEWAY_SOURCE}" is reserved for what people do in the gateway itself`,
      'FORBIDDEN_SOURCE',
    );
  }
  if (sources && !isGateway && !sources.includes(source)) {
    throw new RefusalError(['source'], 'is not one that this key may report for', 'FORBIDDEN_SOURCE');
  }
}

function checkSize(json: string): void {
  if (json.length * 3 <= LIMITS.maxEventBytes) return;
  const bytes = Buffer.byteLength(json);
  if (bytes <= LIMITS.maxEventBytes) return;
  throw new RefusalError(
    [],
    `The event has ${bytes} bytes; the limit is ${LIMITS.maxEventBytes}: send less metadata`,
    'EVENT_TOO_LARGE',
  );
}
