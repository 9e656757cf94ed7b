import { sql } from 'kysely';
import { type Caller, seesEveryRow } from '../domain/caller.ts';
import type { Reader } from '../ports/warehouse.ts';
import { toQuery } from './builder.ts';
import type { QueryDeps } from './moment.ts';
import { inScope } from './scope.ts';
import type { UserColumns } from './tables.ts';
import {
  activityTotals,
  toUserActivity,
  type UserActivityColumns,
  type UserActivityRow,
  withResources,
} from './user-activity-rows.ts';

export interface UserRow {
  readonly userId: string;
  /** As in the latest event. */
  readonly role: string | null;
  readonly department: string | null;
}

/** Questions about many users at once, answered in the order asked. */
export function createUsers({ warehouse, queryTimeoutMs }: QueryDeps) {
  // They tell no moment, so none is read: a page of events with its users is four statements.
  const read = <T>(work: (reader: Reader) => Promise<T>): Promise<T> =>
    warehouse.read({ timeoutMs: queryTimeoutMs }, work);
  return {
    /** Null for a user of whom the caller may see no event. */
    byIds: (caller: Caller, userIds: readonly string[]): Promise<(UserRow | null)[]> =>
      read(async (reader) => {
        const visible = seesEveryRow(caller)
          ? sql`true`
          : sql`u.user_id in (select c.user_id from user_activity_daily as c where ${inScope(caller, 'c')})`;
        const rows = await reader.all<UserColumns>(
          toQuery(sql`select u.user_id, u.user_role, u.user_department
            from users as u
            where u.user_id in (${sql.join(userIds)}) and ${visible}`),
        );
        const found = new Map(rows.map((row) => [row.user_id, toUser(row)]));
        return userIds.map((userId) => found.get(userId) ?? null);
      }),

    /** One row per activity type, most frequent first; empty for a user never seen. */
    activityByIds: (caller: Caller, userIds: readonly string[]): Promise<UserActivityRow[][]> =>
      read(async (reader) => {
        const picked = sql`select t.* from ${activityTotals(caller)} where t.user_id in (${sql.join(userIds)})`;
        const rows = await reader.all<UserActivityColumns>(
          toQuery(sql`${withResources(caller, picked)} order by p.user_id, p.event_count desc, p.activity_type`),
        );
        const byUser = new Map<string, UserActivityRow[]>(userIds.map((userId) => [userId, []]));
        for (const row of rows) byUser.get(row.user_id)?.push(toUserActivity(row));
        return userIds.map((userId) => byUser.get(userId) ?? []);
      }),
  };
}

export type Users = ReturnType<typeof createUsers>;

const toUser = (row: UserColumns): UserRow => ({
  userId: row.user_id,
  role: row.user_role,
  department: row.user_department,
});
