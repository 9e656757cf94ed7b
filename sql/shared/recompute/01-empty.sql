-- Everything goes but raw, and errors that a person resolved.
delete from audit_events_mart;
delete from audit_event_hours;
delete from audit_events_errors where code = 'CONFLICT' and status = 'NEW';
delete from user_activity_daily;
delete from user_resource_daily;
delete from user_sessions;
delete from users;
delete from user_activity_totals;
