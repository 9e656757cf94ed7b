import { hash } from 'node:crypto';
import { LIMITS } from '../domain/audit-event.ts';
import type { Caller } from '../domain/caller.ts';
import type { LineDraft, Origin, Rejection } from '../domain/envelope.ts';
import { badInput } from '../domain/errors.ts';
import type { Mapping } from '../domain/mapping-file.ts';
import type { Clock } from '../ports/clock.ts';
import type { Appender } from './appender.ts';
import { makeEventId } from './event-id.ts';
import { isRefusal, type NormaliseContext, normalise } from './normalise.ts';
import { printable, type Refusal } from './refusal.ts';

export interface IngestResult {
  readonly accepted: number;
  readonly rejected: number;
  /** One for each document, in order; null where it was refused. */
  readonly eventIds: readonly (string | null)[];
  readonly rejections: readonly IngestRejection[];
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

export interface IngestRejection extends Refusal {
  readonly index: number;
  readonly eventId: string | null;
  readonly retryable: boolean;
}

export interface AcceptDeps {
  readonly appender: Pick<Appender, 'append'>;
  readonly clock: Clock;
  readonly mapping: Mapping | null;
  readonly pseudonymOf: (userId: string) => string;
}

export interface AcceptOptions {
  /** False for a replay: what is refused again is known already. */
  readonly keepRefused?: boolean;
  /** For a document without one; a new one when absent. */
  readonly eventId?: string;
  /** The way in that the documents took: API unless said otherwise, never read from a document. */
  readonly origin?: Origin;
  /** Why the documents are refused in any case: whoever read them could make nothing of them. */
  readonly refusal?: Refusal;
}

/**
 * Parse, check, normalise, append: answers when everything is durable. A bad document never spoils its batch; it
 * becomes a REJECTED line, and from that a row of audit_events_errors.
 * @throws AppError BAD_USER_INPUT for too many documents; STREAM_UNAVAILABLE, retryable, when the log takes nothing.
 */
export const createAccept =
  ({ appender, clock, mapping, pseudonymOf }: AcceptDeps) =>
  async (
    caller: Caller,
    documents: readonly unknown[],
    trace: string | null = null,
    { keepRefused = true, eventId: givenId, origin = 'API', refusal }: AcceptOptions = {},
  ): Promise<IngestResult> => {
    if (documents.length > LIMITS.maxEventsPerRequest) {
      throw badInput(
        `${documents.length} events in one request; the limit is ${LIMITS.maxEventsPerRequest}. Send them in several.`,
        ['events'],
      );
    }
    const now = clock.now();
    const context: NormaliseContext = {
      now,
      mapping,
      defaultSource: caller.subject,
      makeEventId: () => givenId ?? makeEventId(now),
      pseudonymOf,
      sources: null,
      isGateway: false,
    };
    const drafts: LineDraft[] = [];
    const eventIds: (string | null)[] = [];
    const rejections: IngestRejection[] = [];
    documents.forEach((document, index) => {
      const result = refusal ?? normalise(document, context);
      if (isRefusal(result)) {
        const eventId = namedText(document, 'eventId') ?? namedText(document, 'event_id');
        rejections.push({ ...result, index, eventId, retryable: false });
        eventIds.push(null);
        if (keepRefused)
          drafts.push({
            orderKey: null,
            kind: 'REJECTED',
            origin,
            ingestedBy: caller.subject,
            trace,
            body: rejectionBody(result, document, eventId),
          });
        return;
      }
      eventIds.push(result.eventId);
      const body = `"sha256":"${hash('sha256', result.sent, 'hex')}","event":${result.json}`;
      drafts.push({ orderKey: result.userId, kind: 'EVENT', origin, ingestedBy: caller.subject, trace, body });
    });
    if (drafts.length === 0) return { accepted: 0, rejected: rejections.length, eventIds, rejections, receivedAt: now };
    const { receivedAt } = await appender.append(drafts);
    return {
      accepted: documents.length - rejections.length,
      rejected: rejections.length,
      eventIds,
      rejections,
      receivedAt,
    };
  };

export type Accept = ReturnType<typeof createAccept>;

function rejectionBody(refusal: Refusal, document: unknown, eventId: string | null): string {
  return `"rejection":${JSON.stringify({
    code: refusal.code,
    message: refusal.message,
    path: refusal.path,
    eventId,
    source: namedText(document, 'source'),
    document: keptDocument(document),
  } satisfies Rejection)}`;
}

/** A short text under this name, where the document is an object that has one; made printable. */
function namedText(document: unknown, name: string): string | null {
  if (typeof document !== 'object' || document === null || !Object.hasOwn(document, name)) return null;
  const value = (document as Record<string, unknown>)[name];
  if (typeof value !== 'string') return null;
  return printable(value, LIMITS.maxFieldLength);
}

/** The document's JSON for a replay; null where it is no object, is too long, or JSON cannot hold it again as it came. */
function keptDocument(document: unknown): string | null {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return null;
  let exact = true;
  try {
    const text = JSON.stringify(document, (_key, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) exact = false;
      return value;
    });
    return exact && Buffer.byteLength(text) <= LIMITS.maxKeptDocumentBytes ? text : null;
  } catch {
    // Nested too deep to be written.
    return null;
  }
}
