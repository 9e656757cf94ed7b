-- Users and days whose cells no longer follow by adding: those of replaced events, as they were and as they are.
-- The files of rebuild/ then make these anew from the mart.
{{STAGE: stg_touched}}
select user_id, event_day
from stg_replaced
where source <> 'trailgate'
union
select e.user_id, e.event_day
from stg_events as e
inner join stg_replaced as r
    on r.event_id = e.event_id and r.timestamp = e.timestamp
where e.source <> 'trailgate';
