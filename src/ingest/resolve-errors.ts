import { LIMITS } from '../domain/audit-event.ts';
import type { Caller } from '../domain/caller.ts';
import { badInput, type ErrorCode } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Warehouse } from '../ports/warehouse.ts';
import type { Accept } from './accept.ts';
import { textFault } from './canonical-json.ts';

export interface ResolveInput {
  readonly errorIds: readonly string[];
  readonly resolution: 'REPLAY' | 'DISCARD';
  /** Why; kept with the error. */
  readonly reason: string;
}

export interface ResolveResult {
  readonly resolved: readonly string[];
  readonly rejections: readonly { readonly itemId: string; readonly code: ErrorCode; readonly message: string }[];
}

interface ErrorRow {
  readonly error_id: string;
  readonly code: string;
  readonly status: string;
  readonly document: string | null;
  readonly ingested_by: string | null;
}

/**
 * Replays or discards dead letters, item by item. A replay takes the kept document through accept again, in the name of
 * the key that sent it; its event is durable before the error is marked, and counts once however often that is repeated.
 */
export const createResolveIngestErrors =
  ({ warehouse, accept, clock }: { warehouse: Warehouse; accept: Accept; clock: Clock }) =>
  async (caller: Caller, { errorIds, resolution, reason }: ResolveInput): Promise<ResolveResult> => {
    const wanted = [...new Set(errorIds)];
    if (wanted.length > LIMITS.maxEventsPerRequest) {
      throw badInput(`${wanted.length} errors in one request; the limit is ${LIMITS.maxEventsPerRequest}.`, [
        'errorIds',
      ]);
    }
    if (reason.trim() === '') throw badInput('A reason is needed.', ['reason']);
    if (reason.length > LIMITS.maxFieldLength) {
      throw badInput(`The reason has ${reason.length} characters; the limit is ${LIMITS.maxFieldLength}.`, ['reason']);
    }
    const fault = textFault(reason);
    if (fault) throw badInput(`The reason ${fault}.`, ['reason']);
    const rows = await readErrors(warehouse, wanted);
    const resolved: string[] = [];
    const rejections: ResolveResult['rejections'][number][] = [];
    for (const errorId of wanted) {
      const row = rows.get(errorId);
      const fault = row ? faultOf(row, resolution) : NOT_FOUND;
      if (!row || fault) {
        rejections.push({ itemId: errorId, ...(fault ?? NOT_FOUND) });
        continue;
      }
      const refusal = resolution === 'REPLAY' ? await replay(accept, caller, row) : null;
      if (refusal)
        rejections.push({ itemId: errorId, code: 'BAD_USER_INPUT', message: `It is refused again: ${refusal}` });
      else resolved.push(errorId);
    }
    const status = resolution === 'REPLAY' ? 'REPLAYED' : 'DISCARDED';
    const marked = await mark(warehouse, resolved, { status, by: caller.subject, reason, at: clock.now() });
    for (const errorId of resolved.filter((id) => !marked.has(id))) {
      rejections.push({ itemId: errorId, code: 'CONFLICT', message: 'Somebody else has resolved it meanwhile.' });
    }
    return { resolved: [...marked], rejections };
  };

export type ResolveIngestErrors = ReturnType<typeof createResolveIngestErrors>;

const NOT_FOUND = { code: 'NOT_FOUND', message: 'There is no such ingest error.' } as const;

function faultOf(row: ErrorRow, resolution: ResolveInput['resolution']): { code: ErrorCode; message: string } | null {
  if (row.status !== 'NEW') return { code: 'CONFLICT', message: `It is ${row.status} already.` };
  if (resolution === 'DISCARD') return null;
  if (row.code === 'CONFLICT') {
    return {
      code: 'CONFLICT',
      message:
        'Another event holds this eventId and timestamp, so a replay would lose again. Send it under another eventId, or discard it.',
    };
  }
  if (row.document === null) {
    return { code: 'BAD_USER_INPUT', message: 'Its document was not kept, so it can only be discarded.' };
  }
  return null;
}

/** Null when it was accepted, else why not. */
async function replay(accept: Accept, caller: Caller, row: ErrorRow): Promise<string | null> {
  const sender: Caller = { ...caller, subject: row.ingested_by ?? caller.subject };
  const document: unknown = JSON.parse(row.document as string);
  // Named by its error where it has no id of its own: two replays at once, or one cut off half-way, are one event.
  const { rejections } = await accept(sender, [document], null, { keepRefused: false, eventId: row.error_id });
  return rejections[0]?.message ?? null;
}

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

async function readErrors(warehouse: Warehouse, errorIds: readonly string[]): Promise<ReadonlyMap<string, ErrorRow>> {
  if (errorIds.length === 0) return new Map();
  const rows = await warehouse.read({ timeoutMs: 10_000 }, (reader) =>
    reader.all<ErrorRow>({
      sql: `select error_id, code, status, document, ingested_by from audit_events_errors where error_id in (${marks(errorIds)})`,
      parameters: errorIds,
    }),
  );
  return new Map(rows.map((row) => [row.error_id, row]));
}

/** Only what is NEW is marked; answers which were. */
async function mark(
  warehouse: Warehouse,
  errorIds: readonly string[],
  { status, by, reason, at }: { status: string; by: string; reason: string; at: number },
): Promise<ReadonlySet<string>> {
  if (errorIds.length === 0) return new Set();
  return warehouse.write('violations', async (writer) => {
    const still = await writer.all<{ error_id: string }>({
      sql: `select error_id from audit_events_errors where status = 'NEW' and error_id in (${marks(errorIds)})`,
      parameters: errorIds,
    });
    const ids = still.map(({ error_id }) => error_id);
    if (ids.length > 0) {
      await writer.run({
        sql: `update audit_events_errors set status = ?, resolved_at = ?, resolved_by = ?, resolution_reason = ?
          where status = 'NEW' and error_id in (${marks(ids)})`,
        parameters: [status, new Date(at), by, reason, ...ids],
      });
    }
    return new Set(ids);
  });
}
