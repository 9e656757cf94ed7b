-- The sessions of the users in stg_touched, from the mart: the span of their touched days, widened to whole sessions.
{{STAGE: stg_spans}}
select
    d.user_id,
    least(d.from_at, coalesce(min(s.session_start), d.from_at)) as from_at,
    greatest(d.to_at, coalesce(max(s.session_end), d.to_at)) as to_at
from (
    select
        user_id,
        cast(min(event_day) as timestamp_ntz) - interval '30 minutes' as from_at,
        cast(max(event_day) as timestamp_ntz) + interval '1470 minutes' as to_at
    from stg_touched
    group by user_id
) as d
left join user_sessions as s
    on s.user_id = d.user_id and s.session_start <= d.to_at and s.session_end >= d.from_at
group by d.user_id, d.from_at, d.to_at;

delete from user_sessions using stg_spans as p
where user_sessions.user_id = p.user_id
    and user_sessions.session_start >= p.from_at
    and user_sessions.session_start <= p.to_at;

insert into user_sessions
select
    user_id,
    min(user_pseudonym),
    min(timestamp),
    max(timestamp),
    count(*),
    cast(floor(datediff('millisecond', min(timestamp), max(timestamp)) / 1000) as bigint),
    array_union_agg(array_construct(activity_type))
from (
    select *, sum(is_first) over (partition by user_id order by timestamp, event_id rows unbounded preceding) as session_no
    from (
        select
            m.user_id,
            m.user_pseudonym,
            m.timestamp,
            m.event_id,
            m.activity_type,
            case
                when m.timestamp <= lag(m.timestamp) over (
                    partition by m.user_id order by m.timestamp, m.event_id
                ) + interval '30 minutes' then 0
                else 1
            end as is_first
        from audit_events_mart as m
        inner join stg_spans as p
            on p.user_id = m.user_id and m.timestamp >= p.from_at and m.timestamp <= p.to_at
        where m.actor_kind = 'HUMAN' and m.source <> 'trailgate'
    ) as marked
) as numbered
group by user_id, session_no;
