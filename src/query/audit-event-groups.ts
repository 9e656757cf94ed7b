import { type RawBuilder, sql } from 'kysely';
import { type Caller, hasRole } from '../domain/caller.ts';
import { badInput } from '../domain/errors.ts';
import { type PageArgs, type PageInfo, parsePageArgs } from '../domain/page.ts';
import type { Seal } from '../domain/seal.ts';
import type { AuditEventFilterInput } from '../filter/audit-event-filter.ts';
import type { FilterDialect } from '../filter/dialect.ts';
import { parseMetadataPath } from '../filter/metadata-path.ts';
import type { SqlRow } from '../ports/warehouse.ts';
import { toQuery } from './builder.ts';
import { createCursors, questionOf } from './cursor.ts';
import { eventConditions } from './event-conditions.ts';
import { type QueryDeps, readAtMoment } from './moment.ts';

export const GROUP_DIMENSIONS = {
  EVENT_TYPE: 'eventType',
  ACTIVITY_TYPE: 'activityType',
  ACTION: 'action',
  USER_ID: 'userId',
  USER_ROLE: 'userRole',
  USER_DEPARTMENT: 'userDepartment',
  ACTOR_KIND: 'actorKind',
  RESOURCE_ID: 'resourceId',
  RESOURCE_TYPE: 'resourceType',
  OUTCOME: 'outcome',
  SENSITIVITY: 'sensitivity',
  ENVIRONMENT: 'environment',
  REGION: 'region',
  SOURCE: 'source',
  SOURCE_IP: 'sourceIp',
} as const;
export type GroupDimension = keyof typeof GROUP_DIMENSIONS;

export const TIME_INTERVALS = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'] as const;
export type TimeInterval = (typeof TIME_INTERVALS)[number];

/** Dimensions and metadata paths together; settings.maxGroupBy. */
export const MAX_GROUP_BY = 3;

export const GROUP_FIGURES = ['uniqueUsers', 'uniqueResources', 'failureCount', 'firstAt', 'lastAt'] as const;
export type GroupFigure = (typeof GROUP_FIGURES)[number];

export interface AuditEventGroupsArgs extends Pick<PageArgs, 'first' | 'after'> {
  readonly filter?: AuditEventFilterInput | null | undefined;
  readonly groupBy?: readonly GroupDimension[] | null | undefined;
  readonly groupByMetadata?: readonly string[] | null | undefined;
  readonly interval?: TimeInterval | null | undefined;
  readonly orderBy: {
    readonly field: 'BUCKET' | 'COUNT' | 'FAILURE_COUNT' | 'UNIQUE_USERS';
    readonly direction: 'ASC' | 'DESC';
  };
  readonly asOf?: number | null | undefined;
  /** Figures that are selected; all when absent. What is not asked for is not computed. */
  readonly figures?: ReadonlySet<GroupFigure>;
  readonly withTotal?: boolean;
}

