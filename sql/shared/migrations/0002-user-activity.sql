-- The user activity mart and the cells it is added up from. Events of source 'trailgate' are in none of them.

-- One row is one user, activity type, UTC day and scope (department, environment, region).
-- What a caller of limited scope sees is summed from the cells in scope.
create table user_activity_daily (
    user_id varchar not null,
    user_pseudonym varchar not null,
    activity_type varchar not null,
    activity_date date not null,
    user_department varchar,
    environment varchar,
    region varchar,
    event_count bigint not null,
    failed_count bigint not null,
    sensitive_count bigint not null,
    off_hours_count bigint not null,
    first_activity timestamp_ntz not null,
    last_activity timestamp_ntz not null
);

-- One row is one resource that a user touched on a UTC day, in one activity type and scope. Distinct resources over
-- any days are counted from here, exactly.
create table user_resource_daily (
    user_id varchar not null,
    user_pseudonym varchar not null,
    activity_type varchar not null,
    activity_date date not null,
    user_department varchar,
    environment varchar,
    region varchar,
    resource_type varchar,
    resource_id varchar not null,
    event_count bigint not null
);

-- One row is one session of a HUMAN user: events with no gap above 30 minutes. A late event can only extend or join
-- sessions, so they are kept up to date without reading the mart.
create table user_sessions (
    user_id varchar not null,
    user_pseudonym varchar not null,
    session_start timestamp_ntz not null,
    session_end timestamp_ntz not null,
    event_count bigint not null,
    duration_seconds bigint not null,
    activity_types {{TEXT_ARRAY}} not null
);

-- One row is one user: role and department as in the latest event (ties: the greater event_id).
create table users (
    user_id varchar not null,
    user_pseudonym varchar not null,
    user_role varchar,
    user_department varchar,
    latest_at timestamp_ntz not null,
    latest_event_id varchar not null
);

-- One row is one user and activity type, over every event that is kept. Sessions that contain the activity type are
-- counted here as they change.
create table user_activity_totals (
    user_id varchar not null,
    user_pseudonym varchar not null,
    activity_type varchar not null,
    event_count bigint not null,
    first_activity timestamp_ntz not null,
    last_activity timestamp_ntz not null,
    session_count bigint not null,
    session_seconds bigint not null
);

-- One row is one user and activity type, as the requirement names it; avg_session_duration in minutes.
-- Resources are counted when asked for: distinct counts cannot be added up.
create view user_activity_mart as
select
    t.user_id,
    t.user_pseudonym,
    t.activity_type,
    t.event_count,
    t.first_activity,
    t.last_activity,
    coalesce(r.resource_access_count, 0) as resource_access_count,
    t.session_count,
    cast(t.session_seconds as double) / nullif(t.session_count, 0) / 60 as avg_session_duration
from user_activity_totals as t
left join (
    select
        user_id,
        activity_type,
        count(*) as resource_access_count
    from (
        select distinct
            user_id,
            activity_type,
            resource_type,
            resource_id
        from user_resource_daily
    ) as d
    group by user_id, activity_type
) as r
    on r.user_id = t.user_id and r.activity_type = t.activity_type;

-- One row is one activity type (domain/activity-type), to take lists of them apart.
create table activity_types (activity_type varchar not null);
insert into activity_types values
    ('CONFIG_CHANGE'),
    ('DATA_ACCESS'),
    ('DATA_EXPORT'),
    ('DATA_MODIFICATION'),
    ('LOGIN'),
    ('OTHER'),
    ('PERMISSION_CHANGE'),
    ('REPORT_GENERATION');
