-- Who may do what. Run by a role that may create roles; every statement may be run again.
-- The owner applies migrations, the writer loads and refreshes, the reader answers questions. None of them inherits
-- another, so that a fault in one connection pool of the gateway stays within its rights.
create role if not exists {{OWNER_ROLE}} comment = 'Trailgate: owns its schemas and applies migrations';
create role if not exists {{WRITER_ROLE}} comment = 'Trailgate: loads, refreshes, and resolves errors';
create role if not exists {{READER_ROLE}} comment = 'Trailgate: reads the marts';

-- What a role owns, the account's administrators can still reach.
grant role {{OWNER_ROLE}} to role sysadmin;
grant role {{WRITER_ROLE}} to role sysadmin;
grant role {{READER_ROLE}} to role sysadmin;
