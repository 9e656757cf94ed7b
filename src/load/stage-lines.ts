import { ENVELOPE_VERSION } from '../domain/envelope.ts';
import type { PackedRecord } from '../ports/event-stream.ts';
import type { Writer } from '../ports/warehouse.ts';

const EVENT_FIELDS = {
  eventId: 'varchar',
  timestamp: 'timestamp',
  eventType: 'varchar',
  activityType: 'varchar',
  action: 'varchar',
  userId: 'varchar',
  userPseudonym: 'varchar',
  userRole: 'varchar',
  userDepartment: 'varchar',
  actorKind: 'varchar',
  resourceId: 'varchar',
  resourceType: 'varchar',
  outcome: 'varchar',
  sensitivity: 'varchar',
  environment: 'varchar',
  region: 'varchar',
  source: 'varchar',
  sourceIp: 'varchar',
  sessionId: 'varchar',
  metadata: 'json',
} as const;

const REJECTION_FIELDS = {
  code: 'varchar',
  message: 'varchar',
  eventId: 'varchar',
  source: 'varchar',
  document: 'varchar',
} as const;

const structOf = (fields: Readonly<Record<string, string>>): string =>
  `struct(${Object.entries(fields)
    .map(([name, type]) => `"${name}" ${type}`)
    .join(', ')})`;

const COLUMNS = {
  v: 'integer',
  kind: 'varchar',
  origin: 'varchar',
  node: 'varchar',
  epoch: 'bigint',
  seq: 'bigint',
  receivedAt: 'timestamp',
  ingestedBy: 'varchar',
  trace: 'varchar',
  sha256: 'varchar',
  event: structOf(EVENT_FIELDS),
  rejection: structOf(REJECTION_FIELDS),
};

/** Thrown at a line of a version this code does not know: it must wait for a newer Trailgate, never guess. */
export class UnknownEnvelopeError extends Error {}

/** Puts the lines into the staging table `stg_lines`. Kinds that nothing here knows stay in it and are not read. */
export async function stageLines(writer: Writer, records: readonly PackedRecord[]): Promise<void> {
  await writer.stageJsonLines(
    'stg_lines',
    records.map(({ lines }) => lines),
    COLUMNS,
  );
  const [unknown] = await writer.all<{ v: number; seq: number }>({
    sql: 'select v, seq from stg_lines where v is distinct from ? order by seq limit 1',
    parameters: [ENVELOPE_VERSION],
  });
  if (unknown) {
    throw new UnknownEnvelopeError(
      `Line ${unknown.seq} of the log has envelope version ${unknown.v}; this version reads ${ENVELOPE_VERSION}. Start the version that wrote it.`,
    );
  }
}
