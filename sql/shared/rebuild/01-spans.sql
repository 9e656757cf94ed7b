-- Of each user in stg_touched the span of the touched days, widened to whole sessions: what sessions are made anew.
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
