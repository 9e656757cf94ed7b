import { ENVELOPE_VERSION } from '../domain/envelope.ts';
import type { Writer } from '../ports/warehouse.ts';
import type { LineRange } from './read-line.ts';

/** Fields of an event's object in a line, with the SQL types they are staged as. */
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

export const LINE_COLUMNS = {
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
  ledger: 'json',
};

/** Thrown at a line of a version this code does not know: it must wait for a newer Trailgate, never guess. */
export class UnknownEnvelopeError extends Error {
  /** Of a line of the log. */
  readonly seq: number | null;
  /** That it landed in, where that is known. */
  readonly file: string | null;

  constructor(line: {
    readonly where: string;
    readonly version: number;
    readonly seq?: number;
    readonly file?: string;
  }) {
    super(
      `${line.where} has envelope version ${line.version}; this version of Trailgate reads ${ENVELOPE_VERSION}. ` +
        'Loading stops before it and nothing is skipped: start the version that wrote it.',
    );
    this.name = 'UnknownEnvelopeError';
    this.seq = line.seq ?? null;
    this.file = line.file ?? null;
  }
}

export const unknownInLog = (seq: number, version: number): UnknownEnvelopeError =>
  new UnknownEnvelopeError({ where: `Line ${seq} of the log`, version, seq });

/** Thrown when the lines staged are not the ones that the log says it holds; each must then be looked at by itself. */
export class UnsoundLinesError extends Error {}

/**
 * Puts the lines into the staging table `stg_lines` and answers how many of them become rows. Kinds that nothing here
 * loads stay in it and are not read.
 * @throws UnknownEnvelopeError, UnsoundLinesError, and what the engine throws at a line that its columns cannot hold.
 */
export async function stageLines(writer: Writer, lines: readonly Buffer[], expected: LineRange): Promise<number> {
  await writer.stageJsonLines('stg_lines', lines, LINE_COLUMNS);
  const [found] = await writer.all<Staged>({
    sql: `select count(*) as lines, sum(seq) as seqs, min(seq) as first_seq, max(seq) as last_seq,
        count_if(kind in ('EVENT', 'REJECTED')) as loadable,
        count_if(v is null or kind is null or node is distinct from ? or epoch is distinct from ?) as odd,
        min(case when v <> ? then seq end) as unknown_seq, min_by(v, seq) filter (where v <> ?) as unknown_v
      from stg_lines`,
    parameters: [expected.node, expected.epoch, ENVELOPE_VERSION, ENVELOPE_VERSION],
  });
  if (found?.unknown_seq != null && found.unknown_v !== null) {
    throw unknownInLog(found.unknown_seq, found.unknown_v);
  }
  if (!found || !isComplete(found, expected))
    throw new UnsoundLinesError('lines are missing or are not those expected');
  return found.loadable;
}

interface Staged {
  readonly lines: number;
  readonly loadable: number;
  readonly seqs: number | null;
  readonly first_seq: number | null;
  readonly last_seq: number | null;
  readonly odd: number;
  readonly unknown_seq: number | null;
  readonly unknown_v: number | null;
}

const isComplete = (found: Staged, { firstSeq, lastSeq }: LineRange): boolean =>
  found.odd === 0 &&
  found.lines === lastSeq - firstSeq + 1 &&
  found.first_seq === firstSeq &&
  found.last_seq === lastSeq &&
  found.seqs === (found.lines * (firstSeq + lastSeq)) / 2;

/** Stages lines that have been looked at one by one. */
export async function stageSoundLines(writer: Writer, lines: readonly Buffer[]): Promise<void> {
  await writer.stageJsonLines('stg_lines', lines, LINE_COLUMNS);
}
