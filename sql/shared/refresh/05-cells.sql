-- New events are added to the hours and to the daily cells they fall in. 05 to 07 run for each part of a batch from
-- from_at to to_at, so that a few old events do not make them read everything between those and now.
merge into audit_event_hours as t
using (
    select date_trunc('hour', timestamp) as event_hour, count(*) as event_count
    from stg_new
    where timestamp >= :from_at and timestamp <= :to_at
    group by date_trunc('hour', timestamp)
) as s
    on t.event_hour = s.event_hour
when matched then update set event_count = t.event_count + s.event_count
when not matched then insert (event_hour, event_count) values (s.event_hour, s.event_count);

merge into user_activity_daily as t
using (
    select
        user_id,
        min(user_pseudonym) as user_pseudonym,
        activity_type,
        event_day as activity_date,
        user_department,
        environment,
        region,
        count(*) as event_count,
        count_if(outcome in ('FAILURE', 'DENIED')) as failed_count,
        count_if(sensitivity in ('HIGH', 'RESTRICTED')) as sensitive_count,
        count_if({{LOCAL_HOUR: timestamp}} < 7 or {{LOCAL_HOUR: timestamp}} >= 19) as off_hours_count,
        min(timestamp) as first_activity,
        max(timestamp) as last_activity
    from stg_new
    where timestamp >= :from_at and timestamp <= :to_at and source <> 'trailgate'
    group by user_id, activity_type, event_day, user_department, environment, region
) as s
    on t.activity_date >= :from_day
    and t.activity_date <= :to_day
    and t.activity_date = s.activity_date
    and t.user_id = s.user_id
    and t.activity_type = s.activity_type
    and t.user_department is not distinct from s.user_department
    and t.environment is not distinct from s.environment
    and t.region is not distinct from s.region
when matched then update set
    event_count = t.event_count + s.event_count,
    failed_count = t.failed_count + s.failed_count,
    sensitive_count = t.sensitive_count + s.sensitive_count,
    off_hours_count = t.off_hours_count + s.off_hours_count,
    first_activity = least(t.first_activity, s.first_activity),
    last_activity = greatest(t.last_activity, s.last_activity)
when not matched then insert (
    user_id, user_pseudonym, activity_type, activity_date, user_department, environment, region,
    event_count, failed_count, sensitive_count, off_hours_count, first_activity, last_activity
) values (
    s.user_id, s.user_pseudonym, s.activity_type, s.activity_date, s.user_department, s.environment, s.region,
    s.event_count, s.failed_count, s.sensitive_count, s.off_hours_count, s.first_activity, s.last_activity
);

merge into user_resource_daily as t
using (
    select
        user_id,
        min(user_pseudonym) as user_pseudonym,
        activity_type,
        event_day as activity_date,
        user_department,
        environment,
        region,
        resource_type,
        resource_id,
        count(*) as event_count
    from stg_new
    where timestamp >= :from_at and timestamp <= :to_at and source <> 'trailgate' and resource_id is not null
    group by user_id, activity_type, event_day, user_department, environment, region, resource_type, resource_id
) as s
    on t.activity_date >= :from_day
    and t.activity_date <= :to_day
    and t.activity_date = s.activity_date
    and t.user_id = s.user_id
    and t.resource_id = s.resource_id
    and t.activity_type = s.activity_type
    and t.resource_type is not distinct from s.resource_type
    and t.user_department is not distinct from s.user_department
    and t.environment is not distinct from s.environment
    and t.region is not distinct from s.region
when matched then update set event_count = t.event_count + s.event_count
when not matched then insert (
    user_id, user_pseudonym, activity_type, activity_date, user_department, environment, region,
    resource_type, resource_id, event_count
) values (
    s.user_id, s.user_pseudonym, s.activity_type, s.activity_date, s.user_department, s.environment, s.region,
    s.resource_type, s.resource_id, s.event_count
);
