import { type RawBuilder, sql } from 'kysely';
import { type Caller, seesEveryRow } from '../domain/caller.ts';
import { inScope } from './scope.ts';

/** A user and an activity type, over every event that is kept and that the caller may see. */
export interface UserActivityRow {
  readonly userId: string;
  readonly activityType: string;
  readonly eventCount: number;
  readonly firstActivityAt: number;
  readonly lastActivityAt: number;
  readonly resourceAccessCount: number;
  /** Sessions belong to a user as a whole: null where some of the user's events are out of the caller's scope. */
  readonly sessionCount: number | null;
  readonly avgSessionMinutes: number | null;
}

export interface UserActivityColumns {
  readonly user_id: string;
  readonly activity_type: string;
  readonly event_count: number;
  readonly first_activity: number;
  readonly last_activity: number;
  readonly resource_access_count: number;
  readonly session_count: number | null;
  readonly session_seconds: number | null;
}

/** Totals of every user and activity type as a relation `t`; a caller of limited scope gets the sum of the cells in it. */
export function activityTotals(caller: Caller): RawBuilder<unknown> {
  if (seesEveryRow(caller)) return sql`user_activity_totals as t`;
  return sql`(
    select c.user_id, c.activity_type, sum(c.event_count) as event_count,
      min(c.first_activity) as first_activity, max(c.last_activity) as last_activity,
      min(s.session_count) as session_count, min(s.session_seconds) as session_seconds
    from user_activity_daily as c
    left join (
      select w.user_id, w.activity_type, w.session_count, w.session_seconds
      from user_activity_totals as w
      where w.user_id not in (select o.user_id from user_activity_daily as o where not ${inScope(caller, 'o')})
    ) as s on s.user_id = c.user_id and s.activity_type = c.activity_type
    where ${inScope(caller, 'c')}
    group by c.user_id, c.activity_type
  ) as t`;
}

/** The rows of `picked` (a relation like `t`) with resources counted, for these users only. */
export const withResources = (caller: Caller, picked: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  with picked as (${picked})
  select p.user_id, p.activity_type, p.event_count, p.first_activity, p.last_activity,
    coalesce(r.n, 0) as resource_access_count, p.session_count, p.session_seconds
  from picked as p
  left join (
    select user_id, activity_type, count(*) as n
    from (
      select distinct c.user_id, c.activity_type, c.resource_type, c.resource_id
      from user_resource_daily as c
      where c.user_id in (select user_id from picked) and ${inScope(caller, 'c')}
    ) as d
    group by user_id, activity_type
  ) as r on r.user_id = p.user_id and r.activity_type = p.activity_type`;

export const toUserActivity = (row: UserActivityColumns): UserActivityRow => ({
  userId: row.user_id,
  activityType: row.activity_type,
  eventCount: row.event_count,
  firstActivityAt: row.first_activity,
  lastActivityAt: row.last_activity,
  resourceAccessCount: row.resource_access_count,
  sessionCount: row.session_count,
  avgSessionMinutes: minutesOf(row),
});

/** Divided here: Snowflake sends a double as text of some nine digits. */
const minutesOf = ({ session_seconds: seconds, session_count: count }: UserActivityColumns): number | null =>
  seconds === null || !count ? null : seconds / count / 60;
