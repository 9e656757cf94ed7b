import { isUtf8 } from 'node:buffer';
import { LIMITS } from '../domain/audit-event.ts';
import { ENVELOPE_VERSION } from '../domain/envelope.ts';

/** The numbers of the lines that a record, or a chunk of records, holds. */
export interface LineRange {
  readonly node: string;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** What one line of the log is, looked at by itself. */
export type LineReading =
  | { readonly phase: 'sound'; readonly seq: number }
  /** A kind that this version does not load. */
  | { readonly phase: 'other'; readonly seq: number }
  | { readonly phase: 'unknown'; readonly seq: number | null; readonly version: number }
  | Unreadable;

export interface Unreadable extends Remains {
  readonly phase: 'unreadable';
  /** Null where the line does not say which of its record's it is. */
  readonly seq: number | null;
  readonly why: string;
}

/** What could still be made out of an unreadable line. */
export interface Remains {
  readonly receivedAt: string | null;
  readonly ingestedBy: string | null;
  readonly eventId: string | null;
  readonly source: string | null;
  /** The event as a producer would send it, so that it can be replayed; null where there is none, or above 16 KiB. */
  readonly document: string | null;
}

type Json = Record<string, unknown>;

const REQUIRED_TEXTS = [
  'eventId',
  'eventType',
  'activityType',
  'action',
  'userId',
  'userPseudonym',
  'actorKind',
  'outcome',
  'sensitivity',
  'source',
];
const OPTIONAL_TEXTS = [
  'userRole',
  'userDepartment',
  'resourceId',
  'resourceType',
  'environment',
  'region',
  'sourceIp',
  'sessionId',
];
const UTC_MILLISECONDS = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/**
 * Stricter than the warehouse, so that a line found sound here never fails there. Slow: only for chunks that the
 * warehouse's own reader refused.
 */
export function readLine(bytes: Buffer, range: LineRange): LineReading {
  const line = isUtf8(bytes) ? parse(bytes.toString()) : null;
  if (!line) return { phase: 'unreadable', seq: null, why: 'it is not one JSON object', ...remainsOf({}) };
  const seq = seqOf(line, range);
  if (!Number.isInteger(line.v)) {
    return { phase: 'unreadable', seq, why: 'it has no envelope version', ...remainsOf(line) };
  }
  if (line.v !== ENVELOPE_VERSION) return { phase: 'unknown', seq, version: Number(line.v) };
  const why = faultOf(line);
  if (why) return { phase: 'unreadable', seq, why, ...remainsOf(line) };
  if (seq === null) return { phase: 'unreadable', seq, why: 'its number is not of this record', ...remainsOf(line) };
  return { phase: line.kind === 'EVENT' || line.kind === 'REJECTED' ? 'sound' : 'other', seq };
}

function seqOf({ node, epoch, seq }: Json, range: LineRange): number | null {
  if (node !== range.node || epoch !== range.epoch || typeof seq !== 'number' || !Number.isInteger(seq)) return null;
  return seq >= range.firstSeq && seq <= range.lastSeq ? seq : null;
}

function faultOf(line: Json): string | null {
  if (typeof line.kind !== 'string') return 'it has no kind';
  if (line.kind !== 'EVENT' && line.kind !== 'REJECTED') return null;
  if (typeof line.origin !== 'string') return 'origin is missing';
  if (!isTime(line.receivedAt)) return 'receivedAt is no time';
  if (typeof line.ingestedBy !== 'string') return 'ingestedBy is missing';
  if (!isTextOrNull(line.trace)) return 'trace is no text';
  if (!isWellFormed(line)) return 'it holds text that is not well-formed Unicode, or U+0000';
  return line.kind === 'EVENT' ? eventFault(line) : rejectionFault(line.rejection);
}

function eventFault({ event, sha256 }: Json): string | null {
  if (typeof sha256 !== 'string') return 'sha256 is missing';
  if (!isObject(event)) return 'event is missing';
  const missing = REQUIRED_TEXTS.find((name) => typeof event[name] !== 'string');
  if (missing) return `event.${missing} is missing or no text`;
  const odd = OPTIONAL_TEXTS.find((name) => !isTextOrNull(event[name]));
  if (odd) return `event.${odd} is no text`;
  return isTime(event.timestamp) ? null : 'event.timestamp is no time';
}

function rejectionFault(rejection: unknown): string | null {
  if (!isObject(rejection)) return 'rejection is missing';
  if (typeof rejection.code !== 'string' || typeof rejection.message !== 'string') return 'rejection has no code';
  const odd = ['eventId', 'source', 'document'].find((name) => !isTextOrNull(rejection[name]));
  return odd ? `rejection.${odd} is no text` : null;
}

function remainsOf(line: Json): Remains {
  const event = isObject(line.event) ? line.event : {};
  const { activityType, userPseudonym, ...sent } = event;
  const document = isObject(line.event) && isWellFormed(sent) ? JSON.stringify(sent) : null;
  return {
    receivedAt: isTime(line.receivedAt) ? line.receivedAt : null,
    ingestedBy: textOrNull(line.ingestedBy),
    eventId: textOrNull(event.eventId),
    source: textOrNull(event.source),
    document: document !== null && Buffer.byteLength(document) <= LIMITS.maxKeptDocumentBytes ? document : null,
  };
}

function parse(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTextOrNull = (value: unknown): boolean => value === undefined || value === null || typeof value === 'string';
const textOrNull = (value: unknown): string | null => (typeof value === 'string' && isWellFormed(value) ? value : null);

function isTime(value: unknown): value is string {
  if (typeof value !== 'string' || !UTC_MILLISECONDS.test(value)) return false;
  const at = Date.parse(value);
  // Date.parse takes days that do not exist.
  return !Number.isNaN(at) && new Date(at).toISOString() === value;
}

/** No lone surrogate and no U+0000 in any text or key: the warehouse refuses the one and stumbles over the other. */
function isWellFormed(value: unknown): boolean {
  // What stringify escapes is what was not well formed.
  return !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(JSON.stringify(value));
}
