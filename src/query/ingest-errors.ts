import { type RawBuilder, sql } from 'kysely';
import { type Caller, hasRole } from '../domain/caller.ts';
import { type PageArgs, type PageInfo, parsePageArgs } from '../domain/page.ts';
import type { Seal } from '../domain/seal.ts';
import type { FilterDialect } from '../filter/dialect.ts';
import { columnNamed, textTestsToSql, timeTestsToSql } from '../filter/sql.ts';
import { parseStringFilter, type StringFilterInput } from '../filter/string-filter.ts';
import { parseTimeRange, type TimeRangeInput } from '../filter/time-range.ts';
import { toQuery } from './builder.ts';
import { createCursors, questionOf } from './cursor.ts';
import { type QueryDeps, readAtMoment } from './moment.ts';
import { besidePlace } from './row-order.ts';
import type { IngestErrorColumns } from './tables.ts';

export const INGEST_ERROR_STAGES = ['ACCEPT', 'LOAD', 'REFRESH', 'RULE'] as const;
export const INGEST_ERROR_STATUSES = ['NEW', 'REPLAYED', 'DISCARDED'] as const;

export interface IngestErrorFilterInput {
  readonly stage?: readonly string[] | null | undefined;
  readonly code?: StringFilterInput | null | undefined;
  readonly eventId?: StringFilterInput | null | undefined;
  readonly ingestedBy?: StringFilterInput | null | undefined;
  readonly status?: readonly string[] | null | undefined;
  readonly occurredAt?: TimeRangeInput | null | undefined;
}

/** A dead letter. `document` is its JSON text. */
export interface IngestErrorRow {
  readonly errorId: string;
  readonly occurredAt: number;
  readonly stage: string;
  readonly code: string;
  readonly message: string;
  readonly eventId: string | null;
  readonly source: string | null;
  readonly ingestedBy: string | null;
  readonly document: string | null;
  readonly status: string;
  readonly resolvedAt: number | null;
  readonly resolvedBy: string | null;
}

export interface IngestErrorsArgs extends Pick<PageArgs, 'first' | 'after'> {
  readonly filter?: IngestErrorFilterInput | null | undefined;
  readonly withTotal?: boolean;
}

export interface IngestErrorPage {
  readonly errors: readonly IngestErrorRow[];
  readonly cursorOf: (error: IngestErrorRow) => string;
  readonly pageInfo: PageInfo;
  readonly totalCount: number | null;
}

type Place = readonly [occurredAt: number, errorId: string];

export function createIngestErrors(deps: QueryDeps & { readonly seal: Seal; readonly dialect: FilterDialect }) {
  const { dialect } = deps;
  const cursors = createCursors<Place>(deps.seal, 'ingestErrors');

  return {
    /**
     * Newest first.
     * @throws AppError BAD_USER_INPUT for a wrong filter, size or cursor.
     */
    page: (caller: Caller, args: IngestErrorsArgs): Promise<IngestErrorPage> => {
      const { size, cursor } = parsePageArgs(args);
      const question = questionOf(args.filter ?? null);
      const from = cursor === null ? null : cursors.read(question, cursor, 'after');
      const where = sql<boolean>`${ownErrors(caller)} and ${conditionsOf(args.filter ?? {}, dialect)}`;
      const beyond = from
        ? besidePlace(
            '<',
            [sql.ref('x.occurred_at'), sql.ref('x.error_id')],
            [sql`${new Date(from[0])}`, sql`${from[1]}`],
          )
        : sql`true`;
      return readAtMoment(deps, async (reader) => {
        const rows = await reader.all<IngestErrorColumns>(
          toQuery(sql`select ${COLUMNS} from audit_events_errors as x where ${where} and ${beyond}
            order by x.occurred_at desc, x.error_id desc limit ${size + 1}`),
        );
        const more = rows.length > size;
        if (more) rows.length = size;
        const [total] = args.withTotal
          ? await reader.all<{ n: number }>(
              toQuery(sql`select count(*) as n from audit_events_errors as x where ${where}`),
            )
          : [];
        return {
          errors: rows.map((row) => toIngestError(caller, row)),
          cursorOf: (error) => cursors.write(question, [error.occurredAt, error.errorId]),
          pageInfo: { hasNextPage: more, hasPreviousPage: from !== null },
          totalCount: total?.n ?? null,
        };
      });
    },

    /** In the order asked; null for what there is not, or the caller may not see. */
    byIds: (caller: Caller, errorIds: readonly string[]): Promise<(IngestErrorRow | null)[]> =>
      readAtMoment(deps, async (reader) => {
        if (errorIds.length === 0) return [];
        const rows = await reader.all<IngestErrorColumns>(
          toQuery(sql`select ${COLUMNS} from audit_events_errors as x
            where ${ownErrors(caller)} and x.error_id in (${sql.join(errorIds)})`),
        );
        const found = new Map(rows.map((row) => [row.error_id, toIngestError(caller, row)]));
        return errorIds.map((errorId) => found.get(errorId) ?? null);
      }),
  };
}

export type IngestErrors = ReturnType<typeof createIngestErrors>;

const COLUMNS = sql.join(
  [
    'error_id',
    'occurred_at',
    'stage',
    'code',
    'message',
    'event_id',
    'source',
    'ingested_by',
    'document',
    'status',
    'resolved_at',
    'resolved_by',
  ].map((column) => sql.ref(`x.${column}`)),
);

/** A key that only ingests sees the errors of what it sent itself. */
const ownErrors = (caller: Caller): RawBuilder<boolean> =>
  hasRole(caller, 'ADMIN', 'AUDITOR', 'COMPLIANCE_OFFICER')
    ? sql`true`
    : sql`x.ingested_by is not distinct from ${caller.subject}`;

function conditionsOf(filter: IngestErrorFilterInput, dialect: FilterDialect): RawBuilder<boolean> {
  const text = (column: string, name: 'code' | 'eventId' | 'ingestedBy', nullable: boolean) => {
    const given = filter[name];
    return given
      ? [textTestsToSql(columnNamed(`x.${column}`, { nullable }), parseStringFilter(given, ['filter', name]), dialect)]
      : [];
  };
  const oneOf = (column: string, values: readonly string[] | null | undefined) => {
    if (values == null) return [];
    return values.length === 0
      ? [sql<boolean>`false`]
      : [sql<boolean>`${sql.ref(`x.${column}`)} in (${sql.join(values)})`];
  };
  const conditions = [
    ...oneOf('stage', filter.stage),
    ...oneOf('status', filter.status),
    ...text('code', 'code', false),
    ...text('event_id', 'eventId', true),
    ...text('ingested_by', 'ingestedBy', true),
    ...(filter.occurredAt
      ? [timeTestsToSql(sql.ref('x.occurred_at'), parseTimeRange(filter.occurredAt, ['filter', 'occurredAt']))]
      : []),
  ];
  return conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}

/** The document is evidence, for an AUDITOR only. */
const toIngestError = (caller: Caller, row: IngestErrorColumns): IngestErrorRow => ({
  errorId: row.error_id,
  occurredAt: row.occurred_at,
  stage: row.stage,
  code: row.code,
  message: row.message,
  eventId: row.event_id,
  source: row.source,
  ingestedBy: row.ingested_by,
  document: hasRole(caller, 'AUDITOR') ? row.document : null,
  status: row.status,
  resolvedAt: row.resolved_at,
  resolvedBy: row.resolved_by,
});
