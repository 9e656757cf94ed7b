-- Compute. Questions and the pipeline have one each, so that a refresh never makes an analyst wait; where both names are
-- the same they share it. A statement that has run for longer than the gateway waits is ended.
create warehouse if not exists {{READ_WAREHOUSE}}
    warehouse_size = 'XSMALL'
    auto_suspend = 60
    auto_resume = true
    initially_suspended = true
    statement_timeout_in_seconds = 600
    comment = 'Trailgate: questions';

create warehouse if not exists {{LOAD_WAREHOUSE}}
    warehouse_size = 'XSMALL'
    auto_suspend = 60
    auto_resume = true
    initially_suspended = true
    statement_timeout_in_seconds = 3600
    comment = 'Trailgate: load, refresh and migrations';

grant usage on warehouse {{READ_WAREHOUSE}} to role {{READER_ROLE}};
grant usage on warehouse {{LOAD_WAREHOUSE}} to role {{WRITER_ROLE}};
grant usage on warehouse {{LOAD_WAREHOUSE}} to role {{OWNER_ROLE}};
