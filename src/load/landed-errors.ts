import { createHash } from 'node:crypto';
import { LIMITS } from '../domain/audit-event.ts';
import { inParts } from '../domain/in-parts.ts';
import { countNumbers, type NumberRange } from '../domain/number-ranges.ts';
import type { UnreadableLandedLine } from '../ports/landing.ts';
import type { SqlValue, Writer } from '../ports/warehouse.ts';
import type { LateLine } from './known-lines.ts';
import { parse, readBeginning, remainsOf } from './read-line.ts';
import type { GappedNode, LostNode } from './watermark.ts';

/** A row of audit_events_errors that a load of files adds. */
export interface LandedError {
  readonly id: string;
  readonly occurredAt: number;
  readonly code: 'UNREADABLE_LINE' | 'LATE_LINE' | 'NODE_LOST' | 'LINES_MISSING';
  readonly message: string;
  readonly eventId: string | null;
  readonly source: string | null;
  readonly ingestedBy: string | null;
  readonly document: string | null;
  readonly node: string;
  readonly epoch: number;
  readonly seq: number;
}

/** Rows of one statement. */
const MOST_ROWS = 100;

/** Rows that are there stay as they are: whoever resolved one would have to do it again. */
export async function writeErrors(writer: Writer, errors: readonly LandedError[]): Promise<void> {
  const distinct = [...new Map(errors.map((error) => [error.id, error])).values()];
  for (const part of inParts(distinct, MOST_ROWS)) {
    const there = await writer.all<{ error_id: string }>({
      sql: `select error_id from audit_events_errors where error_id in (${part.map(() => '?').join(', ')})`,
      parameters: part.map(({ id }) => id),
    });
    const known = new Set(there.map(({ error_id }) => error_id));
    const added = part.filter(({ id }) => !known.has(id)).map(rowOf);
    if (added.length === 0) continue;
    await writer.run({
      sql: `insert into audit_events_errors (error_id, occurred_at, stage, code, message, event_id, source, ingested_by,
          document, status, ingest_node, ingest_epoch, ingest_seq)
        values ${added.map(() => "(?, ?, 'LOAD', ?, ?, ?, ?, ?, ?, 'NEW', ?, ?, ?)").join(', ')}`,
      parameters: added.flat(),
    });
  }
}

const rowOf = (error: LandedError): SqlValue[] => [
  error.id,
  new Date(error.occurredAt),
  error.code,
  error.message,
  error.eventId,
  error.source,
  error.ingestedBy,
  error.document,
  error.node,
  error.epoch,
  error.seq,
];

export function unreadableError({ file, row, why, text }: UnreadableLandedLine, now: number): LandedError {
  const place = readBeginning(text);
  const { eventId, source, ingestedBy, document } = remainsOf(parse(text) ?? {});
  return {
    id: idOf(file, row),
    occurredAt: place?.receivedAt ?? now,
    code: 'UNREADABLE_LINE',
    message: `Row ${row} of ${file} cannot be read: ${why}.`,
    eventId,
    source,
    ingestedBy,
    document,
    ...placeOr(place),
  };
}

export function lateError({ node, epoch, seq, receivedAt, ingestedBy, event }: LateLine): LandedError {
  const { eventId = null, source = null, ...rest } = event === null ? {} : sentFields(event);
  const document = event === null ? null : JSON.stringify({ eventId, source, ...rest });
  return {
    id: idOf(node, epoch, seq),
    occurredAt: receivedAt,
    code: 'LATE_LINE',
    message:
      `Line ${seq} of ${node} (epoch ${epoch}) came after it had been given up: its sender had been told that it was not ` +
      'taken, or an unreadable line bore its number. Answers that were given without it stay as they are. Replay it ' +
      'unless its sender has sent it again; a second copy counts once.',
    eventId: textOrNull(eventId),
    source: textOrNull(source),
    ingestedBy,
    document: document !== null && Buffer.byteLength(document) <= LIMITS.maxKeptDocumentBytes ? document : null,
    node,
    epoch,
    seq,
  };
}

export function lostError({ node, epoch, newestAt, lastSeq, open }: LostNode): LandedError {
  const missing =
    open.length === 0
      ? 'None up to it is missing'
      : `${countNumbers(open)} numbers up to it are missing: ${inWords(open)}`;
  return ofNode({
    id: idOf('NODE_LOST', node, epoch, lastSeq),
    occurredAt: newestAt,
    code: 'NODE_LOST',
    message:
      `${node} (epoch ${epoch}) has said nothing since ${new Date(newestAt).toISOString()}, its line ${lastSeq}, and did ` +
      `not close. ${missing}; whether it took lines after it is not known. Files that come later are loaded all the ` +
      'same; who copies by the time of receipt may have gone by their events.',
    node,
    epoch,
    seq: lastSeq,
  });
}

/** Told once for each first gap. */
export function gappedError({ node, epoch, newestAt, heldAt, open }: GappedNode): LandedError {
  const seq = open[0]?.first ?? 0;
  const behind = heldAt > Number.NEGATIVE_INFINITY ? `behind ${new Date(heldAt).toISOString()}` : 'its first lines';
  return ofNode({
    id: idOf('LINES_MISSING', node, epoch, seq),
    occurredAt: heldAt > Number.NEGATIVE_INFINITY ? heldAt : newestAt,
    code: 'LINES_MISSING',
    message:
      `${countNumbers(open)} numbers of ${node} (epoch ${epoch}) have not come (${behind}): ${inWords(open)}. Later ones ` +
      'have, by more than 20 minutes. Answers are as of the moment before them until they come, or that node is stopped, ' +
      'or a day has passed. Look for objects that were not delivered, or were removed, and for unreadable lines. If they ' +
      'are lost for good, start that node anew.',
    node,
    epoch,
    seq,
  });
}

const ofNode = (error: Omit<LandedError, 'eventId' | 'source' | 'ingestedBy' | 'document'>): LandedError => ({
  eventId: null,
  source: null,
  ingestedBy: null,
  document: null,
  ...error,
});

const MOST_RANGES_NAMED = 20;

function inWords(ranges: readonly NumberRange[]): string {
  const named = ranges
    .slice(0, MOST_RANGES_NAMED)
    .map(({ first, last }) => (first === last ? `${first}` : `${first} to ${last}`));
  return `${named.join(', ')}${ranges.length > MOST_RANGES_NAMED ? ' and others' : ''}`;
}

/** The event as a producer would send it, from an engine's own JSON of it. */
function sentFields(event: string): Record<string, unknown> {
  const { activityType, userPseudonym, timestamp, ...sent } = parse(event) ?? {};
  const given = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== null));
  return { ...given, timestamp: isoTime(timestamp) };
}

/** DuckDB writes a time with a space and without a zone; it is UTC. */
const isoTime = (time: unknown): unknown =>
  typeof time === 'string' && !time.endsWith('Z') ? new Date(`${time.replace(' ', 'T')}Z`).toISOString() : time;

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const placeOr = (place: { node: string; epoch: number; seq: number } | null) => ({
  node: place?.node ?? '',
  epoch: place?.epoch ?? 0,
  seq: place?.seq ?? 0,
});

const idOf = (...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(parts.join('|')).digest('hex').slice(0, 32);
