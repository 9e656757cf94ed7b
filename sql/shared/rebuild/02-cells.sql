-- The daily cells of the users and days in stg_touched, from the mart, in the order of days.
delete from user_activity_daily using stg_touched as d
where user_activity_daily.user_id = d.user_id and user_activity_daily.activity_date = d.event_day;

insert into user_activity_daily
select
    m.user_id,
    min(m.user_pseudonym),
    m.activity_type,
    m.event_day,
    m.user_department,
    m.environment,
    m.region,
    count(*),
    count_if(m.outcome in ('FAILURE', 'DENIED')),
    count_if(m.sensitivity in ('HIGH', 'RESTRICTED')),
    count_if({{LOCAL_HOUR: m.timestamp}} < 7 or {{LOCAL_HOUR: m.timestamp}} >= 19),
    min(m.timestamp),
    max(m.timestamp)
from audit_events_mart as m
inner join stg_touched as d
    on d.user_id = m.user_id and d.event_day = m.event_day
where m.event_day >= :from_day and m.event_day <= :to_day and m.source <> 'trailgate'
group by m.user_id, m.activity_type, m.event_day, m.user_department, m.environment, m.region
order by m.event_day;

delete from user_resource_daily using stg_touched as d
where user_resource_daily.user_id = d.user_id and user_resource_daily.activity_date = d.event_day;

insert into user_resource_daily
select
    m.user_id,
    min(m.user_pseudonym),
    m.activity_type,
    m.event_day,
    m.user_department,
    m.environment,
    m.region,
    m.resource_type,
    m.resource_id,
    count(*)
from audit_events_mart as m
inner join stg_touched as d
    on d.user_id = m.user_id and d.event_day = m.event_day
where m.event_day >= :from_day and m.event_day <= :to_day and m.source <> 'trailgate' and m.resource_id is not null
group by
    m.user_id, m.activity_type, m.event_day, m.user_department, m.environment, m.region, m.resource_type, m.resource_id
order by m.event_day;
