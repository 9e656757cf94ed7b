-- The sessions within stg_spans, from the mart. In the order of time, so that later refreshes skip old ones.
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
    select
        *,
        sum(is_first) over (
            partition by user_id order by timestamp, event_id rows between unbounded preceding and current row
        ) as session_no
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
        where m.event_day >= :from_day and m.event_day <= :to_day and m.actor_kind = 'HUMAN' and m.source <> 'trailgate'
    ) as marked
) as numbered
group by user_id, session_no
order by min(timestamp);
