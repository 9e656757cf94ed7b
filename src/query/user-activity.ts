import { type RawBuilder, sql } from 'kysely';
import type { Caller } from '../domain/caller.ts';
import { type PageArgs, type PageInfo, parsePageArgs } from '../domain/page.ts';
import type { Seal } from '../domain/seal.ts';
import type { FilterDialect } from '../filter/dialect.ts';
import { columnNamed, textTestsToSql, timeTestsToSql } from '../filter/sql.ts';
import { parseStringFilter, type StringFilterInput } from '../filter/string-filter.ts';
import { parseTimeRange, type TimeRangeInput } from '../filter/time-range.ts';
import type { Reader } from '../ports/warehouse.ts';
import { toQuery } from './builder.ts';
import { createCursors, questionOf } from './cursor.ts';
import { type QueryDeps, readAtMoment } from './moment.ts';
import { besidePlace } from './row-order.ts';
import {
  activityTotals,
  toUserActivity,
  type UserActivityColumns,
  type UserActivityRow,
  withResources,
} from './user-activity-rows.ts';

export interface UserActivityFilterInput {
  readonly userId?: StringFilterInput | null | undefined;
  readonly activityType?: StringFilterInput | null | undefined;
  readonly lastActivityAt?: TimeRangeInput | null | undefined;
}

export interface UserActivityArgs extends Pick<PageArgs, 'first' | 'after'> {
  readonly filter?: UserActivityFilterInput | null | undefined;
  readonly orderBy: {
    readonly field: 'LAST_ACTIVITY_AT' | 'EVENT_COUNT' | 'USER_ID';
    readonly direction: 'ASC' | 'DESC';
  };
  readonly withTotal?: boolean;
}

export interface UserActivityPage {
  readonly rows: readonly UserActivityRow[];
  readonly cursorOf: (row: UserActivityRow) => string;
  readonly pageInfo: PageInfo;
  readonly totalCount: number | null;
  readonly dataAsOf: number;
}

/** The ordered figure, then who and what. */
type Place = readonly [figure: number | string, userId: string, activityType: string];

/**
 * Users and activity types, a page at a time.
 * @throws AppError BAD_USER_INPUT for a wrong filter, size or cursor.
 */
export function createUserActivity(deps: QueryDeps & { readonly seal: Seal; readonly dialect: FilterDialect }) {
  const { dialect } = deps;
  const cursors = createCursors<Place>(deps.seal, 'userActivity');

  return async (caller: Caller, args: UserActivityArgs, signal?: AbortSignal): Promise<UserActivityPage> => {
    const { size, cursor } = parsePageArgs(args);
    const question = questionOf(args.filter ?? null, args.orderBy);
    const from = cursor === null ? null : cursors.read(question, cursor, 'after');
    const where = conditionsOf(args.filter ?? {}, dialect);
    const { field, direction } = args.orderBy;
    return readAtMoment(
      deps,
      async (reader, { dataAsOf }) => {
        const picked = sql`select t.* from ${activityTotals(caller)} where ${where}`;
        const page = sql`select * from (${picked}) as t
          where ${from ? beyond(field, direction, from) : sql`true`}
          order by ${orderOf(field, direction, 't')} limit ${size + 1}`;
        const rows = await reader.all<UserActivityColumns>(
          toQuery(sql`${withResources(caller, page)} order by ${orderOf(field, direction, 'p')}`),
        );
        const more = rows.length > size;
        if (more) rows.length = size;
        return {
          rows: rows.map(toUserActivity),
          cursorOf: (row) => cursors.write(question, [figureOf(field, row), row.userId, row.activityType]),
          pageInfo: { hasNextPage: more, hasPreviousPage: from !== null },
          totalCount: args.withTotal ? await countRows(reader, caller, where) : null,
          dataAsOf,
        };
      },
      signal,
    );
  };
}

export type UserActivity = ReturnType<typeof createUserActivity>;

function conditionsOf(
  { userId, activityType, lastActivityAt }: UserActivityFilterInput,
  dialect: FilterDialect,
): RawBuilder<boolean> {
  const text = (column: string, name: string, filter: StringFilterInput) =>
    textTestsToSql(columnNamed(`t.${column}`), parseStringFilter(filter, ['filter', name]), dialect);
  const conditions = [
    ...(userId ? [text('user_id', 'userId', userId)] : []),
    ...(activityType ? [text('activity_type', 'activityType', activityType)] : []),
    ...(lastActivityAt
      ? [timeTestsToSql(sql.ref('t.last_activity'), parseTimeRange(lastActivityAt, ['filter', 'lastActivityAt']))]
      : []),
  ];
  return conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

const COLUMNS = { LAST_ACTIVITY_AT: 'last_activity', EVENT_COUNT: 'event_count', USER_ID: 'user_id' } as const;
type Field = keyof typeof COLUMNS;

const columnsOf = (field: Field, table: string): RawBuilder<unknown>[] =>
  [...new Set([COLUMNS[field], 'user_id', 'activity_type'])].map((column) => sql.ref(`${table}.${column}`));

const orderOf = (field: Field, direction: string, table: string): RawBuilder<unknown> =>
  sql.join(columnsOf(field, table).map((column) => sql`${column} ${sql.raw(direction.toLowerCase())}`));

function beyond(field: Field, direction: string, [figure, userId, activityType]: Place): RawBuilder<boolean> {
  const value = field === 'LAST_ACTIVITY_AT' ? new Date(figure) : figure;
  const values = field === 'USER_ID' ? [userId, activityType] : [value, userId, activityType];
  return besidePlace(
    direction === 'DESC' ? '<' : '>',
    columnsOf(field, 't'),
    values.map((each) => sql`${each}`),
  );
}

const figureOf = (field: Field, row: UserActivityRow): number | string =>
  field === 'LAST_ACTIVITY_AT' ? row.lastActivityAt : field === 'EVENT_COUNT' ? row.eventCount : row.userId;

async function countRows(reader: Reader, caller: Caller, where: RawBuilder<boolean>): Promise<number> {
  const [row] = await reader.all<{ n: number }>(
    toQuery(sql`select count(*) as n from ${activityTotals(caller)} where ${where}`),
  );
  return row?.n ?? 0;
}
