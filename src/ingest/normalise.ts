import { activityTypeOf } from '../domain/activity-type.ts';
import { ACTOR_KINDS, GATEWAY_SOURCE, LIMITS, OUTCOMES, SENSITIVITIES } from '../domain/audit-event.ts';
import { applyMapping, type MappableEvent, type Mapping } from '../domain/mapping-file.ts';
import { isPlainText, textFault, UncanonicalError, writeCanonicalJson } from './canonical-json.ts';
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
  readonly userId: string;
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
const ENUMS = [
  ['actorKind', ACTOR_KINDS],
  ['outcome', OUTCOMES],
  ['sensitivity', SENSITIVITIES],
] as const;
const FIELDS: ReadonlySet<string> = new Set([...TEXTS, ...ENUMS.map(([name]) => name), 'timestamp', 'metadata']);
const FILLED = ['environment', 'userDepartment', 'sensitivity', 'sourceIp'] as const;
type Filled = Partial<Record<(typeof FILLED)[number], string>>;

/**
 * Checks one document and writes it in the one form that everything behind accept knows. Never throws for bad input.
 * Text is put together as it is checked: objects in between would cost more than the checks.
 */
export function normalise(document: unknown, context: NormaliseContext): Normalised | Refusal {
  try {
    return write(flatten(document, FIELDS), context);
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal;
    throw error;
  }
}

export const isRefusal = (result: Normalised | Refusal): result is Refusal => 'code' in result;

function write(document: Record<string, unknown>, context: NormaliseContext): Normalised {
  const sent = writeSent(document, context.now);
  const metadata = readMetadata(document.metadata);
  const content = metadata === null ? sent : `${sent},"metadata":${metadata}`;
  const source = givenText(document.source) ?? context.defaultSource;
  checkSource(source, context);
  const eventId = givenText(document.eventId) ?? context.makeEventId();
  // Checked above: these are there, and are text.
  const [eventType, action, userId] = [document.eventType, document.action, document.userId] as [
    string,
    string,
    string,
  ];
  let json = `{${content},"activityType":"${activityTypeOf(eventType, action)}","userPseudonym":"${context.pseudonymOf(userId)}"`;
  if (!isGiven(document.eventId)) json += `,"eventId":${JSON.stringify(eventId)}`;
  if (!isGiven(document.actorKind)) json += ',"actorKind":"HUMAN"';
  if (!isGiven(document.outcome)) json += ',"outcome":"UNKNOWN"';
  if (!isGiven(document.source)) json += `,"source":${JSON.stringify(source)}`;
  json += `${writeFilled(document, context)}}`;
  checkSize(json);
  return { eventId, userId, sent: content, json };
}

/** An empty text counts as absent. */
const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';
const givenText = (value: unknown): string | undefined => (isGiven(value) ? (value as string) : undefined);

/** The fields beside metadata that were given, in one order, as JSON text. */
function writeSent(document: Record<string, unknown>, now: number): string {
  if (!isGiven(document.timestamp)) throw new RefusalError(['timestamp'], 'is missing; say when it happened');
  const time = parseEventTime(document.timestamp, now);
  if ('fault' in time) throw new RefusalError(['timestamp'], time.fault);
  let text = `"timestamp":"${time.text}"`;
  for (const name of TEXTS) {
    const value = document[name];
    if (isGiven(value)) text += `,"${name}":${writeFieldText(name, value)}`;
  }
  for (const name of REQUIRED) {
    if (!isGiven(document[name])) throw new RefusalError([name], 'is missing; every event needs it');
  }
  for (const [name, words] of ENUMS) {
    const value = document[name];
    if (!isGiven(value)) continue;
    if (!(words as readonly unknown[]).includes(value)) {
      throw new RefusalError([name], `is none of ${words.join(', ')}`);
    }
    text += `,"${name}":"${value}"`;
  }
  return text;
}

function writeFieldText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new RefusalError([name], `is a ${kindOf(value)}; send text`);
  if (value.length > LIMITS.maxFieldLength) {
    throw new RefusalError(
      [name],
      `has ${value.length} characters; the limit is ${LIMITS.maxFieldLength}: shorten it and put the whole into metadata`,
    );
  }
  if (isPlainText(value)) return `"${value}"`;
  const fault = textFault(value);
  if (fault) throw new RefusalError([name], fault);
  return JSON.stringify(value);
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

/** What the mapping file, or metadata, says of fields that the producer left out, and the sensitivity in any case. */
function writeFilled(document: Record<string, unknown>, { mapping }: NormaliseContext): string {
  const metadata = (document.metadata ?? {}) as Record<string, unknown>;
  const fromMapping: Filled = mapping ? applyMapping(mapping, { ...document, metadata } as MappableEvent) : {};
  const fromMetadata = readWellKnown(metadata);
  let text = '';
  for (const name of FILLED) {
    if (isGiven(document[name])) continue;
    const value = fromMapping[name] ?? fromMetadata[name] ?? (name === 'sensitivity' ? 'UNKNOWN' : undefined);
    if (value !== undefined) text += `,"${name}":${JSON.stringify(value)}`;
  }
  return text;
}

/** The requirement's own examples carry these two in metadata. */
function readWellKnown({ ip_address: ip, data_classification: classification }: Record<string, unknown>): Filled {
  const found: Filled = {};
  if (typeof ip === 'string' && ip !== '' && ip.length <= LIMITS.maxFieldLength) found.sourceIp = ip;
  if (typeof classification !== 'string') return found;
  const sensitivity = classification.toUpperCase();
  if ((SENSITIVITIES as readonly string[]).includes(sensitivity)) found.sensitivity = sensitivity;
  return found;
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
