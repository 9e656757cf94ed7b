-- Every user and day: the files of rebuild/ then make all cells, sessions and users anew.
{{STAGE: stg_touched}}
select distinct user_id, event_day from audit_events_mart where source <> 'trailgate';
