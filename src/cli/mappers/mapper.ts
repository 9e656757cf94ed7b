/** What a source of audit records must know to be imported: where its records lie, and what each one means. */
import type { AuditEventInput } from '../../domain/audit-event.ts';

export interface Mapper {
  /** As in `trailgate import NAME`. */
  readonly name: string;
  /**
   * The records of one JSON document: a whole file, or one line of an NDJSON file. Empty for a document that belongs
   * to the source but holds no records.
   * @throws MappingError when the document is none of the source's envelopes.
   */
  records(document: unknown): readonly LocatedRecord[];
  /**
   * The event that a record tells of. The same record always gives the same event, id included, so that a second
   * import changes nothing.
   * @throws MappingError when the record lacks what every event needs.
   */
  map(record: unknown): AuditEventInput;
}

export interface LocatedRecord {
  /** Where in the document, for example `Records[17]`; empty when the document is the record. */
  readonly at: string;
  readonly record: unknown;
}

/** A record that cannot become an event: `message` says why, `path` where in the record. */
export class MappingError extends Error {
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[] = []) {
    super(message);
    this.name = 'MappingError';
    this.path = path;
  }
}
