-- Latest role and department, and totals, of the users in stg_touched: from the mart, the cells and the sessions.
delete from users using (select distinct user_id from stg_touched) as d
where users.user_id = d.user_id;

insert into users
select m.user_id, m.user_pseudonym, m.user_role, m.user_department, m.timestamp, m.event_id
from audit_events_mart as m
inner join (
    select a.user_id, max(a.activity_date) as latest_day
    from user_activity_daily as a
    inner join (select distinct user_id from stg_touched) as t
        on t.user_id = a.user_id
    group by a.user_id
) as d
    on d.user_id = m.user_id and d.latest_day = m.event_day
where m.source <> 'trailgate'
qualify row_number() over (partition by m.user_id order by m.timestamp desc, m.event_id desc) = 1;

delete from user_activity_totals using (select distinct user_id from stg_touched) as d
where user_activity_totals.user_id = d.user_id;

insert into user_activity_totals
select
    c.user_id,
    c.user_pseudonym,
    c.activity_type,
    c.event_count,
    c.first_activity,
    c.last_activity,
    coalesce(s.session_count, 0),
    coalesce(s.session_seconds, 0)
from (
    select
        a.user_id,
        min(a.user_pseudonym) as user_pseudonym,
        a.activity_type,
        sum(a.event_count) as event_count,
        min(a.first_activity) as first_activity,
        max(a.last_activity) as last_activity
    from user_activity_daily as a
    inner join (select distinct user_id from stg_touched) as d
        on d.user_id = a.user_id
    group by a.user_id, a.activity_type
) as c
left join (
    select s.user_id, t.activity_type, count(*) as session_count, sum(s.duration_seconds) as session_seconds
    from user_sessions as s
    inner join (select distinct user_id from stg_touched) as d
        on d.user_id = s.user_id
    inner join activity_types as t
        on array_contains({{ELEMENT: t.activity_type}}, s.activity_types)
    group by s.user_id, t.activity_type
) as s
    on s.user_id = c.user_id and s.activity_type = c.activity_type;
