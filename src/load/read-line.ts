import { isUtf8 } from 'node:buffer';
import { LIMITS } from '../domain/audit-event.ts';
import { type Coordinates, ENVELOPE_VERSION } from '../domain/envelope.ts';
import { readRefused } from '../domain/ledger.ts';

/** The numbers of the lines that a record, or a chunk of records, holds. */
export interface LineRange {
  readonly node: string;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** What one line is, looked at by itself. */
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

export type Json = Record<string, unknown>;

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
 * warehouse's own reader refused. Of a record the numbers are known; of what landed as a file they are not (null).
 */
export function readLine(bytes: Buffer, range: LineRange | null): LineReading {
  const line = isUtf8(bytes) ? parse(bytes.toString()) : null;
  if (!line) return { phase: 'unreadable', seq: null, why: 'it is not one JSON object', ...remainsOf({}) };
  const seq = range ? seqOf(line, range) : (placeOf(line)?.seq ?? null);
  if (!Number.isInteger(line.v)) {
    return { phase: 'unreadable', seq, why: 'it has no envelope version', ...remainsOf(line) };
  }
  if (line.v !== ENVELOPE_VERSION) return { phase: 'unknown', seq, version: Number(line.v) };
  const why = faultOf(line) ?? (range ? null : landedFaultOf(line));
  if (why) return { phase: 'unreadable', seq, why, ...remainsOf(line) };
  if (seq === null) return { phase: 'unreadable', seq, why: outOfPlace(range), ...remainsOf(line) };
  return { phase: line.kind === 'EVENT' || line.kind === 'REJECTED' ? 'sound' : 'other', seq };
}

const NO_TIME = 'receivedAt is no time';
const outOfPlace = (range: LineRange | null): string =>
  range ? 'its number is not of this record' : 'it does not say its place in a log';

/** Where a line says it stands; null where it does not. */
function placeOf({ node, epoch, seq }: Json): Coordinates | null {
  if (typeof node !== 'string' || node === '' || !isWellFormed(node)) return null;
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(seq)) return null;
  const place = { node, epoch: Number(epoch), seq: Number(seq) };
  return place.epoch >= 1 && place.seq >= 1 ? place : null;
}

export interface Beginning extends Coordinates {
  /** Milliseconds since 1970; null where it says none. */
  readonly receivedAt: number | null;
}

/** What an unreadable line, or the beginning of one, still tells of its place; null where it does not. */
export function readBeginning(text: string): Beginning | null {
  const line = parse(text) ?? beginningOf(text);
  const place = line && placeOf(line);
  return place && { ...place, receivedAt: isTime(line.receivedAt) ? Date.parse(line.receivedAt) : null };
}

/** As `writeLine` writes it. */
const BEGINNING =
  /^\{"v":\d{1,9},"kind":"[A-Z]{1,20}","origin":"[A-Z]{1,20}",("node":"[\w.-]{1,64}","epoch":\d{1,15},"seq":\d{1,15},"receivedAt":"[\d.:TZ-]{24}")/;

function beginningOf(text: string): Json | null {
  const found = BEGINNING.exec(text);
  return found && parse(`{${found[1]}}`);
}

function seqOf({ node, epoch, seq }: Json, range: LineRange): number | null {
  if (node !== range.node || epoch !== range.epoch || typeof seq !== 'number' || !Number.isInteger(seq)) return null;
  return seq >= range.firstSeq && seq <= range.lastSeq ? seq : null;
}

function faultOf(line: Json): string | null {
  if (typeof line.kind !== 'string') return 'it has no kind';
  if (line.kind !== 'EVENT' && line.kind !== 'REJECTED') return null;
  if (typeof line.origin !== 'string') return 'origin is missing';
  if (!isTime(line.receivedAt)) return NO_TIME;
  if (typeof line.ingestedBy !== 'string') return 'ingestedBy is missing';
  if (!isTextOrNull(line.trace)) return 'trace is no text';
  if (!isWellFormed(line)) return 'it holds text that is not well-formed Unicode, or U+0000';
  return line.kind === 'EVENT' ? eventFault(line) : rejectionFault(line.rejection);
}

/** Of files more is read than their rows: when each line was received, and what ledgers say. */
function landedFaultOf(line: Json): string | null {
  if (!isTime(line.receivedAt)) return NO_TIME;
  return line.kind === 'LEDGER' && !readRefused(line.ledger) ? 'ledger is missing or says nothing' : null;
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

export function remainsOf(line: Json): Remains {
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

export function parse(text: string): Json | null {
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