export interface AuditEventGroupRow {
  /** Milliseconds since 1970; null without an interval. */
  readonly bucket: number | null;
  readonly dimensions: Readonly<Record<string, string | null>>;
  readonly metadata: readonly (string | null)[];
  readonly count: number;
  readonly uniqueUsers: number;
  readonly uniqueResources: number;
  readonly failureCount: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface AuditEventGroupPage {
  readonly groups: readonly AuditEventGroupRow[];
  /** Groups are numbered, so that only the index counts. */
  readonly cursorOf: (group: unknown, index: number) => string;
  readonly pageInfo: PageInfo;
  readonly totalCount: number | null;
  readonly dataAsOf: number;
}

/** Groups of one moment in one order: a place among them is its number. */
interface Place {
  readonly m: number;
  readonly n: number;
}

/**
 * Counts events by what they have in common, a page at a time.
 * @throws AppError BAD_USER_INPUT for more than MAX_GROUP_BY keys, and for a wrong filter, path, size or cursor.
 */
export function createAuditEventGroups(deps: QueryDeps & { readonly seal: Seal; readonly dialect: FilterDialect }) {
  const { dialect } = deps;
  const cursors = createCursors<Place>(deps.seal, 'auditEventGroups');

  return async (caller: Caller, args: AuditEventGroupsArgs, signal?: AbortSignal): Promise<AuditEventGroupPage> => {
    const { size, cursor } = parsePageArgs(args);
    const keys = groupKeys(args, dialect);
    const question = questionOf(
      args.filter ?? null,
      args.groupBy ?? null,
      args.groupByMetadata ?? null,
      args.interval ?? null,
      args.orderBy,
      args.asOf ?? null,
    );
    const from = cursor === null ? null : cursors.read(question, cursor, 'after');
    return readAtMoment(
      deps,
      async (reader, now) => {
        const dataAsOf = from?.m ?? Math.min(args.asOf ?? now.dataAsOf, now.dataAsOf);
        const skipped = from?.n ?? 0;
        const { where } = eventConditions(caller, args.filter, { receivedBefore: dataAsOf, dialect });
        const select = sql`select ${sql.join(columnsOf(args, keys))}
          from audit_events_mart as e
          where ${where}
          ${keys.length > 0 ? sql`group by ${sql.join(keys.map(({ expression }) => expression))}` : sql``}
          having count(*) > 0 and ${showsSmallGroups(caller) ? sql`true` : sql`count(distinct e.user_id) >= ${SMALLEST_GROUP}`}
          order by ${orderOf(args.orderBy, keys)}
          limit ${size + 1} offset ${skipped}`;
        const rows = await reader.all(toQuery(select));
        const more = rows.length > size;
        if (more) rows.length = size;
        return {
          groups: rows.map((row) => toGroup(row, args)),
          cursorOf: (_group, index) => cursors.write(question, { m: dataAsOf, n: skipped + index + 1 }),
          pageInfo: { hasNextPage: more, hasPreviousPage: skipped > 0 },
          totalCount: args.withTotal ? Number(rows[0]?.total ?? skipped) : null,
          dataAsOf,
        };
      },
      signal,
    );
  };
}

export type AuditEventGroups = ReturnType<typeof createAuditEventGroups>;

/** Users in the smallest group that a VIEWER is shown: fewer could be told apart. */
const SMALLEST_GROUP = 5;

const showsSmallGroups = (caller: Caller): boolean => hasRole(caller, 'ANALYST', 'COMPLIANCE_OFFICER', 'AUDITOR');

interface GroupKey {
  readonly alias: string;
  readonly expression: RawBuilder<unknown>;
}

const BUCKET = 'bucket';

function groupKeys(
  { groupBy, groupByMetadata, interval }: AuditEventGroupsArgs,
  dialect: FilterDialect,
): readonly GroupKey[] {
  const dimensions = [...new Set(groupBy ?? [])];
  const paths = groupByMetadata ?? [];
  if (dimensions.length + paths.length > MAX_GROUP_BY) {
    throw badInput(
      `${dimensions.length + paths.length} dimensions; the limit is ${MAX_GROUP_BY} (settings.maxGroupBy), metadata paths included.`,
      [dimensions.length > MAX_GROUP_BY ? 'groupBy' : 'groupByMetadata'],
    );
  }
  return [
    ...(interval
      ? [{ alias: BUCKET, expression: sql`date_trunc(${sql.lit(interval.toLowerCase())}, e.timestamp)` }]
      : []),
    ...dimensions.map((dimension) => ({
      alias: dimension.toLowerCase(),
      expression: sql.ref(`e.${dimension.toLowerCase()}`),
    })),
    ...paths.map((path, index) => ({
      alias: `metadata_${index}`,
      expression: dialect.jsonText(sql.ref('e.metadata'), parseMetadataPath(path, ['groupByMetadata', index])),
    })),
  ];
}

const FIGURES: Readonly<Record<GroupFigure, RawBuilder<unknown>>> = {
  uniqueUsers: sql`count(distinct e.user_id) as unique_users`,
  // A resource is its type and id; between them stands the one character that no event can hold.
  uniqueResources: sql`count(distinct coalesce(e.resource_type, '') || chr(0) || e.resource_id) as unique_resources`,
  failureCount: sql`count_if(e.outcome in ('FAILURE', 'DENIED')) as failure_count`,
  firstAt: sql`min(e.timestamp) as first_at`,
  lastAt: sql`max(e.timestamp) as last_at`,
};

const ORDERED_FIGURES = { FAILURE_COUNT: 'failureCount', UNIQUE_USERS: 'uniqueUsers' } as const;

function columnsOf(
  { figures, orderBy, withTotal }: AuditEventGroupsArgs,
  keys: readonly GroupKey[],
): readonly RawBuilder<unknown>[] {
  const ordered =
    orderBy.field === 'FAILURE_COUNT' || orderBy.field === 'UNIQUE_USERS' ? ORDERED_FIGURES[orderBy.field] : null;
  const wanted = GROUP_FIGURES.filter((figure) => !figures || figures.has(figure) || figure === ordered);
  return [
    ...keys.map(({ alias, expression }) => sql`${expression} as ${sql.ref(alias)}`),
    sql`count(*) as event_count`,
    ...wanted.map((figure) => FIGURES[figure]),
    ...(withTotal ? [sql`count(*) over () as total`] : []),
  ];
}

const ORDER_COLUMNS = {
  BUCKET,
  COUNT: 'event_count',
  FAILURE_COUNT: 'failure_count',
  UNIQUE_USERS: 'unique_users',
} as const;

/** One order for all groups, so that a place in it is a number: ties go by the keys. */
function orderOf(
  { field, direction }: AuditEventGroupsArgs['orderBy'],
  keys: readonly GroupKey[],
): RawBuilder<unknown> {
  const hasBucket = keys.some(({ alias }) => alias === BUCKET);
  const first = field === 'BUCKET' && !hasBucket ? 'event_count' : ORDER_COLUMNS[field];
  return sql.join([
    sql`${sql.ref(first)} ${sql.raw(direction.toLowerCase())} nulls last`,
    ...keys.map(({ alias }) => sql`${sql.ref(alias)} asc nulls last`),
  ]);
}

function toGroup(row: SqlRow, { groupBy, groupByMetadata }: AuditEventGroupsArgs): AuditEventGroupRow {
  const dimensions: Record<string, string | null> = {};
  for (const dimension of groupBy ?? []) {
    dimensions[GROUP_DIMENSIONS[dimension]] = row[dimension.toLowerCase()] as string | null;
  }
  return {
    bucket: (row.bucket ?? null) as number | null,
    dimensions,
    metadata: (groupByMetadata ?? []).map((_path, index) => row[`metadata_${index}`] as string | null),
    count: row.event_count as number,
    uniqueUsers: row.unique_users as number,
    uniqueResources: row.unique_resources as number,
    failureCount: row.failure_count as number,
    firstAt: row.first_at as number,
    lastAt: row.last_at as number,
  };
}
