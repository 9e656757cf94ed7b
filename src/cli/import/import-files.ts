import type { AuditEventInput } from '../../domain/audit-event.ts';
import { applyMapping, type Mapping } from '../../domain/mapping-file.ts';
import { type Mapper, MappingError } from '../mappers/mapper.ts';
import { Batcher, MAX_BATCH_BYTES, type Origin, type PreparedEvent, prepare, type SendBatch } from './batch.ts';
import { readDocuments } from './documents.ts';
import { findSourceFiles } from './source-files.ts';

/** A record that did not become an event of the gateway, and why. */
export interface Refusal extends Origin {
  /** The gateway's code, or UNREADABLE_FILE, INVALID_JSON, INVALID_RECORD from here. */
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[];
  readonly eventId: string | null;
}

export interface ImportProgress {
  readonly files: number;
  readonly totalFiles: number;
  /** Of the files as they lie on disk. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Records read, broken lines and files included: accepted and refused add up to it in the end. */
  readonly records: number;
  readonly accepted: number;
  readonly refused: number;
}

export interface ImportResult extends ImportProgress {
  readonly ignoredFiles: number;
  /** Why the import ended before all was sent; null when it did not. */
  readonly stoppedBy: Error | null;
}

export interface ImportOptions {
  readonly mapper: Mapper;
  readonly paths: readonly string[];
  readonly send: SendBatch;
  readonly mapping?: Mapping | undefined;
  /** Events in one request. */
  readonly batchEvents: number;
  /** Requests that may be unanswered at once; reading waits for them. */
  readonly maxInFlight?: number;
  readonly maxDocumentBytes?: number;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly onRefusal?: (refusal: Refusal) => void;
  /** Ends the import early; what was sent stays. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads, maps and sends every record of the paths. A broken line, record or file is a refusal and the rest goes on; a
 * gateway that cannot be reached, or refuses whole requests, ends the import.
 * @throws AppError BAD_USER_INPUT when a path does not exist or nothing is there to be read; nothing was sent then.
 */
export async function importFiles(options: ImportOptions): Promise<ImportResult> {
  const { mapper, mapping, send, onProgress, maxInFlight = 3 } = options;
  const { files, ignored } = await findSourceFiles(options.paths);
  const counts = { files: 0, bytes: 0, records: 0, accepted: 0, refused: 0 };
  const totals = { totalFiles: files.length, totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  const report = () => onProgress?.({ ...counts, ...totals });

  const ending = new AbortController();
  const stop = AbortSignal.any([ending.signal, ...(options.signal ? [options.signal] : [])]);
  const inFlight = new Set<Promise<void>>();
  const batcher = new Batcher(options.batchEvents);

  const refuse = (refusal: Refusal) => {
    counts.refused += 1;
    options.onRefusal?.(refusal);
  };
  const dispatch = async (batch: readonly PreparedEvent[] | undefined) => {
    if (!batch || stop.aborted) return;
    const sending = send(batch, stop)
      .then((rejections) => {
        counts.accepted += batch.length - rejections.length;
        for (const { index, ...why } of rejections) {
          const { origin, event } = batch[index] as PreparedEvent;
          refuse({ ...origin, ...why, eventId: event.eventId ?? null });
        }
        report();
      })
      // The first reason stays: the requests that it interrupts fail only because of it.
      .catch((error: unknown) => ending.abort(error))
      .finally(() => inFlight.delete(sending));
    inFlight.add(sending);
    if (inFlight.size >= maxInFlight) await Promise.race(inFlight);
  };
  const take = async (origin: Origin, record: unknown) => {
    counts.records += 1;
    const prepared = eventOf(mapper, mapping, origin, record);
    if ('code' in prepared) return refuse(prepared);
    await dispatch(batcher.add(prepared));
  };

  report();
  for (const file of files) {
    if (stop.aborted) break;
    const whole: Origin = { file: file.path, line: null, at: '' };
    let line: number | null = null;
    const onBytes = (bytes: number) => {
      counts.bytes += bytes;
    };
    try {
      for await (const document of readDocuments(file.path, { ...options, onBytes })) {
        if (stop.aborted) break;
        line = document.line;
        const origin = { ...whole, line };
        const records = recordsOf(mapper, origin, document);
        if ('code' in records) {
          counts.records += 1;
          refuse(records);
          continue;
        }
        for (const { at, record } of records) {
          if (stop.aborted) break;
          await take({ ...origin, at }, record);
        }
      }
    } catch (error) {
      counts.records += 1;
      const after = line === null ? '' : ` behind line ${line}`;
      const message = `the file cannot be read${after}: ${(error as Error).message}`;
      refuse({ ...whole, line, code: 'UNREADABLE_FILE', message, path: [], eventId: null });
    }
    if (!stop.aborted) counts.files += 1;
    report();
  }
  await dispatch(batcher.flush());
  await Promise.all(inFlight);
  return { ...counts, ...totals, ignoredFiles: ignored, stoppedBy: stop.aborted ? asError(stop.reason) : null };
}

function recordsOf(mapper: Mapper, origin: Origin, document: { value?: unknown; fault?: string }) {
  const refused = { ...origin, path: [], eventId: null };
  if (document.fault !== undefined) return { ...refused, code: 'INVALID_JSON', message: document.fault };
  try {
    return mapper.records(document.value);
  } catch (error) {
    return { ...refused, code: 'INVALID_RECORD', message: (error as Error).message };
  }
}

/** The event, ready to be sent, or why there is none. No fault of one record may end the import. */
function eventOf(
  mapper: Mapper,
  mapping: Mapping | undefined,
  origin: Origin,
  record: unknown,
): PreparedEvent | Refusal {
  let mapped: AuditEventInput | undefined;
  try {
    mapped = mapper.map(record);
    const event = mapping ? { ...mapped, ...applyMapping(mapping, mapped) } : mapped;
    const prepared = prepare(event, origin);
    if (prepared.bytes < MAX_BATCH_BYTES) return prepared;
    const message = `the event has ${prepared.bytes.toLocaleString('en')} bytes, more than a request can carry`;
    return { ...origin, code: 'EVENT_TOO_LARGE', message, path: [], eventId: event.eventId ?? null };
  } catch (error) {
    const path = error instanceof MappingError ? error.path : [];
    const message = (error as Error).message;
    return { ...origin, code: 'INVALID_RECORD', message, path, eventId: mapped?.eventId ?? null };
  }
}

const asError = (reason: unknown): Error =>
  typeof (reason as Partial<Error> | undefined)?.message === 'string' ? (reason as Error) : new Error(String(reason));
