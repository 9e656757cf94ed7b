-- New events extend, join or begin sessions (gap above 30 minutes). An interval of a session and a new event are
-- treated alike: what overlaps within 30 minutes is one session. No event of the mart is read.
{{STAGE: stg_sessions}}
select
    s.user_id, s.user_pseudonym, s.session_start, s.session_end, s.event_count, s.duration_seconds, s.activity_types
from user_sessions as s
inner join (
    select user_id, min(timestamp) as first_at, max(timestamp) as last_at
    from stg_new
    where timestamp >= :from_at and timestamp <= :to_at and actor_kind = 'HUMAN' and source <> 'trailgate'
    group by user_id
) as n
    on n.user_id = s.user_id
    and s.session_start <= n.last_at + interval '30 minutes'
    and s.session_end >= n.first_at - interval '30 minutes'
where s.session_start <= cast(:to_at as timestamp_ntz) + interval '30 minutes'
    and s.session_end >= cast(:from_at as timestamp_ntz) - interval '30 minutes';

{{STAGE: stg_islands}}
select
    user_id,
    min(user_pseudonym) as user_pseudonym,
    min(session_start) as session_start,
    max(session_end) as session_end,
    cast(sum(event_count) as bigint) as event_count,
    array_union_agg(activity_types) as activity_types,
    min(kept_start) as kept_start
from (
    select
        *,
        sum(is_first) over (
            partition by user_id
            order by session_start, session_end, kept_start
            rows between unbounded preceding and current row
        ) as session_no
    from (
        select
            *,
            case
                when session_start <= max(session_end) over (
                    partition by user_id
                    order by session_start, session_end, kept_start
                    rows between unbounded preceding and 1 preceding
                ) + interval '30 minutes' then 0
                else 1
            end as is_first
        from (
            select user_id, user_pseudonym, session_start, session_end, event_count, activity_types, session_start as kept_start
            from stg_sessions
            union all
            select
                user_id,
                min(user_pseudonym),
                timestamp,
                timestamp,
                count(*),
                array_union_agg(array_construct(activity_type)),
                cast(null as timestamp_ntz)
            from stg_new
            where timestamp >= :from_at and timestamp <= :to_at and actor_kind = 'HUMAN' and source <> 'trailgate'
            group by user_id, timestamp
        ) as intervals
    ) as marked
) as numbered
group by user_id, session_no;

delete from user_sessions using (
    select s.user_id, s.session_start
    from stg_sessions as s
    inner join stg_islands as i
        on i.user_id = s.user_id and s.session_start > i.kept_start and s.session_start <= i.session_end
) as d
where user_sessions.user_id = d.user_id and user_sessions.session_start = d.session_start;

-- Where the activity types stay as they are they are not written: DuckDB changes other columns in place, but deletes and
-- inserts a row whose list is set.
merge into user_sessions as t
using stg_islands as s
    on t.user_id = s.user_id
    and t.session_start = s.kept_start
    and t.session_start <= cast(:to_at as timestamp_ntz) + interval '30 minutes'
    and t.session_end >= cast(:from_at as timestamp_ntz) - interval '30 minutes'
when matched and array_to_string(t.activity_types, ',') = array_to_string(s.activity_types, ',') then update set
    session_start = s.session_start,
    session_end = s.session_end,
    event_count = s.event_count,
    duration_seconds = cast(floor(datediff('millisecond', s.session_start, s.session_end) / 1000) as bigint)
when matched then update set
    session_start = s.session_start,
    session_end = s.session_end,
    event_count = s.event_count,
    duration_seconds = cast(floor(datediff('millisecond', s.session_start, s.session_end) / 1000) as bigint),
    activity_types = s.activity_types
when not matched then insert (
    user_id, user_pseudonym, session_start, session_end, event_count, duration_seconds, activity_types
) values (
    s.user_id, s.user_pseudonym, s.session_start, s.session_end, s.event_count,
    cast(floor(datediff('millisecond', s.session_start, s.session_end) / 1000) as bigint), s.activity_types
);
