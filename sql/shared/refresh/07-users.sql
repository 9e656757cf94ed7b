-- What is kept for a user's whole life: the latest role and department, and the totals. The sessions that changed are
-- taken out of the totals as they were and put back as they are.
merge into users as t
using (
    select user_id, user_pseudonym, user_role, user_department, timestamp as latest_at, event_id as latest_event_id
    from stg_new
    where timestamp >= :from_at and timestamp <= :to_at and source <> 'trailgate'
    qualify row_number() over (partition by user_id order by timestamp desc, event_id desc) = 1
) as s
    on t.user_id = s.user_id
when matched
    and s.latest_at >= t.latest_at
    and (s.latest_at > t.latest_at or s.latest_event_id > t.latest_event_id) then update set
    user_role = s.user_role,
    user_department = s.user_department,
    latest_at = s.latest_at,
    latest_event_id = s.latest_event_id
when not matched then insert (user_id, user_pseudonym, user_role, user_department, latest_at, latest_event_id)
values (s.user_id, s.user_pseudonym, s.user_role, s.user_department, s.latest_at, s.latest_event_id);

merge into user_activity_totals as t
using (
    select
        user_id,
        activity_type,
        min(user_pseudonym) as user_pseudonym,
        sum(event_count) as event_count,
        min(first_activity) as first_activity,
        max(last_activity) as last_activity,
        sum(session_count) as session_count,
        sum(session_seconds) as session_seconds
    from (
        select
            user_id, activity_type, user_pseudonym, 1 as event_count,
            timestamp as first_activity, timestamp as last_activity, 0 as session_count, 0 as session_seconds
        from stg_new
        where timestamp >= :from_at and timestamp <= :to_at and source <> 'trailgate'
        union all
        select
            s.user_id, a.activity_type, s.user_pseudonym, 0, cast(null as timestamp_ntz), cast(null as timestamp_ntz),
            1, cast(floor(datediff('millisecond', s.session_start, s.session_end) / 1000) as bigint)
        from stg_islands as s
        inner join activity_types as a
            on array_contains({{ELEMENT: a.activity_type}}, s.activity_types)
        union all
        select
            s.user_id, a.activity_type, s.user_pseudonym, 0, cast(null as timestamp_ntz), cast(null as timestamp_ntz),
            -1, -s.duration_seconds
        from stg_sessions as s
        inner join activity_types as a
            on array_contains({{ELEMENT: a.activity_type}}, s.activity_types)
    ) as changes
    group by user_id, activity_type
) as s
    on t.user_id = s.user_id and t.activity_type = s.activity_type
when matched then update set
    event_count = t.event_count + s.event_count,
    first_activity = least(t.first_activity, coalesce(s.first_activity, t.first_activity)),
    last_activity = greatest(t.last_activity, coalesce(s.last_activity, t.last_activity)),
    session_count = t.session_count + s.session_count,
    session_seconds = t.session_seconds + s.session_seconds
when not matched then insert (
    user_id, user_pseudonym, activity_type, event_count, first_activity, last_activity, session_count, session_seconds
) values (
    s.user_id, s.user_pseudonym, s.activity_type, s.event_count, s.first_activity, s.last_activity,
    s.session_count, s.session_seconds
);
